// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of PNG pictures, through pngjs. */

import { PNG } from 'pngjs';
import { ImageFormatError } from './image-errors.js';
import type { PixelImage } from './pixel-image.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const MAX_SIDE = 2 ** 15;
/** Of one picture: 64 megapixels. */
const MAX_PIXELS = 2 ** 26;
/** The decoder does not bound how far interlaced data inflates; a small file cannot go far. */
const MAX_INTERLACED_BYTES = 2 ** 18;

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Any PNG; 16 bits become 8, a palette and grey become red, green, blue; transparency is left out. Throws ImageFormatError. */
export function readPng(bytes: Uint8Array, where = '.png'): PixelImage {
  if (!isPng(bytes) || bytes.length < 33) throw new ImageFormatError(where, `${bytes.length} bytes without a PNG header`, 'a PNG image');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, interlace] = [view.getUint32(16), view.getUint32(20), view.getUint8(28)];
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new ImageFormatError(where, `${width} x ${height} pixels`, `1 to ${MAX_SIDE} a side, ${MAX_PIXELS} in all`);
  }
  if (interlace !== 0 && bytes.length > MAX_INTERLACED_BYTES) {
    throw new ImageFormatError(where, `an interlaced PNG of ${bytes.length} bytes`, `one without interlacing, or of at most ${MAX_INTERLACED_BYTES} bytes`);
  }
  try {
    const { data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (data.length !== width * height * 4) throw new RangeError(`${data.length} bytes of pixels`);
    return { height, width, channels: 3, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)] as number) };
  } catch (cause) {
    throw new ImageFormatError(where, `a damaged PNG (${cause instanceof Error ? cause.message : String(cause)})`, 'a whole PNG image', undefined, cause);
  }
}

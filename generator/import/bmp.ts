// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of uncompressed BMP images: 8 bits with a palette, 24 and 32 bits. */

import { ImageFormatError } from './image-errors.js';
import type { PixelImage } from './pixel-image.js';

const FILE_HEADER_BYTES = 14;
const HEADER_BYTES = 54;
const MAX_SIDE = 2 ** 15;
const BIT_FIELDS = 3;
/** Red, green and blue where they lie without bit fields. */
const USUAL_MASKS = [0x00ff0000, 0x0000ff00, 0x000000ff];

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/** Grey when a palette has no colour in it. Throws ImageFormatError for any other kind of BMP or a damaged one. */
export function readBmp(bytes: Uint8Array, where = '.bmp'): PixelImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || !isBmp(bytes)) throw new ImageFormatError(where, `${bytes.length} bytes without a BMP header`, 'a BMP image');
  const [width, signedHeight, depth, compression] = [view.getInt32(18, true), view.getInt32(22, true), view.getUint16(28, true), view.getUint32(30, true)];
  // A negative height means rows from the top.
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) throw new ImageFormatError(where, `${width} x ${signedHeight} pixels`, `1 to ${MAX_SIDE} a side`);
  const pixelBytes = depth / 8;
  // Files with transparency name the masks that they would have anyway.
  const isUsual = compression === BIT_FIELDS && depth === 32 && bytes.length >= HEADER_BYTES + 12 && USUAL_MASKS.every((mask, i) => view.getUint32(HEADER_BYTES + 4 * i, true) === mask);
  if ((compression !== 0 && !isUsual) || ![1, 3, 4].includes(pixelBytes)) {
    throw new ImageFormatError(where, `${depth} bits a pixel, compression ${compression}`, '8, 24 or 32 bits, no compression');
  }
  const start = view.getUint32(10, true);
  const rowBytes = Math.ceil((width * pixelBytes) / 4) * 4;
  if (start + rowBytes * height > bytes.length) throw new ImageFormatError(where, `${bytes.length} bytes`, `${start + rowBytes * height} for ${width} x ${height} pixels of ${depth} bits`);
  const colour = pixelBytes === 1 ? paletteColour(view, start, where) : undefined;
  const channels = colour === undefined || !colour.isGrey ? 3 : 1;
  const data = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const row = start + (signedHeight < 0 ? y : height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++) {
      const at = row + x * pixelBytes;
      // Blue comes first in the file.
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = colour === undefined ? (bytes[at + 2 - c] as number) : colour.of(bytes[at] as number, c);
    }
  }
  return { height, width, channels, data };
}

interface Palette {
  readonly isGrey: boolean;
  of(index: number, channel: number): number;
}

/** Entries of blue, green, red, 0 between header and pixels. */
function paletteColour(view: DataView, pixels: number, where: string): Palette {
  const start = FILE_HEADER_BYTES + view.getUint32(14, true);
  const entries = Math.floor((pixels - start) / 4);
  if (entries < 1 || entries > 256) throw new ImageFormatError(where, `a palette of ${entries} colours`, '1 to 256');
  const of = (index: number, channel: number): number => {
    if (index >= entries) throw new ImageFormatError(where, `colour ${index}`, `0..${entries - 1}, the palette`);
    return view.getUint8(start + 4 * index + 2 - channel);
  };
  const isGrey = Array.from({ length: entries }, (_, i) => of(i, 0) === of(i, 1) && of(i, 1) === of(i, 2)).every((grey) => grey);
  return { isGrey, of };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of JPEG pictures, through jpeg-js. */

import { decode } from 'jpeg-js';
import { ImageFormatError } from './image-errors.js';
import type { PixelImage } from './pixel-image.js';

/** What the decoder may use: 64 megapixels, 512 megabytes. */
const LIMITS = { maxResolutionInMP: 64, maxMemoryUsageInMB: 512 };

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/** Baseline and progressive JPEG. Throws ImageFormatError, also for a file that ends early. */
export function readJpeg(bytes: Uint8Array, where = '.jpg'): PixelImage {
  if (!isJpeg(bytes)) throw new ImageFormatError(where, `${bytes.length} bytes without a JPEG header`, 'a JPEG image');
  try {
    const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, ...LIMITS });
    if (!(width > 0 && height > 0) || data.length !== width * height * 3) throw new RangeError(`${width} x ${height} pixels`);
    return { height, width, channels: 3, data };
  } catch (cause) {
    throw new ImageFormatError(where, `a damaged JPEG (${cause instanceof Error ? cause.message : String(cause)})`, 'a whole JPEG image', undefined, cause);
  }
}

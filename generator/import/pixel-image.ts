// SPDX-License-Identifier: Apache-2.0
/** Owns pictures as pixels, and how they are brought to the size and the channels that a network reads. */

import type { ImageSize } from '../tensor/tensor.js';
import { ImageFormatError } from './image-errors.js';

/** Pixels of 0..255, rows from the top, channels innermost: 1 (grey) or 3 (red, green, blue). */
export interface PixelImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A picture of another size is refused, or resized by one of these. */
export const RESIZE_METHODS = ['nearest', 'bilinear'] as const;
export type ResizeMethod = (typeof RESIZE_METHODS)[number];

/** ITU-R 601 luma in 16 fraction bits; equal red, green and blue give that value. */
const luma = (red: number, green: number, blue: number): number => (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

function withChannels({ height, width, channels, data }: PixelImage, wanted: number, where: string): Uint8Array {
  if (channels === wanted) return data;
  if (wanted === 3) return Uint8Array.from({ length: height * width * 3 }, (_, i) => data[Math.floor(i / 3)] as number);
  if (wanted === 1) return Uint8Array.from({ length: height * width }, (_, i) => luma(data[3 * i] as number, data[3 * i + 1] as number, data[3 * i + 2] as number));
  throw new ImageFormatError(where, 'a picture', `values of ${wanted} channels, which a picture does not have`);
}

/** Where an output row or column lies in the input: the centres of its pixels at (i + 1/2) * from / to - 1/2. */
function source(at: number, from: number, to: number): { readonly low: number; readonly high: number; readonly part: number } {
  const place = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
  const low = Math.floor(place);
  return { low, high: Math.min(from - 1, low + 1), part: place - low };
}

/** Nearest: the pixel under the centre. Bilinear: four pixels by their distance to the centre, rounded, no low-pass before. */
export function resizePixels(image: PixelImage, height: number, width: number, method: ResizeMethod): PixelImage {
  const { channels } = image;
  const data = new Uint8Array(height * width * channels);
  const pixel = (y: number, x: number, c: number): number => image.data[(y * image.width + x) * channels + c] as number;
  for (let y = 0; y < height; y++) {
    const row = source(y, image.height, height);
    const nearestRow = Math.floor(((y + 0.5) * image.height) / height);
    for (let x = 0; x < width; x++) {
      const column = source(x, image.width, width);
      const nearestColumn = Math.floor(((x + 0.5) * image.width) / width);
      for (let c = 0; c < channels; c++) {
        const to = (y * width + x) * channels + c;
        if (method === 'nearest') {
          data[to] = pixel(nearestRow, nearestColumn, c);
          continue;
        }
        const top = pixel(row.low, column.low, c) * (1 - column.part) + pixel(row.low, column.high, c) * column.part;
        const bottom = pixel(row.high, column.low, c) * (1 - column.part) + pixel(row.high, column.high, c) * column.part;
        data[to] = Math.floor(top * (1 - row.part) + bottom * row.part + 0.5);
      }
    }
  }
  return { height, width, channels, data };
}

/**
 * The pixels as a network of this input size reads them (HWC): grey is repeated for three channels, colour becomes luma for one.
 * Throws ImageFormatError for another size without `resize`, and for a network of other than 1 or 3 channels.
 */
export function fitPixels(image: PixelImage, { height, width, channels }: ImageSize, resize: ResizeMethod | undefined, where: string): Uint8Array {
  const isFit = image.height === height && image.width === width;
  if (!isFit && resize === undefined) {
    throw new ImageFormatError(where, `${image.width} x ${image.height} pixels`, `${width} x ${height}, what the network reads`, `Resize the picture, or add --resize ${RESIZE_METHODS.join(' or --resize ')}.`);
  }
  return withChannels(isFit || resize === undefined ? image : resizePixels(image, height, width, resize), channels, where);
}

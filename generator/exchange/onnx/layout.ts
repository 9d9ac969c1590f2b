// SPDX-License-Identifier: Apache-2.0
/** Owns the order of dimensions in an ONNX file: images are N x C x H x W there and N x H x W x C here; everything else lies as it is. */

import { elementCount, stridesOf, type Shape } from '../../tensor/tensor.js';

/** Dimension of the file for each of an image's own: N H W C. */
const IN_FILE = [0, 2, 3, 1] as const;
/** Own dimension for each of the file's: N C H W. */
export const CHANNELS_FIRST = [0, 3, 1, 2] as const;
export const CHANNELS_LAST = IN_FILE;

export const isImage = (shape: Shape): boolean => shape.length === 4;

/** The dimension in the file of dimension `d` of a tensor of this rank. */
export const fileAxis = (d: number, rank: number): number => (rank === 4 ? (IN_FILE[d] as number) : d);

/** One value for each dimension, in the file's order. */
export const inFileOrder = <T>(values: readonly T[]): T[] => (values.length === 4 ? CHANNELS_FIRST.map((d) => values[d] as T) : [...values]);

export const fileShape = (shape: Shape): Shape => inFileOrder(shape);

/** Both orders hold the same values in the same places: one pixel, or one channel. */
export const isSameInMemory = ([, height = 1, width = 1, channels = 1]: Shape): boolean => height * width === 1 || channels === 1;

/** Values of a row-major tensor with its dimensions rearranged: dimension d of the result is dimension order[d]. */
export function permuted<T extends Float32Array | Uint8Array>(data: T, shape: Shape, order: readonly number[]): T {
  const strides = stridesOf(shape);
  const to = order.map((d) => shape[d] as number);
  const own = stridesOf(to);
  const out = data.slice() as T;
  for (let i = 0; i < elementCount(shape); i++) {
    let [from, rest] = [0, i];
    order.forEach((d, p) => {
      const step = own[p] as number;
      from += Math.floor(rest / step) * (strides[d] as number);
      rest %= step;
    });
    out[i] = data[from] as number;
  }
  return out;
}

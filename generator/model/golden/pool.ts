// SPDX-License-Identifier: Apache-2.0
/** Owns the integer average and max pooling references (TFLite int8). */

import { clamp } from '../../core/integers.js';
import type { Clamp, Padding, Stride } from '../../graph/network.js';
import type { ImageSize } from '../../tensor/tensor.js';

export interface PoolGeometry extends Clamp, Stride {
  readonly input: ImageSize;
  readonly output: ImageSize;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly padding: Padding;
}

type Reduce = (values: readonly number[]) => number;

/** Applies `reduce` to the values of every window that lie inside the image. */
function pool(g: PoolGeometry, input: Int8Array, reduce: Reduce): Int8Array {
  const { height, width, channels } = g.input;
  const output = new Int8Array(g.output.height * g.output.width * channels);
  let at = 0;
  for (let y = 0; y < g.output.height; y++) {
    const top = y * g.strideHeight - g.padding.top;
    for (let x = 0; x < g.output.width; x++) {
      const left = x * g.strideWidth - g.padding.left;
      for (let channel = 0; channel < channels; channel++) {
        const values: number[] = [];
        for (let row = Math.max(0, top); row < Math.min(height, top + g.filterHeight); row++) {
          for (let column = Math.max(0, left); column < Math.min(width, left + g.filterWidth); column++) {
            values.push(input[(row * width + column) * channels + channel] as number);
          }
        }
        output[at++] = clamp(reduce(values), g.activationMin, g.activationMax);
      }
    }
  }
  return output;
}

/** Where a mean goes that lies halfway: int8 away from zero; legacy uint8, where no sum is negative, upwards. */
export type MeanTies = 'away' | 'up';

/** sum / count to nearest; the zero point stays in, both sides share it. */
export function roundedMean(sum: number, count: number, ties: MeanTies = 'away'): number {
  if (ties === 'up') return Math.floor((sum + Math.floor(count / 2)) / count);
  const half = Math.floor(count / 2);
  return ((sum > 0 ? sum + half : sum - half) / count) | 0;
}

export const averagePoolInt8 = (geometry: PoolGeometry, input: Int8Array, ties: MeanTies = 'away'): Int8Array =>
  pool(geometry, input, (values) => roundedMean(values.reduce((a, b) => a + b, 0), values.length, ties));

export const maxPoolInt8 = (geometry: PoolGeometry, input: Int8Array): Int8Array =>
  pool(geometry, input, (values) => values.reduce((a, b) => Math.max(a, b), -128));

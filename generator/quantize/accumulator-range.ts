// SPDX-License-Identifier: Apache-2.0
/** Owns the bounds of a layer's accumulators over every possible int8 input. */

import type { Network, WeightedOp } from '../graph/network.js';
import { inputOf } from '../graph/query.js';

/** Inclusive bounds over all output channels, all inputs and every partial sum in any order. */
export interface AccumulatorRange {
  /** Sum of (weight - its zero point) * q alone, as a PE forms it (input zero point and bias are added later). */
  readonly rawLow: number;
  readonly rawHigh: number;
  /** bias + sum of (weight - its zero point) * (q - zero point). */
  readonly low: number;
  readonly high: number;
}

/** Exact in doubles: the bounds stay far below 2^53. */
export function accumulatorRange(network: Network, op: WeightedOp): AccumulatorRange {
  const { zeroPoint } = inputOf(network, op).quantization;
  const { data, shape } = op.weights;
  const perChannel = data.length / shape[0];
  const range = { rawLow: 0, rawHigh: 0, low: Infinity, high: -Infinity };
  for (let channel = 0; channel < shape[0]; channel++) {
    let positive = 0;
    let negative = 0;
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) {
      const weight = (data[i] as number) - op.weights.zeroPoint;
      if (weight > 0) positive += weight;
      else negative += weight;
    }
    const bias = op.bias[channel] as number;
    range.rawLow = Math.min(range.rawLow, -128 * positive + 127 * negative);
    range.rawHigh = Math.max(range.rawHigh, 127 * positive - 128 * negative);
    range.low = Math.min(range.low, bias + (-128 - zeroPoint) * positive + (127 - zeroPoint) * negative);
    range.high = Math.max(range.high, bias + (127 - zeroPoint) * positive + (-128 - zeroPoint) * negative);
  }
  return range;
}

/** Bits of the smallest two's complement number that holds every value of a range. */
export function signedBits(low: number, high: number): number {
  let bits = 1;
  while (low < -(2 ** (bits - 1)) || high > 2 ** (bits - 1) - 1) bits++;
  return bits;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the quantization of weights (symmetric, one scale per output channel) and biases (int32 at input scale x weight scale). */

import type { FloatWeightedOp } from '../../float/network.js';
import type { Weights } from '../../graph/network.js';
import { leastSquaresScale } from './weight-scale.js';

/** No weight is the lowest that its bits hold: symmetric around 0. */
const largestWeight = (bits: number): number => 2 ** (bits - 1) - 1;

/** Biases stay below this, so that an accumulator that starts there has room. */
const LARGEST_BIAS = 2 ** 28;

/** Halves away from zero. */
const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value)) + 0;

/** The scale of one channel's weights: the largest is 127, fewer levels lie where they err least; unless the bias asks for a coarser one. */
function channelScale(weights: Float32Array, bits: number, bias: number, inputScale: number): number {
  const most = largestWeight(bits);
  const scale = Math.fround(bits === 8 ? largestOf(weights) / most : leastSquaresScale(weights, most));
  const smallest = Math.fround(Math.abs(bias) / (inputScale * LARGEST_BIAS));
  if (scale >= smallest && scale > 0) return scale;
  return smallest > 0 ? smallest : 1;
}

const largestOf = (weights: Float32Array): number => weights.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0);

/** The scale that the weights are multiples of already, where weights and bias have room at it. */
function ownScale(own: number | undefined, weights: Float32Array, bits: number, bias: number, inputScale: number): number | undefined {
  if (own === undefined || Math.abs(bias) > own * inputScale * LARGEST_BIAS) return undefined;
  return bits === 8 || round(largestOf(weights) / own) <= largestWeight(bits) ? own : undefined;
}

/** Weights of `bits` bits and int32 bias of a folded operator that reads activations of this scale. */
export function quantizeWeights({ weights, bias }: FloatWeightedOp, inputScale: number, bits = 8): { readonly weights: Weights; readonly bias: Int32Array } {
  const channels = weights.shape[0];
  const perChannel = weights.data.length / channels;
  const data = new Int8Array(weights.data.length);
  const scales: number[] = [];
  const most = largestWeight(bits);
  const bias32 = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const own = weights.data.subarray(channel * perChannel, (channel + 1) * perChannel);
    const real = bias[channel] as number;
    const scale = ownScale(weights.scales?.[channel], own, bits, real, inputScale) ?? channelScale(own, bits, real, inputScale);
    own.forEach((weight, i) => { data[channel * perChannel + i] = Math.max(-most, Math.min(most, round(weight / scale))); });
    bias32[channel] = round(real / (inputScale * scale));
    scales.push(scale);
  }
  return { weights: { name: weights.name, layout: 'OHWI', shape: weights.shape, data, scales, zeroPoint: 0 }, bias: bias32 };
}

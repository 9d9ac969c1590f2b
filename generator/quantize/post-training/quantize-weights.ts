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

/** How far weights / step may be from an integer, for float32 rounding. */
const STEP_SLACK = 0.01;

/** Whether the weights are whole steps, at most `most` of them. */
const areSteps = (weights: Float32Array, step: number, most: number): boolean =>
  step > 0 && weights.every((weight) => Math.abs(weight) < (most + 0.5) * step && Math.abs(weight / step - Math.round(weight / step)) < STEP_SLACK);

/** By which the largest weight is 127; fewer levels lie where they err least. */
const fittedScale = (weights: Float32Array, bits: number): number =>
  bits === 8 ? largestOf(weights) / largestWeight(bits) : leastSquaresScale(weights, largestWeight(bits));

/** The scale of one channel's weights: their own step, or a fitted one, unless the bias asks for a coarser one. */
function channelScale(weights: Float32Array, step: number, bits: number, bias: number, inputScale: number): number {
  const scale = areSteps(weights, step, largestWeight(bits)) ? step : Math.fround(fittedScale(weights, bits));
  const smallest = Math.fround(Math.abs(bias) / (inputScale * LARGEST_BIAS));
  if (scale >= smallest && scale > 0) return scale;
  return smallest > 0 ? smallest : 1;
}

const largestOf = (weights: Float32Array): number => weights.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0);

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
    const scale = channelScale(own, Math.fround(Math.abs(weights.steps?.[channel] ?? 0)), bits, real, inputScale);
    own.forEach((weight, i) => { data[channel * perChannel + i] = Math.max(-most, Math.min(most, round(weight / scale))); });
    bias32[channel] = round(real / (inputScale * scale));
    scales.push(scale);
  }
  return { weights: { name: weights.name, layout: 'OHWI', shape: weights.shape, data, scales, zeroPoint: 0 }, bias: bias32 };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the quantization of weights (symmetric, one scale per output channel) and biases (int32 at input scale x weight scale). */

import type { FloatWeightedOp } from '../../float/network.js';
import type { Weights } from '../../graph/network.js';

/** No weight is -128: symmetric around 0. */
const LARGEST_WEIGHT = 127;

/** Biases stay below this, so that an accumulator that starts there has room. */
const LARGEST_BIAS = 2 ** 28;

/** Halves away from zero. */
const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value)) + 0;

/** How far weights / step may be from an integer, for float32 rounding. */
const STEP_SLACK = 0.01;

/** Whether the weights are whole steps, at most 127 of them. */
const areSteps = (weights: Float32Array, step: number): boolean =>
  step > 0 && weights.every((weight) => Math.abs(weight) < (LARGEST_WEIGHT + 0.5) * step && Math.abs(weight / step - Math.round(weight / step)) < STEP_SLACK);

/** The scale of one channel's weights: their step in the file, or one by which the largest is 127, unless the bias asks for a coarser one. */
function channelScale(weights: Float32Array, step: number, bias: number, inputScale: number): number {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const scale = areSteps(weights, step) ? step : Math.fround(largest / LARGEST_WEIGHT);
  const smallest = Math.fround(Math.abs(bias) / (inputScale * LARGEST_BIAS));
  if (scale >= smallest && scale > 0) return scale;
  return smallest > 0 ? smallest : 1;
}

/** int8 weights and int32 bias of a folded operator that reads activations of this scale. */
export function quantizeWeights({ weights, bias }: FloatWeightedOp, inputScale: number): { readonly weights: Weights; readonly bias: Int32Array } {
  const channels = weights.shape[0];
  const perChannel = weights.data.length / channels;
  const data = new Int8Array(weights.data.length);
  const scales: number[] = [];
  const bias32 = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const own = weights.data.subarray(channel * perChannel, (channel + 1) * perChannel);
    const real = bias[channel] as number;
    const scale = channelScale(own, Math.fround(Math.abs(weights.steps?.[channel] ?? 0)), real, inputScale);
    own.forEach((weight, i) => { data[channel * perChannel + i] = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, round(weight / scale))); });
    bias32[channel] = round(real / (inputScale * scale));
    scales.push(scale);
  }
  return { weights: { name: weights.name, layout: 'OHWI', shape: weights.shape, data, scales, zeroPoint: 0 }, bias: bias32 };
}

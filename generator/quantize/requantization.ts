// SPDX-License-Identifier: Apache-2.0
/** Owns the integer rescaling parameters of each operator, derived from the scales of a network. */

import type { AddOp, Network, SoftmaxOp, WeightedOp } from '../graph/network.js';
import { inputOf, outputOf, tensorById } from '../graph/query.js';
import { multiplyByQuantizedMultiplier, type Rounding } from './fixed-point.js';
import { quantizeMultiplier, RescaleRangeError, type QuantizedMultiplier } from './multiplier.js';

/** How an int32 accumulator of one layer becomes int8: see `requantize`. */
export interface Requantization {
  /** One entry per output channel, also when the weights have one scale. */
  readonly multipliers: Int32Array;
  /** TFLite's sign: positive is a left shift before, negative a rounding right shift after. */
  readonly shifts: Int32Array;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

/**
 * Per-channel multipliers and shifts of a weighted layer.
 * Convolutions: input * filter / output scale in double (PopulateConvolutionQuantizationParams).
 * Fully connected with one weight scale, and legacy uint8: the product is rounded to float32 first, as
 * GetQuantizedConvolutionMultipler does.
 */
export function requantization(network: Network, op: WeightedOp): Requantization {
  const input = inputOf(network, op).quantization;
  const output = outputOf(network, op).quantization;
  const outChannels = op.weights.shape[0];
  const floatProduct = op.legacyUint8 === true || (op.kind === 'fully-connected' && op.weights.scales.length === 1);
  const multipliers = new Int32Array(outChannels);
  const shifts = new Int32Array(outChannels);
  for (let channel = 0; channel < outChannels; channel++) {
    const filter = op.weights.scales[op.weights.scales.length === 1 ? 0 : channel] as number;
    const product = floatProduct ? Math.fround(input.scale * filter) : input.scale * filter;
    const { multiplier, shift } = quantizeMultiplier(product / output.scale, `${op.name}, output channel ${channel}`);
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
  }
  return {
    multipliers,
    shifts,
    inputZeroPoint: input.zeroPoint,
    outputZeroPoint: output.zeroPoint,
    activationMin: op.activationMin,
    activationMax: op.activationMax,
  };
}

/** int32 accumulator (bias included) -> int8: rescale, zero point, clamp. */
export function requantize(
  accumulator: number,
  multiplier: number,
  shift: number,
  zeroPoint: number,
  low: number,
  high: number,
  rounding: Rounding = 'double',
): number {
  const value = multiplyByQuantizedMultiplier(accumulator, multiplier, shift, rounding) + zeroPoint;
  return value < low ? low : value > high ? high : value;
}

/** Inputs of an int8 ADD are shifted left by this before rescaling. */
export const ADD_LEFT_SHIFT = 20;

export interface AddRescaling {
  readonly inputs: readonly [AddInputRescaling, AddInputRescaling];
  readonly output: QuantizedMultiplier;
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

export interface AddInputRescaling extends QuantizedMultiplier {
  readonly zeroPoint: number;
}

/** TFLite's int8 ADD parameters: both inputs against twice the larger scale. */
export function addRescaling(network: Network, op: AddOp): AddRescaling {
  const [a, b] = op.inputs.map((id) => tensorById(network, id).quantization) as [
    { scale: number; zeroPoint: number },
    { scale: number; zeroPoint: number },
  ];
  const output = outputOf(network, op).quantization;
  const twiceMax = 2 * Math.max(a.scale, b.scale);
  const below1 = (value: number, what: string): QuantizedMultiplier => {
    if (!(value < 1)) throw new RescaleRangeError(`${op.name}, ${what}`, value, 'a number below 1');
    return quantizeMultiplier(value, `${op.name}, ${what}`);
  };
  return {
    inputs: [
      { ...below1(a.scale / twiceMax, 'input 0'), zeroPoint: a.zeroPoint },
      { ...below1(b.scale / twiceMax, 'input 1'), zeroPoint: b.zeroPoint },
    ],
    output: below1(twiceMax / (2 ** ADD_LEFT_SHIFT * output.scale), 'output'),
    outputZeroPoint: output.zeroPoint,
    activationMin: op.activationMin,
    activationMax: op.activationMax,
  };
}

/** The rescaled value of one int8 input of ADD; of the 256 possible inputs a table can be made. */
export function rescaleAddInput(value: number, rescaling: AddInputRescaling, rounding: Rounding = 'double'): number {
  return multiplyByQuantizedMultiplier((value - rescaling.zeroPoint) * 2 ** ADD_LEFT_SHIFT, rescaling.multiplier, rescaling.shift, rounding);
}

export interface SoftmaxRescaling extends QuantizedMultiplier {
  /** Differences to the row's maximum below this give probability 0. */
  readonly diffMin: number;
}

/** Integer bits of a scaled difference in softmax. */
export const SOFTMAX_INTEGER_BITS = 5;

/** TFLite PreprocessSoftmaxScaling and CalculateInputRadius for int8. */
export function softmaxRescaling(network: Network, op: SoftmaxOp): SoftmaxRescaling {
  const { scale } = inputOf(network, op).quantization;
  return softmaxRescalingOf(scale, op.beta, op.name);
}

/** The same from numbers alone. */
export function softmaxRescalingOf(scale: number, beta: number, where: string): SoftmaxRescaling {
  const real = Math.min(beta * scale * 2 ** (31 - SOFTMAX_INTEGER_BITS), 2 ** 31 - 1);
  if (!(real > 1)) throw new RescaleRangeError(where, real, 'a number above 1 (beta * scale * 2^26)');
  const { multiplier, shift } = quantizeAboveOne(real);
  const radius = ((2 ** SOFTMAX_INTEGER_BITS - 1) * 2 ** (31 - SOFTMAX_INTEGER_BITS)) / 2 ** shift;
  return { multiplier, shift, diffMin: -Math.floor(radius) };
}

/** Softmax scales reach 2^31, which is above what other layers may use. */
function quantizeAboveOne(real: number): QuantizedMultiplier {
  const { multiplier, shift } = quantizeMultiplier(real / 2 ** 16);
  return { multiplier, shift: shift + 16 };
}

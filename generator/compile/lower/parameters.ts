// SPDX-License-Identifier: Apache-2.0
/** Owns the requantization parameters of each output channel as the hardware takes them, and the accumulator range check. */
import type { WeightedOp } from '../../graph/network.js';
import type { QuantizedMultiplier } from '../../quantize/multiplier.js';
import type { Requantization } from '../../quantize/requantization.js';
import type { ChannelParameters } from '../array-layer.js';
import { AccumulatorRangeError, ShiftRangeError } from '../errors.js';

const MAX_LEFT_SHIFT = 7;
const MAX_RIGHT_SHIFT = 31;
/** Largest magnitude of an int8 activation. */
const MAX_ACTIVATION = 128;

/** Channels that are gaps. */
export const NO_CHANNEL: ChannelParameters = { bias: 0, multiplier: 0, rightShift: 0, leftShift: 0 };

/** Throws ShiftRangeError. */
export function hardwareShift({ multiplier, shift }: QuantizedMultiplier, bias: number, layer: string, channel: number): ChannelParameters {
  if (shift > MAX_LEFT_SHIFT || shift < -MAX_RIGHT_SHIFT) throw new ShiftRangeError(layer, channel, shift);
  return { bias, multiplier, rightShift: Math.max(0, -shift), leftShift: Math.max(0, shift) };
}

/** The value itself: x * 2 * 2^30 / 2^31, plus `bias`. */
export const identityParameters = (bias: number): ChannelParameters => ({ bias, multiplier: 2 ** 30, rightShift: 0, leftShift: 1 });

/**
 * One entry per filter. Padding holds the input zero point, so every tap counts in the folded bias.
 * Throws AccumulatorRangeError and ShiftRangeError.
 */
export function filterParameters(op: WeightedOp, mask: Uint8Array | undefined, requant: Requantization, accumulatorBits: number): ChannelParameters[] {
  const { data, zeroPoint, shape: [filters] } = op.weights;
  const perFilter = data.length / filters;
  return Array.from({ length: filters }, (_, filter) => {
    let sum = 0;
    let magnitude = 0;
    for (let i = filter * perFilter; i < (filter + 1) * perFilter; i++) {
      if (mask !== undefined && mask[i] === 0) continue;
      const weight = (data[i] as number) - zeroPoint;
      sum += weight;
      magnitude += Math.abs(weight);
    }
    const bias = (op.bias[filter] as number) - requant.inputZeroPoint * sum;
    const worst = Math.abs(bias) + MAX_ACTIVATION * magnitude;
    if (worst >= 2 ** 31) throw new AccumulatorRangeError(op.name, filter, worst);
    requireAccumulator(op.name, filter, magnitude, accumulatorBits);
    return hardwareShift({ multiplier: requant.multipliers[filter] as number, shift: requant.shifts[filter] as number }, bias, op.name, filter);
  });
}

/** Throws AccumulatorRangeError when products with weights of this magnitude in all could leave the accumulator. */
export function requireAccumulator(layer: string, channel: number, magnitude: number, accumulatorBits: number): void {
  const worst = MAX_ACTIVATION * magnitude;
  if (worst >= 2 ** (accumulatorBits - 1)) throw new AccumulatorRangeError(layer, channel, worst, accumulatorBits);
}

/** Parameters by output position. */
export const byPosition = (outputs: Int32Array, count: number, of: (channel: number) => ChannelParameters): ChannelParameters[] =>
  Array.from({ length: count }, (_, position) => ((outputs[position] ?? -1) < 0 ? NO_CHANNEL : of(outputs[position] as number)));

// SPDX-License-Identifier: Apache-2.0
/** Owns the requantization parameters of each output channel as the hardware takes them, and the accumulator range check. */
import { AccumulatorRangeError, ShiftRangeError } from './errors.js';
import type { ArrayLayer } from './layer.js';

export interface ChannelParameters {
  /** int32: bias - input zero point * sum of the kept weights. */
  readonly bias: number;
  readonly multiplier: number;
  readonly rightShift: number;
  readonly leftShift: number;
}

const MAX_LEFT_SHIFT = 7;
const MAX_RIGHT_SHIFT = 31;
/** Largest magnitude of an int8 activation. */
const MAX_ACTIVATION = 128;

/**
 * One entry per output channel. Padding holds the input zero point, so every tap counts in the folded bias.
 * Throws AccumulatorRangeError and ShiftRangeError.
 */
export function channelParameters(layer: ArrayLayer): ChannelParameters[] {
  const { weights, mask, requant } = layer;
  const perFilter = weights.length / layer.output.channels;
  return Array.from({ length: layer.output.channels }, (_, channel) => {
    let sum = 0;
    let magnitude = 0;
    for (let i = channel * perFilter; i < (channel + 1) * perFilter; i++) {
      if (mask !== undefined && mask[i] === 0) continue;
      sum += weights[i] as number;
      magnitude += Math.abs(weights[i] as number);
    }
    const bias = (layer.bias[channel] as number) - requant.inputZeroPoint * sum;
    const worst = Math.abs(bias) + MAX_ACTIVATION * magnitude;
    if (worst >= 2 ** 31) throw new AccumulatorRangeError(layer.name, channel, worst);
    const shift = requant.shifts[channel] as number;
    if (shift > MAX_LEFT_SHIFT || shift < -MAX_RIGHT_SHIFT) throw new ShiftRangeError(layer.name, channel, shift);
    return {
      bias,
      multiplier: requant.multipliers[channel] as number,
      rightShift: Math.max(0, -shift),
      leftShift: Math.max(0, shift),
    };
  });
}

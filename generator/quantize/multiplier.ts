// SPDX-License-Identifier: Apache-2.0
/** Owns the way from a real scale to (multiplier, shift), as TFLite's QuantizeMultiplier does it. */

import { GenAccelError } from '../core/errors.js';

/** value = multiplier * 2^(shift - 31); multiplier is 0 or in 2^30..2^31-1. Positive shift is left. */
export interface QuantizedMultiplier {
  readonly multiplier: number;
  readonly shift: number;
}

/** A quotient of scales that fixed-point rescaling cannot represent. */
export class RescaleRangeError extends GenAccelError {
  constructor(where: string, value: number, expected: string) {
    super('E_RESCALE_RANGE', 'input', {
      where,
      found: `the effective scale is ${value}`,
      expected,
      remedy: 'Check the scales of the tensors around this layer.',
    });
  }
}

/** C's frexp for a finite positive double: value = fraction * 2^exponent, fraction in [0.5, 1). */
export function frexp(value: number): readonly [fraction: number, exponent: number] {
  const view = new DataView(new ArrayBuffer(8));
  // A subnormal is brought into the normal range first; a power of two changes no digit.
  const subnormal = value < 2 ** -1022;
  view.setFloat64(0, subnormal ? value * 2 ** 64 : value);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - (subnormal ? 64 : 0);
  view.setUint32(0, ((high & 0x800fffff) | (1022 << 20)) >>> 0);
  return [view.getFloat64(0), exponent];
}

/**
 * TFLite QuantizeMultiplier: q = round(fraction * 2^31); 2^31 becomes 2^30 with one more shift;
 * a shift below -31 gives (0, 0). Throws RescaleRangeError unless 0 <= value < 2^30.
 */
export function quantizeMultiplier(value: number, where = 'rescale'): QuantizedMultiplier {
  if (value === 0) return { multiplier: 0, shift: 0 };
  if (!(value > 0 && value < 2 ** 30)) throw new RescaleRangeError(where, value, 'a number from 0 to 2^30');
  const [fraction, exponent] = frexp(value);
  // fraction * 2^31 is exact; the comparison with the floor rounds halves away from zero, as C does.
  const scaled = fraction * 2 ** 31;
  const floor = Math.floor(scaled);
  let multiplier = scaled - floor >= 0.5 ? floor + 1 : floor;
  let shift = exponent;
  if (multiplier === 2 ** 31) {
    multiplier = 2 ** 30;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  return { multiplier, shift };
}

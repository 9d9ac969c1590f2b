// SPDX-License-Identifier: Apache-2.0
/** Owns the integer references of multiplication, mean and table look-up (TFLite int8). */

import { clamp } from '../../core/integers.js';
import type { MeanRescaling, MulRescaling } from '../../quantize/arithmetic-rescaling.js';
import { multiplyByQuantizedMultiplier, type Rounding } from '../../quantize/fixed-point.js';
import { requantize } from '../../quantize/requantization.js';

/** Element-wise a * b for int8 data of one length. */
export function mulInt8(a: Int8Array, b: Int8Array, r: MulRescaling, rounding: Rounding = 'double'): Int8Array {
  const [zeroA, zeroB] = r.inputZeroPoints;
  return a.map((value, i) => {
    const product = (value - zeroA) * ((b[i] as number) - zeroB);
    return requantize(product, r.multiplier, r.shift, r.outputZeroPoint, r.activationMin, r.activationMax, rounding);
  });
}

/** Mean of each channel over all pixels of an NHWC image. */
export function meanInt8(input: Int8Array, channels: number, r: MeanRescaling, rounding: Rounding = 'double'): Int8Array {
  const sums = new Int32Array(channels);
  input.forEach((value, i) => {
    sums[i % channels] = (sums[i % channels] as number) + value - r.inputZeroPoint;
  });
  return Int8Array.from(sums, (sum) =>
    clamp(multiplyByQuantizedMultiplier(sum, r.multiplier, r.shift, rounding) + r.outputZeroPoint, -128, 127));
}

/** `table` holds the output of each int8 value at index value + 128. */
export const lookUpInt8 = (input: Int8Array, table: Int8Array): Int8Array => input.map((value) => table[value + 128] as number);

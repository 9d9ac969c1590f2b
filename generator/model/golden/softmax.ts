// SPDX-License-Identifier: Apache-2.0
/** Owns the integer softmax reference: TFLite int8 in gemmlowp fixed point, bit for bit. */

import { clamp } from '../../core/integers.js';
import { roundingDivideByPOT as divideByPOT, saturatingRoundingDoublingHighMul as highMul } from '../../quantize/fixed-point.js';
import { SOFTMAX_INTEGER_BITS, type SoftmaxRescaling } from '../../quantize/requantization.js';
import { expOnNegative, reciprocalOfOnePlus } from '../../quantize/transcendental.js';

const ACCUMULATION_INTEGER_BITS = 12;

/** Softmax over rows of `rowLength` int8 values; the output has scale 1/256 and zero point -128. */
export function softmaxInt8(input: Int8Array, rowLength: number, rescaling: SoftmaxRescaling): Int8Array {
  const output = new Int8Array(input.length);
  for (let start = 0; start < input.length; start += rowLength) {
    const row = input.subarray(start, start + rowLength);
    const largest = row.reduce((a, b) => Math.max(a, b), -128);
    /** e^(difference to the largest), F0; undefined where it counts as 0. */
    const exps = Array.from(row, (value) => {
      const difference = value - largest;
      if (difference < rescaling.diffMin) return undefined;
      return expOnNegative(highMul((difference << rescaling.shift) | 0, rescaling.multiplier), SOFTMAX_INTEGER_BITS);
    });
    const sum = exps.reduce<number>(
      (total, exp) => (total + (exp === undefined ? 0 : divideByPOT(exp, ACCUMULATION_INTEGER_BITS))) | 0,
      0,
    );
    const headroom = Math.clz32(sum);
    const bitsOverUnit = ACCUMULATION_INTEGER_BITS - headroom;
    const scale = reciprocalOfOnePlus(((sum << headroom) - 0x80000000) | 0);
    exps.forEach((exp, i) => {
      output[start + i] =
        exp === undefined ? -128 : clamp(divideByPOT(highMul(scale, exp), bitsOverUnit + 31 - 8) - 128, -128, 127);
    });
  }
  return output;
}

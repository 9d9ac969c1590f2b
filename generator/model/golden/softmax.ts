// SPDX-License-Identifier: Apache-2.0
/** Owns the integer softmax reference: TFLite int8 in gemmlowp fixed point, bit for bit. */

import { clamp } from '../../core/integers.js';
import {
  roundingDivideByPOT as divideByPOT,
  roundingHalfSum,
  saturatingRoundingDoublingHighMul as highMul,
  saturatingRoundingMultiplyByPOT as multiplyByPOT,
} from '../../quantize/fixed-point.js';
import { SOFTMAX_INTEGER_BITS, type SoftmaxRescaling } from '../../quantize/requantization.js';

// A fixed-point number "Fn" is an int32 with n integer bits: real = raw * 2^(n - 31).
const ONE_F0 = 0x7fffffff;
const ONE_F2 = 1 << 29;
const ACCUMULATION_INTEGER_BITS = 12;

/** e^a for a in [-1/4, 0), F0 -> F0: Taylor around -1/8. */
function expNearZero(a: number): number {
  const expMinusEighth = 1895147668;
  const third = 715827883;
  const x = (a + (1 << 28)) | 0;
  const x2 = highMul(x, x);
  const x3 = highMul(x2, x);
  const x4 = highMul(x2, x2);
  const higher = divideByPOT((highMul((divideByPOT(x4, 2) + x3) | 0, third) + x2) | 0, 1);
  return (expMinusEighth + highMul(expMinusEighth, (x + higher) | 0)) | 0;
}

/** exp(-2^(i - 2)) in F0, for i = 0..6. */
const EXP_OF_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242] as const;

/** e^a for a <= 0, F5 -> F0. */
export function expOnNegative(a: number): number {
  if (a === 0) return ONE_F0;
  const fractionBits = 31 - SOFTMAX_INTEGER_BITS;
  const quarter = 1 << (fractionBits - 2);
  const rest = (a & (quarter - 1)) - quarter;
  let result = expNearZero(multiplyByPOT(rest, SOFTMAX_INTEGER_BITS));
  const remainder = (rest - a) | 0;
  EXP_OF_POWERS.forEach((factor, i) => {
    if ((remainder & (1 << (fractionBits - 2 + i))) !== 0) result = highMul(result, factor);
  });
  return result;
}

/** 1 / (1 + a) for a in [0, 1), F0 -> F0: three Newton-Raphson steps. */
export function reciprocalOfOnePlus(a: number): number {
  const halfDenominator = roundingHalfSum(a, ONE_F0);
  let x = (1515870810 + highMul(halfDenominator, -1010580540)) | 0;
  for (let step = 0; step < 3; step++) {
    const error = (ONE_F2 - highMul(halfDenominator, x)) | 0;
    x = (x + multiplyByPOT(highMul(x, error), 2)) | 0;
  }
  return multiplyByPOT(x, 1);
}

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
      return expOnNegative(highMul((difference << rescaling.shift) | 0, rescaling.multiplier));
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

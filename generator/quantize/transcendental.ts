// SPDX-License-Identifier: Apache-2.0
/** Owns gemmlowp's fixed-point exponential, reciprocal and logistic function, bit for bit. */

import {
  roundingDivideByPOT as divideByPOT,
  roundingHalfSum,
  saturatingRoundingDoublingHighMul as highMul,
  saturatingRoundingMultiplyByPOT as multiplyByPOT,
} from './fixed-point.js';

// A fixed-point number "Fn" is an int32 with n integer bits: real = raw * 2^(n - 31).
const ONE_F0 = 0x7fffffff;
const ONE_F2 = 1 << 29;

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

/** e^a for a <= 0, Fn -> F0 with n = `integerBits` of 1..5. */
export function expOnNegative(a: number, integerBits: number): number {
  if (a === 0) return ONE_F0;
  const fractionBits = 31 - integerBits;
  const quarter = 1 << (fractionBits - 2);
  const rest = (a & (quarter - 1)) - quarter;
  let result = expNearZero(multiplyByPOT(rest, integerBits));
  const remainder = (rest - a) | 0;
  EXP_OF_POWERS.slice(0, integerBits + 2).forEach((factor, i) => {
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

/** 1 / (1 + e^-a), Fn -> F0 with n = `integerBits` of 1..5. */
export function logistic(a: number, integerBits: number): number {
  if (a === 0) return 1 << 30;
  const positive = reciprocalOfOnePlus(expOnNegative(a > 0 ? -a : a, integerBits));
  return a > 0 ? positive : ONE_F0 - positive;
}

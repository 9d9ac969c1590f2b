// SPDX-License-Identifier: Apache-2.0
/** Owns gemmlowp's 32-bit fixed-point arithmetic, exact in doubles and int32; double rounding unless asked otherwise. */

/**
 * How a product with a quantized multiplier is rounded. `double`: once after the high multiplication, once more
 * in the right shift (TFLite's reference, TFLite Micro). `single`: once (TFLite built with TFLITE_SINGLE_ROUNDING).
 */
export type Rounding = 'double' | 'single';

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

/**
 * gemmlowp SaturatingRoundingDoublingHighMul: a * b / 2^31, rounded to nearest, ties up; the one
 * overflow (both -2^31) saturates. int32 x int32 -> int32.
 *
 * gemmlowp adds 2^30 or 1 - 2^30 by sign and truncates; that equals floor((a * b + 2^30) / 2^31).
 * b is split into a signed high and an unsigned low half, so every product stays below 2^48.
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  const high = b >> 16;
  const low = b & 0xffff;
  return Math.floor((a * high + Math.floor((a * low + 0x40000000) / 0x10000)) / 0x8000);
}

/** gemmlowp RoundingDivideByPOT: x / 2^exponent to nearest, ties away from zero. exponent 0..31. */
export function roundingDivideByPOT(x: number, exponent: number): number {
  const mask = exponent === 31 ? INT32_MAX : (1 << exponent) - 1;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * floor(x * multiplier / 2^(31 - shift) + 1/2), wrapped to 32 bits: TFLite MultiplyByQuantizedMultiplier with
 * single rounding. multiplier >= 0, shift -31..30.
 *
 * The multiplier is split into two halves of 16 bits, so every number stays below 2^48; a right shift of less
 * than 17 bits, which no trained layer has, goes by BigInt.
 */
export function multiplyRoundingOnce(x: number, multiplier: number, shift: number): number {
  const right = 31 - shift;
  if (right < 17) return Number(BigInt.asIntN(32, (BigInt(x) * BigInt(multiplier) + (1n << BigInt(right - 1))) >> BigInt(right)));
  const high = x * (multiplier >> 16) + Math.floor((x * (multiplier & 0xffff)) / 0x10000);
  return Math.floor((high + 2 ** (right - 17)) / 2 ** (right - 16)) | 0;
}

/**
 * TFLite MultiplyByQuantizedMultiplier: x * multiplier * 2^(shift - 31).
 * With double rounding a positive shift goes left before the multiplication and wraps at 32 bits as the reference does.
 */
export function multiplyByQuantizedMultiplier(x: number, multiplier: number, shift: number, rounding: Rounding = 'double'): number {
  if (rounding === 'single') return multiplyRoundingOnce(x, multiplier, shift);
  const left = shift > 0 ? shift : 0;
  const right = shift > 0 ? 0 : -shift;
  return roundingDivideByPOT(saturatingRoundingDoublingHighMul((x << left) | 0, multiplier), right);
}

/** gemmlowp SaturatingRoundingMultiplyByPOT: exponent > 0 shifts left and saturates, else rounds right. */
export function saturatingRoundingMultiplyByPOT(x: number, exponent: number): number {
  if (exponent <= 0) return roundingDivideByPOT(x, -exponent);
  const threshold = 2 ** (31 - exponent) - 1;
  if (x > threshold) return INT32_MAX;
  if (x < -threshold) return INT32_MIN;
  return x << exponent;
}

/** gemmlowp RoundingHalfSum: (a + b) / 2, ties away from zero. */
export function roundingHalfSum(a: number, b: number): number {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

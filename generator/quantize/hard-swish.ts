// SPDX-License-Identifier: Apache-2.0
/** Owns hard-swish in 16-bit fixed point, as TFLite Micro's reference computes it. */

import { clamp } from '../core/integers.js';
import type { Quantization } from '../graph/network.js';
import { roundingDivideByPOT } from './fixed-point.js';
import { quantizeMultiplier, RescaleRangeError } from './multiplier.js';

const INT16_MAX = 0x7fff;
const INT16_MIN = -0x8000;

const int16 = (value: number): number => clamp(value, INT16_MIN, INT16_MAX);

/** a * b / 2^15 for int16, to nearest with ties up, saturated: gemmlowp SaturatingRoundingDoublingHighMul. */
const highMulRounded = (a: number, b: number): number => Math.min(INT16_MAX, Math.floor((a * b + 0x4000) / 0x8000));

/** The same, towards zero. */
const highMulTruncated = (a: number, b: number): number => Math.min(INT16_MAX, Math.trunc((a * b) / 0x8000));

/** DownScaleInt32ToInt16Multiplier. */
const to16Bits = (multiplier: number): number => Math.min(INT16_MAX, Math.floor((multiplier + 0x8000) / 0x10000));

/** The real value 3 is 2^15 on the scale of the factor relu6(x + 3) / 6. */
const FACTOR_SCALE = Math.fround(3 / 32768);

/** int8 -> output value, which may still lie outside int8. Throws RescaleRangeError when the output scale is too fine. */
export function hardSwish(input: Quantization, output: Quantization, where: string): (q: number) => number {
  // Seven bits more than the input has.
  const fineScale = Math.fround(input.scale / 128);
  const outputFactor = quantizeMultiplier(Math.fround(fineScale / output.scale), where);
  const reluFactor = quantizeMultiplier(Math.fround(fineScale / FACTOR_SCALE), where);
  if (outputFactor.shift > 0) throw new RescaleRangeError(where, input.scale / output.scale, 'an input scale below 128 output scales');
  const [outputMultiplier, reluMultiplier] = [to16Bits(outputFactor.multiplier), to16Bits(reluFactor.multiplier)];
  return (q) => {
    const fine = (q - input.zeroPoint) * 128;
    const onOutputScale = highMulRounded(fine, outputMultiplier);
    // x / 3, saturated to -1..1; the last bit of a left shift comes after the multiplication.
    const { shift } = reluFactor;
    let relu = shift > 0 ? int16(fine * 2 ** (shift - 1)) : fine;
    relu = highMulRounded(relu, reluMultiplier);
    if (shift > 0) relu = int16(relu * 2);
    if (shift < 0) relu = roundingDivideByPOT(relu, -shift);
    const factor = (relu + 0x8000) >> 1;
    return roundingDivideByPOT(highMulTruncated(factor, onOutputScale), -outputFactor.shift) + output.zeroPoint;
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns exact averages: requantization parameters that give sum / count rounded as TFLite does, found and checked over every possible sum. */
import { DefectError } from '../../core/errors.js';
import { clog2 } from '../../core/integers.js';
import { multiplyByQuantizedMultiplier, type Rounding } from '../../quantize/fixed-point.js';
import type { ChannelParameters } from '../array-layer.js';

/** Left shift before the multiplication: digits below the point for the rounding in the right shift. */
const LEFT = 7;

const exactFactors = new Map<string, { readonly multiplier: number; readonly rightShift: number }>();

/** Round half away from zero. */
const rounded = (sum: number, count: number): number => Math.sign(sum) * Math.floor((Math.abs(sum) + Math.floor(count / 2)) / count);

/** What the requantizer makes of a sum. */
function requantized(sum: number, multiplier: number, rightShift: number, rounding: Rounding): number {
  const left = (sum * 2 ** LEFT) | 0;
  return multiplyByQuantizedMultiplier(left, multiplier, -rightShift, rounding);
}

/**
 * (multiplier, shift) for a mean over `count` int8 values; sums lie in low .. high. The few multipliers around
 * 2^31 * 2^(shift - 7) / count are tried, and each is checked on every sum.
 */
function factorOf(count: number, low: number, high: number, rounding: Rounding): { readonly multiplier: number; readonly rightShift: number } {
  const key = `${count},${low},${high},${rounding}`;
  const known = exactFactors.get(key);
  if (known !== undefined) return known;
  const bits = clog2(count);
  const isPower = 2 ** bits === count;
  const rightShift = LEFT + bits - 1;
  const ideal = (2 ** 31 * 2 ** (rightShift - LEFT)) / count;
  const candidates = isPower ? [2 ** 30, 2 ** 30 + 1, 2 ** 30 + 2] : [Math.round(ideal), Math.floor(ideal), Math.ceil(ideal), Math.ceil(ideal) + 1, Math.ceil(ideal) + 2];
  const isExact = (multiplier: number): boolean => {
    for (let sum = low; sum <= high; sum++) if (requantized(sum, multiplier, rightShift, rounding) !== rounded(sum, count)) return false;
    return true;
  };
  const multiplier = candidates.find(isExact);
  if (multiplier === undefined) throw new DefectError('exact average', `no multiplier for ${count} values`);
  const found = { multiplier, rightShift };
  exactFactors.set(key, found);
  return found;
}

/** Ties away from zero (int8), or upwards (legacy uint8: sums are moved to where none is negative). */
export function averageParameters(count: number, ties: 'away' | 'up', rounding: Rounding): { readonly parameters: ChannelParameters; readonly zeroPoint: number } {
  if (count === 1) return { parameters: { bias: 0, multiplier: 2 ** 30, rightShift: 0, leftShift: 1 }, zeroPoint: 0 };
  const up = ties === 'up';
  const [low, high] = up ? [0, 255 * count] : [-128 * count, 127 * count];
  return { parameters: { bias: up ? 128 * count : 0, ...factorOf(count, low, high, rounding), leftShift: LEFT }, zeroPoint: up ? -128 : 0 };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the interpreter's requantizer, written in BigInt from the definitions of both roundings. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { PARAMETER, PARAMETER_BITS } from '../../../generator/arch/instructions.js';
import { readBits } from './fields.js';
import { wordOf, type State } from './state.js';

export interface ChannelParameters {
  readonly bias: number;
  readonly multiplier: number;
  readonly rightShift: number;
  readonly leftShift: number;
}

export interface OutputRange {
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
}

/** Parameters of requantizer `slot` in a parameter word. */
export function channelParameters(state: State, word: number, slot: number): ChannelParameters {
  const bytes = wordOf(state, 'parameter', word);
  const number = (name: keyof typeof PARAMETER): number => Number(readBits(bytes, slot * PARAMETER_BITS + PARAMETER[name].lsb, PARAMETER[name].width));
  return { bias: number('bias') | 0, multiplier: number('multiplier') | 0, rightShift: number('rightShift'), leftShift: number('leftShift') };
}

const INT32_MAX = 2n ** 31n - 1n;

/** gemmlowp: doubling high multiplication rounded to nearest, then a right shift rounded away from zero at ties. */
function roundTwice(x: number, { multiplier, leftShift, rightShift }: ChannelParameters): bigint {
  const product = BigInt((x << leftShift) | 0) * BigInt(multiplier);
  const nudged = (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
  const high = nudged > INT32_MAX ? INT32_MAX : nudged;
  const size = high < 0n ? -high : high;
  const rounded = (size + ((1n << BigInt(rightShift)) >> 1n)) >> BigInt(rightShift);
  return high < 0n ? -rounded : rounded;
}

/** TFLITE_SINGLE_ROUNDING: the whole product shifted right once, ties up; the left shift wraps as with double rounding. */
function roundOnce(x: number, { multiplier, leftShift, rightShift }: ChannelParameters): bigint {
  const right = BigInt(31 + rightShift);
  return (BigInt((x << leftShift) | 0) * BigInt(multiplier) + (1n << (right - 1n))) >> right;
}

/** A sum, bias included and wrapped to 32 bits, as an output value. */
export function requantize(sum: number, parameters: ChannelParameters, { zeroPoint, low, high }: OutputRange, rounding: AccelConfig['rounding']): number {
  const scaled = Number((rounding === 'single' ? roundOnce : roundTwice)(sum | 0, parameters));
  return Math.min(high, Math.max(low, scaled + zeroPoint));
}

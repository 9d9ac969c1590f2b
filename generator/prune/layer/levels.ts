// SPDX-License-Identifier: Apache-2.0
/** Owns the levels of quantized weights: symmetric multiples of a scale, and rounding to them. */

/** Halves away from zero. */
const round = (value: number): number => Math.sign(value) * Math.round(Math.abs(value)) + 0;

/** Largest absolute level by the bits of a weight; -8 and -128 are not used, 2 bits are ternary. */
export const LARGEST_LEVEL = { 8: 127, 4: 7, 2: 1 } as const;
export type WeightBits = keyof typeof LARGEST_LEVEL;

/** The scale at which the largest value is the largest level, as float32; 1 where all values are 0. */
export function largestLevel(values: Float64Array, largest: number): number {
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scale = Math.fround(most / largest);
  return scale > 0 ? scale : 1;
}

/** The level (an integer) nearest to a value. */
export const levelOf = (value: number, scale: number, largest: number): number => Math.max(-largest, Math.min(largest, round(value / scale)));

export const nearestLevels = (values: Float64Array, scale: number, largest: number): Float64Array => values.map((value) => levelOf(value, scale, largest) * scale);

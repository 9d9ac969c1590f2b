// SPDX-License-Identifier: Apache-2.0
/** Owns the range rule: the range of real values that the 256 steps of int8 are spread over. */

import { filledBins, type Histogram } from './histogram.js';

/** A range of real values that holds 0. */
export interface RealRange {
  readonly min: number;
  readonly max: number;
}

const square = (x: number): number => x * x;

/** Ranges of 10 % to 100 % of the whole one are tried. */
const [FIRST_PERCENT, LAST_PERCENT] = [10, 100];

/** Every value that was seen, and 0: nothing of the calibration saturates. */
export const wholeRange = (histograms: readonly Histogram[]): RealRange => ({
  min: histograms.reduce((low, { min }) => Math.min(low, min), 0),
  max: histograms.reduce((high, { max }) => Math.max(high, max), 0),
});

/**
 * The range with the least noise for tensors that share it: values inside are a step / sqrt(12) off, values outside as far as they
 * are outside, exact zeros not at all. The noise of each tensor counts relative to its power.
 */
export function leastNoiseRange(histograms: readonly Histogram[]): RealRange {
  const whole = wholeRange(histograms);
  const tensors = histograms.filter(({ power }) => power > 0).map((histogram) => ({ ...histogram, filled: filledBins(histogram) }));
  let best = { noise: Infinity, range: whole };
  for (let percent = LAST_PERCENT; percent >= FIRST_PERCENT; percent--) {
    const range = { min: (whole.min * percent) / 100, max: (whole.max * percent) / 100 };
    const stepNoise = square((range.max - range.min) / 255) / 12;
    let noise = 0;
    for (const { filled, zeros, count, power } of tensors) {
      let sum = stepNoise * (count - zeros);
      for (const { value, count: values } of filled) {
        if (value > range.max) sum += values * (square(value - range.max) - stepNoise);
        else if (value < range.min) sum += values * (square(range.min - value) - stepNoise);
      }
      noise += sum / power;
    }
    if (noise < best.noise) best = { noise, range };
  }
  return best.range;
}

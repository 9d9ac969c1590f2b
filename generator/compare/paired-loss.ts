// SPDX-License-Identifier: Apache-2.0
/** Owns the difference in accuracy of two networks on the same images, with its standard error. */

/** A row's answers, an image after the other: '1' right, '0' wrong. */
export type Answers = string;

export interface PairedLoss {
  /** Points of accuracy that the second network is below the first. */
  readonly points: number;
  /** Of the mean of the paired differences: sqrt(s^2 / n) with s^2 over n - 1. 0 for one image. */
  readonly standardError: number;
}

export const rightOf = (answers: Answers): number => answers.split('1').length - 1;

/** Both are answers to the same images in the same order. */
export function pairedLoss(first: Answers, second: Answers): PairedLoss {
  const n = first.length;
  // Of n differences in {-1, 0, 1}: sum and sum of squares.
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const difference = Number(first[i]) - Number(second[i]);
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / n;
  const variance = n < 2 ? 0 : (squares - n * mean * mean) / (n - 1);
  return { points: 100 * mean, standardError: 100 * Math.sqrt(Math.max(0, variance) / n) };
}

/** Two-sided 95 % of a normal distribution. */
const Z = 1.96;

export type Verdict = 'within' | 'undecided' | 'beyond';

/** Whether a loss is at most `bar`: `undecided` where its 95 % interval includes the bar. */
export function judge({ points, standardError }: PairedLoss, bar: number): Verdict {
  const half = Z * standardError;
  if (points + half < bar || (half === 0 && points <= bar)) return 'within';
  return points - half > bar ? 'beyond' : 'undecided';
}

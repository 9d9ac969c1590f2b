// SPDX-License-Identifier: Apache-2.0
/** Owns the score that balanced pruning keeps of one layer, while its input channels change places. */

import type { BalancedSettings } from '../constraints/balanced.js';

/**
 * Scores by row (filter and kernel tap) and column (input channel), cut into groups of g columns that keep the K largest each. For each place it holds what its group
 * keeps without it, and the score that a newcomer has to beat.
 */
export class KeptScore {
  private readonly rows: number;
  private readonly values: Float64Array;
  private readonly without: Float64Array;
  private readonly threshold: Float64Array;
  private readonly sums: Float64Array;
  private readonly groups: number;

  /** `scores`: rows x columns, not negative. */
  constructor(scores: Float64Array, private readonly columns: number, private readonly settings: BalancedSettings) {
    this.rows = scores.length / columns;
    this.values = scores.slice();
    this.without = new Float64Array(scores.length);
    this.threshold = new Float64Array(scores.length);
    this.groups = Math.ceil(columns / settings.group);
    this.sums = new Float64Array(this.rows * this.groups);
    for (let group = 0; group < this.groups; group++) this.refresh(group);
  }

  /** Score of all weights that are kept. */
  get total(): number {
    return this.sums.reduce((a, b) => a + b, 0);
  }

  groupOf(column: number): number {
    return Math.floor(column / this.settings.group);
  }

  /** What the total grows by when two columns change places. */
  gain(p: number, q: number): number {
    const { columns, values, without, threshold, sums, groups } = this;
    const [a, b] = [this.groupOf(p), this.groupOf(q)];
    if (a === b) return 0;
    let gain = 0;
    for (let row = 0; row < this.rows; row++) {
      const [at, other] = [row * columns + p, row * columns + q];
      const left = (values[other] as number) - (threshold[at] as number);
      const right = (values[at] as number) - (threshold[other] as number);
      gain += (without[at] as number) + (left > 0 ? left : 0) - (sums[row * groups + a] as number);
      gain += (without[other] as number) + (right > 0 ? right : 0) - (sums[row * groups + b] as number);
    }
    return gain;
  }

  swap(p: number, q: number): void {
    for (let at = p, other = q; at < this.values.length; at += this.columns, other += this.columns) {
      [this.values[at], this.values[other]] = [this.values[other] as number, this.values[at] as number];
    }
    for (const group of new Set([this.groupOf(p), this.groupOf(q)])) this.refresh(group);
  }

  private refresh(group: number): void {
    const { columns, settings: { keep, group: size }, values } = this;
    const [first, last] = [group * size, Math.min(columns, (group + 1) * size)];
    for (let row = 0; row < this.rows; row++) {
      const sorted = values.slice(row * columns + first, row * columns + last).sort().reverse();
      const kept = sorted.subarray(0, keep).reduce((a, b) => a + b, 0);
      const [least, next] = [sorted[keep - 1] ?? 0, sorted[keep] ?? 0];
      this.sums[row * this.groups + group] = kept;
      for (let at = row * columns + first; at < row * columns + last; at++) {
        const value = values[at] as number;
        // Without one of the K largest the next one is kept, and is what a newcomer has to beat.
        const isKept = sorted.length <= keep || value >= least;
        this.without[at] = isKept ? kept - value + next : kept;
        this.threshold[at] = isKept ? next : least;
      }
    }
  }
}

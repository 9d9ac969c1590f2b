// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of columns in one row of a least-squares problem: given up one by one, then exchanged while that helps. */

import type { Tableau } from '../numeric/tableau.js';

/** Columns that may change places, by label. */
export interface RowChoice {
  /** Label of each column; -1: it stays as it is. */
  readonly labels: Int32Array;
  /** Columns of each label that stay. */
  readonly keep: ReadonlyMap<number, number>;
}

/** From all columns of a label in use to as many as stay: always the one whose loss costs least next (OBS), the lower one at a tie. */
export function giveUp(tableau: Tableau, { labels, keep }: RowChoice): void {
  const used = new Map<number, number>();
  for (let i = 0; i < tableau.size; i++) if (tableau.inUse[i] === 1) used.set(labels[i] as number, (used.get(labels[i] as number) ?? 0) + 1);
  for (;;) {
    let [place, least] = [-1, Infinity];
    for (let i = 0; i < tableau.size; i++) {
      const label = labels[i] as number;
      if (tableau.inUse[i] === 0 || label < 0 || (used.get(label) as number) <= (keep.get(label) ?? 0)) continue;
      const cost = tableau.removalCost(i);
      if (cost < least) [place, least] = [i, cost];
    }
    if (place < 0) return;
    tableau.toggle(place);
    const label = labels[place] as number;
    used.set(label, (used.get(label) as number) - 1);
  }
}

/** Gains below this share of the row's error are rounding. */
const LEAST_GAIN = 1e-9;

/** Inside every label, the best exchange of a used and a free column, until none helps or `rounds` are over. */
export function exchange(tableau: Tableau, labels: Int32Array, rounds: number): void {
  const members = new Map<number, number[]>();
  labels.forEach((label, i) => { if (label >= 0) members.set(label, [...(members.get(label) ?? []), i]); });
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    for (const columns of members.values()) {
      let [out, into, most] = [-1, -1, LEAST_GAIN * Math.abs(tableau.error)];
      for (const i of columns) {
        if (tableau.inUse[i] === 0) continue;
        for (const j of columns) {
          if (tableau.inUse[j] === 1) continue;
          const gain = tableau.swapGain(i, j);
          if (gain > most) [out, into, most] = [i, j, gain];
        }
      }
      if (out < 0) continue;
      tableau.toggle(out);
      tableau.toggle(into);
      changed = true;
    }
    if (!changed) return;
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the assignment of patterns to filters such that every pattern fills whole tiles: filters that are put in order then share it P by P. */

import type { Pattern } from './library.js';

/**
 * For every filter the index of its pattern: each is used by a multiple of `pes` filters, one of them also by the rest. Tile after tile takes the pattern
 * and the filters that gain most; then filters of different patterns change places while that adds score.
 */
export function quotaAssign(scores: Float64Array, area: number, library: readonly Pattern[], pes: number): Int32Array {
  const filters = scores.length / area;
  const value = (filter: number, pattern: number): number => (library[pattern] as Pattern).reduce((sum, tap) => sum + (scores[filter * area + tap] as number), 0);
  const values = Array.from({ length: filters }, (_, filter) => Float64Array.from(library, (_own, p) => value(filter, p)));
  const at = (filter: number, pattern: number): number => (values[filter] as Float64Array)[pattern] as number;
  /** What a filter loses when it does not get a pattern. */
  const best = values.map((own) => own.reduce((most, one) => Math.max(most, one), -Infinity));
  const choice = new Int32Array(filters).fill(-1);
  let free = Array.from({ length: filters }, (_, filter) => filter);
  while (free.length > 0) {
    let chosen: { readonly pattern: number; readonly members: readonly number[]; readonly loss: number } | undefined;
    for (let pattern = 0; pattern < library.length; pattern++) {
      const lossOf = (filter: number): number => (best[filter] as number) - at(filter, pattern);
      const members = [...free].sort((a, b) => lossOf(a) - lossOf(b) || a - b).slice(0, pes);
      const loss = members.reduce((sum, filter) => sum + lossOf(filter), 0);
      if (chosen === undefined || loss < chosen.loss) chosen = { pattern, members, loss };
    }
    if (chosen === undefined) break;
    for (const filter of chosen.members) choice[filter] = chosen.pattern;
    free = free.filter((filter) => choice[filter] === -1);
  }
  for (let improved = true; improved; ) {
    improved = false;
    for (let a = 0; a < filters; a++) {
      for (let b = a + 1; b < filters; b++) {
        const [p, q] = [choice[a] as number, choice[b] as number];
        if (p === q || at(a, q) + at(b, p) <= (at(a, p) + at(b, q)) * (1 + 1e-12)) continue;
        [choice[a], choice[b]] = [q, p];
        improved = true;
      }
    }
  }
  return choice;
}

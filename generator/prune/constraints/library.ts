// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a pattern library: few sets of n positions such that the best of them leaves each block as much score as possible. */

import { choose } from './expected.js';

/** Positions of a block that stay, ascending. */
export type Pattern = readonly number[];

/** Sums that the search of every library may take. */
const MOST_SUMS = 2e7;

/** All sets are tried while there are no more of them than this; beyond it, the sets that are the best of some block. */
const MOST_CANDIDATES = 1024;

/** Every set of n of `size` positions, in lexicographic order, or undefined when there are too many. */
export function everyPattern(size: number, n: number): Pattern[] | undefined {
  const found: number[][] = [];
  const extend = (set: number[], from: number): boolean => {
    if (set.length === n) return found.push(set) <= MOST_CANDIDATES;
    for (let p = from; p <= size - (n - set.length); p++) if (!extend([...set, p], p + 1)) return false;
    return true;
  };
  return extend([], 0) ? found : undefined;
}

/** The n largest of the `size` scores from `start` on: the best set of a block alone. Ties go to the lower position. */
export function bestPattern(scores: Float64Array, start: number, size: number, n: number): number[] {
  const order = Array.from({ length: size }, (_, p) => p).sort((a, b) => (scores[start + b] as number) - (scores[start + a] as number));
  return order.slice(0, n).sort((a, b) => a - b);
}

const totalOf = (scores: Float64Array, start: number, pattern: Pattern): number => pattern.reduce((sum, p) => sum + (scores[start + p] as number), 0);

/** For every block the index of the pattern with the largest score, the lower one at a tie; `scores` has `size` values a block. */
export function assign(scores: Float64Array, size: number, library: readonly Pattern[]): Int32Array {
  return Int32Array.from({ length: scores.length / size }, (_, block) => {
    let [best, most] = [0, -Infinity];
    library.forEach((pattern, i) => {
      const score = totalOf(scores, block * size, pattern);
      if (score > most) [best, most] = [i, score];
    });
    return best;
  });
}

/**
 * At most `limit` sets of n of `size` positions, in lexicographic order. The best choice where there is room for every block's own best set or where all
 * choices can be tried; otherwise greedy, the set that adds most one after the other, then exchanges while they add score.
 */
export function learnLibrary(scores: Float64Array, size: number, n: number, limit: number): Pattern[] {
  const blocks = scores.length / size;
  const own = new Map<string, Pattern>();
  for (let block = 0; block < blocks; block++) {
    const pattern = bestPattern(scores, block * size, size, n);
    own.set(pattern.join(), pattern);
  }
  const candidates = own.size <= limit ? [...own.values()] : (everyPattern(size, n) ?? [...own.values()].slice(0, MOST_CANDIDATES));
  candidates.sort(lexicographic);
  if (candidates.length <= limit) return candidates;
  const value = candidates.map((pattern) => Float64Array.from({ length: blocks }, (_, block) => totalOf(scores, block * size, pattern)));
  const chosen = choose(candidates.length, limit) * limit * blocks <= MOST_SUMS ? bestOfAll(value, limit) : greedy(value, limit);
  return chosen.sort((a, b) => a - b).map((c) => candidates[c] as Pattern);
}

/** What each block has of the best of the chosen; 0 of none. */
const bestOf = (value: readonly Float64Array[], chosen: readonly number[], blocks: number): Float64Array =>
  Float64Array.from({ length: blocks }, (_, block) => chosen.reduce((most, c) => Math.max(most, (value[c] as Float64Array)[block] as number), 0));

const sum = (values: Float64Array): number => values.reduce((total, one) => total + one, 0);

/** The first of the best choices of `limit` candidates. */
function bestOfAll(value: readonly Float64Array[], limit: number): number[] {
  const blocks = (value[0] as Float64Array).length;
  let [best, most]: [number[], number] = [[], -Infinity];
  const extend = (chosen: number[], from: number): void => {
    if (chosen.length === limit) {
      const total = sum(bestOf(value, chosen, blocks));
      if (total > most) [best, most] = [chosen, total];
      return;
    }
    for (let c = from; c <= value.length - (limit - chosen.length); c++) extend([...chosen, c], c + 1);
  };
  extend([], 0);
  return best;
}

function greedy(value: readonly Float64Array[], limit: number): number[] {
  const blocks = (value[0] as Float64Array).length;
  const gainOver = (base: Float64Array, own: Float64Array): number => own.reduce((total, one, block) => total + Math.max(0, one - (base[block] as number)), 0);
  const bestAddition = (base: Float64Array, chosen: readonly number[]): { readonly candidate: number; readonly gain: number } => {
    let [candidate, gain] = [-1, -Infinity];
    value.forEach((own, c) => {
      const more = chosen.includes(c) ? -Infinity : gainOver(base, own);
      if (more > gain) [candidate, gain] = [c, more];
    });
    return { candidate, gain };
  };
  const chosen: number[] = [];
  while (chosen.length < limit) chosen.push(bestAddition(bestOf(value, chosen, blocks), chosen).candidate);
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i < chosen.length; i++) {
      const base = bestOf(value, chosen.filter((_, at) => at !== i), blocks);
      const { candidate, gain } = bestAddition(base, chosen);
      if (candidate < 0 || gain <= gainOver(base, value[chosen[i] as number] as Float64Array) * (1 + 1e-12)) continue;
      chosen[i] = candidate;
      improved = true;
    }
  }
  return chosen;
}

export function lexicographic(a: Pattern, b: Pattern): number {
  const at = a.findIndex((p, i) => p !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] ?? -1);
}

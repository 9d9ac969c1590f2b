// SPDX-License-Identifier: Apache-2.0
/** Owns which position sets a pattern table holds for some layers, and which of them an entry of one PE takes. */

/** A demand as one number: the kept positions as a bitmap, and the steps of the entry. */
export type Demand = number;

const MOST_STEPS = 32;
const demandOf = (bitmap: number, steps: number): Demand => bitmap * MOST_STEPS + steps - 1;
const bitmapOf = (demand: Demand): number => Math.floor(demand / MOST_STEPS);
const stepsOf = (demand: Demand): number => (demand % MOST_STEPS) + 1;

/** Patterns that are counted exactly; beyond it a library is only known to be larger. */
export const MOST_PATTERNS = 4096;

/** Bit i is position i. */
export function bitmapOfPositions(positions: Uint8Array, kept: number): number {
  let bitmap = 0;
  for (let i = 0; i < kept; i++) bitmap |= 1 << (positions[i] as number);
  return bitmap >>> 0;
}

/** What an entry of `steps` steps asks for: nothing when it keeps nothing, because any pattern serves a weight of 0. */
export function addDemand(demands: Set<Demand>, positions: Uint8Array, kept: number, steps: number): void {
  if (kept > 0) demands.add(demandOf(bitmapOfPositions(positions, kept), steps));
}

function countBits(bitmap: number): number {
  let count = 0;
  for (let rest = bitmap; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** The positions that a decoder visits in `steps` steps. */
function visited(pattern: number, steps: number): number {
  let rest = pattern;
  for (let i = 0; i < steps && rest !== 0; i++) rest = (rest & (rest - 1)) >>> 0;
  return (pattern & ~rest) >>> 0;
}

const serves = (pattern: number, bitmap: number, steps: number): boolean => (bitmap & ~visited(pattern, steps)) === 0;

/**
 * Position sets that serve all demands: every largest one, and of the smaller ones those that none of them holds
 * in its first steps (weights of 0 then stand at the positions that are not kept). At least one, so that no PE reads an unwritten word.
 */
export function patternsFor(demands: ReadonlySet<Demand>): number[] {
  const patterns: number[] = [];
  const largestFirst = [...demands].sort((a, b) => countBits(bitmapOf(b)) - countBits(bitmapOf(a)) || a - b);
  for (const demand of largestFirst) {
    const [bitmap, steps] = [bitmapOf(demand), stepsOf(demand)];
    if (!patterns.some((pattern) => serves(pattern, bitmap, steps))) patterns.push(bitmap);
    if (patterns.length > MOST_PATTERNS) break;
  }
  return patterns.length === 0 ? [1] : patterns;
}

/** The part of the table that some layers share. */
export class PatternLibrary {
  readonly #numbers = new Map<Demand, number>();

  /**
   * @param index number of the library in the program
   * @param base table word of the first pattern
   */
  constructor(readonly index: number, readonly base: number, readonly patterns: readonly number[]) {}

  /**
   * The table word for one PE's entry of `steps` steps that keeps `kept` ascending positions. Weights move to the steps that visit their
   * positions, those between become 0.
   */
  place(positions: Uint8Array, weights: Int8Array, kept: number, steps: number): number {
    if (kept === 0) return this.base;
    const bitmap = bitmapOfPositions(positions, kept);
    const demand = demandOf(bitmap, steps);
    const number = this.#numbers.get(demand) ?? this.patterns.findIndex((pattern) => serves(pattern, bitmap, steps));
    this.#numbers.set(demand, number);
    let rest = visited(this.patterns[number] as number, steps);
    if (rest !== bitmap) {
      const own = weights.slice(0, kept);
      weights.fill(0, 0, steps);
      for (let step = 0, next = 0; rest !== 0; step++, rest = (rest & (rest - 1)) >>> 0) {
        if ((rest & -rest & bitmap) !== 0) weights[step] = own[next++] as number;
      }
    }
    return this.base + number;
  }
}

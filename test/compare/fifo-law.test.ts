// SPDX-License-Identifier: Apache-2.0
/** Holds the law of per-PE FIFOs to lockstep, to its limit and to a simulation that goes cycle by cycle. */
import { describe, expect, it } from 'vitest';
import { similarFilters } from '../../generator/compare/filter-order.js';
import { createRandom } from '../../generator/core/random.js';
import { fifoCost, fifoSteps, tileCounts, type TileCounts } from '../../generator/model/fifo-law.js';
import { maskSteps } from '../../generator/model/mask-law.js';

type Shape = readonly [number, number, number, number];
const SEED = 411;

/** Masks of many densities on shapes with whole and broken tiles and words. */
function cases(): { readonly shape: Shape; readonly array: { readonly pes: number; readonly group: number }; readonly mask: Uint8Array }[] {
  const random = createRandom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  return Array.from({ length: 60 }, () => {
    const shape: Shape = [pick([1, 5, 8, 17]), pick([1, 3]), pick([1, 2, 3]), pick([3, 8, 12, 16, 33])];
    const density = pick([0, 0.02, 0.1, 0.25, 0.5, 0.9, 1]);
    const mask = Uint8Array.from({ length: shape[0] * shape[1] * shape[2] * shape[3] }, () => (random.next() < density ? 1 : 0));
    return { shape, array: { pes: pick([1, 4, 8, 16]), group: pick([4, 8]) }, mask };
  });
}

/** A pixel of a tile, cycle by cycle: at the start of a cycle PEs that are done take their word off, one word may enter all FIFOs, then every PE with a word works. */
function simulate({ filters, entries, slots }: TileCounts, depth: number): number {
  const fifos: number[][] = Array.from({ length: filters }, () => []);
  const left = new Array<number>(filters).fill(0);
  let next = 0;
  for (let cycle = 0; ; cycle++) {
    for (let pe = 0; pe < filters; pe++) if ((fifos[pe] as number[]).length > 0 && left[pe] === 0) (fifos[pe] as number[]).shift(), (left[pe] = -1);
    if (next === entries && fifos.every((fifo) => fifo.length === 0)) return Math.max(1, cycle);
    if (next < entries && fifos.every((fifo) => fifo.length < Math.max(1, depth))) {
      for (const fifo of fifos) fifo.push(next);
      next++;
    }
    for (let pe = 0; pe < filters; pe++) {
      const [head] = fifos[pe] as number[];
      if (head === undefined) continue;
      if ((left[pe] as number) <= 0) left[pe] = Math.max(1, slots[head * filters + pe] as number);
      left[pe] = (left[pe] as number) - 1;
    }
  }
}

describe('the law of FIFOs', () => {
  it('is lockstep at depths 0 and 1, whatever the mask', () => {
    for (const { mask, shape, array } of cases()) for (const depth of [0, 1]) expect(fifoSteps(mask, shape, array, depth)).toEqual(maskSteps(mask, shape, array));
  });

  it('takes as long as the PE with the largest sum when FIFOs are unlimited; a word without a slot takes a cycle', () => {
    for (const { mask, shape, array } of cases()) {
      const sums = tileCounts(mask, shape, array).map(({ filters, entries, slots }) =>
        Math.max(1, ...Array.from({ length: filters }, (_, pe) => Array.from({ length: entries }, (_none, e) => Math.max(1, slots[e * filters + pe] as number)).reduce((a, b) => a + b, 0))));
      expect(fifoSteps(mask, shape, array, Infinity)).toEqual(sums);
    }
  });

  it.each([1, 2, 3, 4, 16, Infinity])('equals a simulation cycle by cycle at depth %d', (depth) => {
    for (const { mask, shape, array } of cases()) expect(fifoSteps(mask, shape, array, depth)).toEqual(tileCounts(mask, shape, array).map((tile) => simulate(tile, depth)));
  });

  it('never takes longer with deeper FIFOs', () => {
    for (const { mask, shape, array } of cases()) {
      const total = [1, 2, 4, 8, 16, Infinity].map((depth) => fifoSteps(mask, shape, array, depth).reduce((a, b) => a + b, 0));
      expect([...total].sort((a, b) => b - a)).toEqual(total);
    }
  });

  it('estimates FIFOs from depth, group, lanes and PEs', () => {
    // 64 bits: 11 columns of 6, 4 LUTs each; depth 16: pointers of 4 bits.
    expect(fifoCost(16, { pes: 2, group: 8, lanes: 1 })).toEqual({ bytes: 256, luts: 2 * (44 + 13), ff: 2 * (64 + 13), ffWithoutLutRam: 2 * (1024 + 13) });
    expect(fifoCost(Infinity, { pes: 2, group: 8, lanes: 1 })).toBeUndefined();
  });
});

describe('an order of similar filters', () => {
  it('is an order, and never slower in lockstep', () => {
    for (const { mask, shape, array } of cases()) {
      const order = similarFilters(mask, shape, array);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: shape[0] }, (_, i) => i));
      const sum = (steps: readonly number[]): number => steps.reduce((a, b) => a + b, 0);
      expect(sum(fifoSteps(mask, shape, array, 1, order))).toBeLessThanOrEqual(sum(maskSteps(mask, shape, array)));
    }
  });

  it('brings filters of one pattern into one tile', () => {
    // Even filters keep word 0, odd ones word 1: mixed they take 8 + 8 steps a tile, apart 8.
    const shape: Shape = [8, 1, 1, 16];
    const mask = Uint8Array.from({ length: 128 }, (_, i) => (Math.floor(i / 16) % 2 === Math.floor((i % 16) / 8) ? 1 : 0));
    const array = { pes: 4, group: 8 };
    expect(maskSteps(mask, shape, array)).toEqual([16, 16]);
    expect(fifoSteps(mask, shape, array, 1, similarFilters(mask, shape, array))).toEqual([8, 8]);
  });
});

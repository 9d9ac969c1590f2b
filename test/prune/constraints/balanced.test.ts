// SPDX-License-Identifier: Apache-2.0
/** Holds the balanced constraint to its definition: K of every group, ties, larger K, steps, index bits. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { balanced, balancedCount } from '../../../generator/prune/constraints/balanced.js';
import { constraintCost } from '../../../generator/prune/cost.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { SEED, ARRAY, of, scoresOf, total, kept, check } from './support.js';

describe('the balanced constraint', () => {
  it('keeps exactly min(K, size) in every group, tail included, and no kept score is below a dropped one', () => {
    const layer = fc.record({ shape: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })), group: fc.constantFrom(2, 4, 8, 16, 32), seed: fc.nat(), levels: fc.constantFrom(1, 3, 128), limited: fc.boolean() });
    fc.assert(fc.property(layer, ({ shape, group, seed, levels, limited }) => {
      const random = createRandom(seed);
      const keep = random.integer(1, group);
      const scores = scoresOf(random, shape, levels);
      const within = limited ? scores.map(() => random.integer(0, 1)) : undefined;
      const mask = balanced({ keep, group }).project(scores, shape, within && Uint8Array.from(within));
      const inChannels = shape[3];
      for (let row = 0; row < mask.length; row += inChannels) for (let first = 0; first < inChannels; first += group) {
        const indices = Array.from({ length: Math.min(group, inChannels - first) }, (_, i) => row + first + i).filter((i) => within?.[i] !== 0);
        const [stay, go] = [indices.filter((i) => mask[i] === 1), indices.filter((i) => mask[i] === 0)];
        expect(stay.length).toBe(Math.min(keep, indices.length));
        // Greater, or equal with the lower index.
        for (const k of stay) for (const d of go) expect(scores[k]! > scores[d]! || (scores[k] === scores[d] && k < d)).toBe(true);
      }
      if (within === undefined) expect(kept(mask)).toBe(balancedCount(shape, keep, group));
      else expect(mask.some((bit, i) => bit === 1 && within[i] === 0)).toBe(false);
    }), { seed: SEED, numRuns: 200 });
  });

  it('keeps slots of zero weights: an all-zero group keeps its first K', () => {
    expect([...balanced({ keep: 2, group: 4 }).project(new Array<number>(6).fill(0), [1, 1, 1, 6])]).toEqual([1, 1, 0, 0, 1, 1]);
    expect([...balanced({ keep: 3, group: 4 }).project([0, 3, 0, 3, 1], [1, 1, 1, 5])]).toEqual([1, 1, 0, 1, 1]);
  });

  it('keeps at least as much magnitude at 4 of 16 as at 2 of 8', () => {
    check(100, ({ seed, levels }) => {
      const shape: WeightShape = [3, 2, 3, 32];
      const scores = scoresOf(createRandom(seed), shape, levels);
      expect(total(scores, of('balanced:4/16').project(scores, shape))).toBeGreaterThanOrEqual(total(scores, of('balanced:2/8').project(scores, shape)));
    });
  });

  it('keeps more with a larger K, and the smaller mask inside the larger', () => {
    check(50, ({ shape, seed, levels }) => {
      const scores = scoresOf(createRandom(seed), shape, levels);
      const [small, large] = [3, 4].map((keep) => balanced({ keep, group: 8 }).project(scores, shape)) as [Uint8Array, Uint8Array];
      expect(small.every((bit, i) => bit <= large[i]!)).toBe(true);
    });
  });

  it('contains a mask at its tightest K', () => {
    const shape: WeightShape = [2, 1, 1, 16];
    const mask = of('balanced:2/8').project(scoresOf(createRandom(1), shape, 99), shape);
    expect(of('balanced:5/8').contain(mask, shape)!.constraint.text).toBe('balanced:2/8');
    expect(of('balanced:1/8').contain(mask, shape)).toBeUndefined();
  });

  it('takes K G/g steps at a smaller group, and at a larger one those of the fullest word', () => {
    const layer = { outChannels: 4, kernelHeight: 1, kernelWidth: 1, inChannels: 16, pixels: 100 };
    expect(constraintCost(of('2:4'), layer, ARRAY)).toMatchObject({ exact: true, law: { steps: 8 } });
    expect(constraintCost(of('balanced:1/2'), layer, ARRAY)).toMatchObject({ exact: true, law: { steps: 8 } });
    const large = constraintCost(of('balanced:4/16'), layer, ARRAY);
    expect(large.exact).toBe(false);
    expect(large.law.steps).toBeGreaterThan(4);
    expect(large.law.steps).toBeLessThan(8);
  });

  it('stores the index bits that the formats need', () => {
    const perGroup = (text: string, size: number): unknown => of(text).storage([1, 1, 1, size]).indexBits;
    expect(perGroup('balanced:2/8', 8)).toEqual({ direct: 6, bitmap: 8, enumerative: 5 });
    expect(perGroup('balanced:4/16', 16)).toEqual({ direct: 16, bitmap: 16, enumerative: 11 });
    const { weightBits, indexBits } = of('balanced:2/8').storage([64, 3, 3, 64]);
    const dense = 8 * 64 * 9 * 64;
    expect([(dense / (weightBits + indexBits['direct']!)).toFixed(2), (dense / (weightBits + indexBits['enumerative']!)).toFixed(2)]).toEqual(['2.91', '3.05']);
  });
});

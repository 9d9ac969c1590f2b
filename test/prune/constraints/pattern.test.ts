// SPDX-License-Identifier: Apache-2.0
/** Holds the pattern constraint to its definition: n / taps of the steps, libraries, index bits. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { maskSteps } from '../../../generator/model/mask-law.js';
import { pattern } from '../../../generator/prune/constraints/pattern.js';
import { constraintCost } from '../../../generator/prune/cost.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { ARRAY, of, scoresOf, total, check } from './support.js';

describe('the pattern constraint', () => {
  it.each(['filter', 'tile'] as const)('with %s sharing takes n/9 of the dense steps, exactly where a tile is enough or the order of filters is no matter', (sharing) => {
    for (let n = 1; n <= 9; n++) {
      const layer = { outChannels: 32, kernelHeight: 3, kernelWidth: 3, inChannels: 32, pixels: 64 };
      const constraint = pattern({ taps: n, library: 'all', sharing, pes: 4, group: 8 });
      expect(constraintCost(constraint, layer, ARRAY)).toMatchObject({ exact: sharing === 'tile' || n === 9, law: { cyclesWithoutDrain: 8 * 64 * 32 * n } });
      expect(constraintCost(constraint, { ...layer, outChannels: 4 }, ARRAY).exact).toBe(true);
    }
  });

  it('with filter sharing, filters that are put in order of their patterns take n/9 of the steps', () => {
    const shape: WeightShape = [16, 3, 3, 16];
    const mask = of('pattern:4/3@filter').project(scoresOf(createRandom(4), shape, 999), shape);
    const filter = mask.length / 16;
    const rows = Array.from({ length: 16 }, (_, o) => [...mask.subarray(o * filter, (o + 1) * filter)]).sort((a, b) => (a.join('') < b.join('') ? -1 : 1));
    expect(maskSteps(Uint8Array.from(rows.flat()), shape, ARRAY)).toEqual([64, 64, 64, 64]);
  });

  it('learns no more patterns than its library has, and one more is never worse', () => {
    check(10, ({ seed }) => {
      const shape: WeightShape = [8, 3, 3, 8];
      const scores = scoresOf(createRandom(seed), shape, 1000);
      const kernels = (mask: Uint8Array): Set<string> => new Set(Array.from({ length: 64 }, (_, k) => Array.from({ length: 9 }, (_t, tap) => mask[(Math.floor(k / 8) * 9 + tap) * 8 + (k % 8)]).join('')));
      let last = 0;
      for (const library of [1, 2, 3, 5]) {
        const mask = of(`pattern:4/${library}@kernel`).project(scores, shape);
        expect(kernels(mask).size).toBeLessThanOrEqual(library);
        expect(total(scores, mask)).toBeGreaterThanOrEqual(last);
        last = total(scores, mask);
      }
      expect(total(scores, of('pattern:4@kernel').project(scores, shape))).toBeGreaterThanOrEqual(last);
    });
  });

  it('finds the best of all libraries of two patterns in a small layer', () => {
    const shape: WeightShape = [5, 1, 4, 1];
    const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
    for (let seed = 0; seed < 20; seed++) {
      const scores = scoresOf(createRandom(seed), shape, 1000);
      const value = (pair: readonly number[], o: number): number => pair.reduce((sum, tap) => sum + scores[o * 4 + tap]!, 0);
      const best = Math.max(...pairs.flatMap((a) => pairs.map((b) => [0, 1, 2, 3, 4].reduce((sum, o) => sum + Math.max(value(a, o), value(b, o)), 0))));
      expect(total(scores, of('pattern:2/2@kernel').project(scores, shape))).toBe(best);
    }
  });

  it('stores ceil(log2 patterns) bits a kernel, a filter or a tile\'s block', () => {
    const shape: WeightShape = [16, 3, 3, 16];
    expect(of('pattern:4/8@kernel').storage(shape)).toMatchObject({ weights: 16 * 16 * 4, indexBits: { pattern: 16 * 16 * 3 } });
    expect(of('pattern:4@kernel').storage(shape).indexBits['pattern']).toBe(16 * 16 * 7);
    expect(of('pattern:4/5@filter').storage(shape).indexBits['pattern']).toBe(16 * 3);
    expect(of('pattern:4/5@tile').storage(shape).indexBits).toEqual({ schedule: 0, pattern: 4 * 2 * 3 });
  });
});

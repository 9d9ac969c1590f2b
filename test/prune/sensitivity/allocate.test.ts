// SPDX-License-Identifier: Apache-2.0
/** Holds the choice of candidates to brute force, and to its bounds where that cannot be tried. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { allocate, type Choice } from '../../../generator/prune/sensitivity/allocate.js';

const random = createRandom(11);

/** Losses fall with cost, mostly; costs of layers differ as those of networks do. */
const layer = (size: number, scale: number): Choice[] => {
  const weight = 2 ** random.integer(0, 4);
  return Array.from({ length: size }, (_, i) => ({ cost: scale * weight * (i + 1) + random.integer(0, 2), loss: (size - 1 - i) * random.next() * weight * (1 + random.next()) }));
};

function bruteForce(layers: readonly (readonly Choice[])[], budget: number): number {
  const [first, ...rest] = layers;
  if (first === undefined) return budget >= 0 ? 0 : Infinity;
  return Math.min(...first.map(({ cost, loss }) => loss + bruteForce(rest, budget - cost)));
}

describe('the choice of one candidate a layer', () => {
  it('loses as little as the best of all choices, at 400 seeded budgets', () => {
    for (let run = 0; run < 400; run++) {
      const layers = Array.from({ length: random.integer(1, 6) }, () => layer(random.integer(1, 5), 7));
      const most = layers.reduce((sum, choices) => sum + Math.max(...choices.map(({ cost }) => cost)), 0);
      const budget = random.integer(0, most);
      const found = allocate(layers, budget);
      const least = bruteForce(layers, budget);
      expect(found?.loss ?? Infinity, `run ${run}`).toBeCloseTo(least, 9);
      if (found === undefined) continue;
      expect(found.exact).toBe(true);
      expect(found.cost).toBeLessThanOrEqual(budget);
      expect(found.picks.map((pick, l) => layers[l]![pick]!.cost).reduce((a, b) => a + b, 0)).toBe(found.cost);
    }
  });

  it('takes everything where the budget allows it, and nothing where it does not', () => {
    const layers = [layer(4, 3), layer(4, 3)].map((choices) => choices.map((choice, i) => ({ ...choice, loss: 3 - i })));
    expect(allocate(layers, 1e9)?.picks).toEqual([3, 3]);
    expect(allocate(layers, Math.min(...layers[0]!.map(({ cost }) => cost)))).toBeUndefined();
    expect(allocate([], 0)).toEqual({ picks: [], cost: 0, loss: 0, exact: true });
  });

  it('takes the cheaper one of candidates that lose the same', () => {
    expect(allocate([[{ cost: 9, loss: 1 }, { cost: 4, loss: 1 }, { cost: 2, loss: 5 }]], 10)?.picks).toEqual([1]);
  });

  it('is exact for sixty layers of eight candidates, where no change of one or two layers gains', () => {
    const layers = Array.from({ length: 60 }, () => layer(8, 1000));
    const most = layers.reduce((sum, choices) => sum + Math.max(...choices.map(({ cost }) => cost)), 0);
    const budget = Math.round(0.3 * most);
    const found = allocate(layers, budget)!;
    expect(found.exact).toBe(true);
    const slack = budget - found.cost;
    const change = (l: number, i: number): Choice => {
      const now = layers[l]![found.picks[l]!]!;
      return { cost: layers[l]![i]!.cost - now.cost, loss: layers[l]![i]!.loss - now.loss };
    };
    for (let a = 0; a < layers.length; a++) for (let b = 0; b < a; b++) for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) {
      const [one, two] = [change(a, i), change(b, j)];
      if (one.cost + two.cost <= slack) expect(one.loss + two.loss).toBeGreaterThan(-1e-9);
    }
    expect(allocate(layers, budget)).toEqual(found);
  });
});

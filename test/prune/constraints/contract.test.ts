// SPDX-License-Identifier: Apache-2.0
/** Holds every constraint to its contract, as properties over seeds: projection, count, containment, exchange, cost, storage, text. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { maskSteps } from '../../../generator/model/mask-law.js';
import { layerLaw } from '../../../generator/model/law.js';
import { constraintCost } from '../../../generator/prune/cost.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { ARRAY, of, count, scoresOf, total, kept, check } from './support.js';

/** Every kind, at settings that leave something to choose. */
const TEXTS = [
  'balanced:2/8', 'balanced:4/16', 'balanced:1/4', '2:4', 'unconstrained:2/8', 'unconstrained:0.3',
  'pattern:4@kernel', 'pattern:4/3@kernel', 'pattern:2/2@filter', 'pattern:3@tile', 'pattern:4/2@tile',
  'kernel:1x1', 'kernel:2x3', 'kernel:6', 'kernel:auto/0.7',
  'pattern:4@tile+balanced:2/8', 'kernel:6+pattern:3@tile', 'kernel:2x2+2:4', 'pattern:4@tile+unconstrained:0.5', 'kernel:6+pattern:4@tile+balanced:4/8',
] as const;

describe.each(TEXTS)('%s', (text) => {
  const constraint = of(text);

  it('chooses an allowed mask of the count that it states, none of random allowed masks is better', () => {
    check(30, ({ shape, seed, levels }) => {
      const random = createRandom(seed);
      const scores = scoresOf(random, shape, levels);
      const mask = constraint.project(scores, shape);
      expect(constraint.allows(mask, shape)).toBe(true);
      const stated = constraint.kept(shape);
      if (stated !== undefined) expect(kept(mask)).toBe(stated);
      for (let other = 0; other < 5; other++) {
        const rival = constraint.project(scoresOf(random, shape, 1000), shape);
        expect(constraint.allows(rival, shape)).toBe(true);
        // The smallest kernel that is good enough is not the best one.
        if (stated !== undefined) expect(total(scores, mask)).toBeGreaterThanOrEqual(total(scores, rival));
      }
    });
  });

  it('allows no mask with a slot more or less', () => {
    if (constraint.kept([4, 3, 3, 16]) === undefined) return;
    check(10, ({ shape, seed }) => {
      const random = createRandom(seed);
      const mask = constraint.project(scoresOf(random, shape, 1000), shape);
      const other = mask.slice();
      const at = random.integer(0, mask.length - 1);
      other[at] = 1 - mask[at]!;
      expect(constraint.allows(other, shape)).toBe(false);
    });
  });

  it('contains its own masks, and masks with fewer slots inside one that it allows', () => {
    check(15, ({ shape, seed }) => {
      const random = createRandom(seed);
      const mask = constraint.project(scoresOf(random, shape, 1000), shape);
      const own = constraint.contain(mask, shape)!;
      // Where whole taps may be empty, what the first constraint left cannot be told any more.
      if (text.includes('+unconstrained')) expect(mask.every((bit, i) => bit <= own.mask[i]!)).toBe(true);
      else expect(own.mask).toEqual(mask);
      const fewer = mask.map((bit) => (random.next() < 0.3 ? 0 : bit));
      const held = constraint.contain(fewer, shape);
      if (held === undefined) {
        // A library or tiles of few patterns may be too small for what is left of the patterns.
        expect(text).toMatch(/\/\d@|@filter|@tile\+|kernel/);
        return;
      }
      expect(fewer.every((bit, i) => bit <= held.mask[i]!)).toBe(true);
      expect(held.constraint.allows(held.mask, shape)).toBe(true);
    });
  });

  it('lets slots of one label change places inside a filter', () => {
    check(10, ({ shape, seed }) => {
      const random = createRandom(seed);
      const mask = constraint.project(scoresOf(random, shape, 1000), shape);
      const labels = constraint.exchange(mask, shape);
      const filter = count(shape) / shape[0];
      for (let i = 0; i < 50; i++) {
        const [a, b] = [random.integer(0, mask.length - 1), random.integer(0, mask.length - 1)];
        if (labels[a]! < 0 || labels[a] !== labels[b] || mask[a] === mask[b] || Math.floor(a / filter) !== Math.floor(b / filter)) continue;
        [mask[a], mask[b]] = [mask[b]!, mask[a]!];
        expect(constraint.allows(mask, shape)).toBe(true);
      }
    });
  });

  it('predicts the steps of its masks: exactly where it says so', () => {
    check(10, ({ shape, seed }) => {
      const [outChannels, kernelHeight, kernelWidth, inChannels] = shape;
      const layer = { outChannels, kernelHeight, kernelWidth, inChannels, pixels: 10 };
      if (constraint.denseReason(shape) !== undefined) return;
      const { law, exact } = constraintCost(constraint, layer, ARRAY);
      const masks = Array.from({ length: exact ? 1 : 12 }, (_, i) => constraint.project(scoresOf(createRandom(seed + i), shape, 1e6), shape));
      const cycles = masks.map((mask) => layerLaw({ ...layer, keep: { tileSteps: (array) => maskSteps(mask, shape, array) } }, ARRAY).cycles);
      if (exact && !text.includes('@filter')) expect(cycles).toEqual([law.cycles]);
      // Masks of random scores are not at random places where a structure is chosen by score; they lie near.
      else if (!text.includes('@filter') && !text.includes('auto')) expect(cycles.reduce((a, b) => a + b, 0) / cycles.length / law.cycles).toBeCloseTo(1, 0);
    });
  });

  it('says itself in a text that gives it again', () => {
    expect(of(constraint.text).text).toBe(constraint.text);
    expect(constraint.description.length).toBeGreaterThan(10);
  });

  it('stores as many weights as it keeps', () => {
    const shape: WeightShape = [8, 3, 3, 16];
    const { weights, weightBits, indexBits } = constraint.storage(shape);
    if (constraint.kept(shape) !== undefined) expect(weights).toBe(constraint.kept(shape));
    expect(weightBits).toBe(8 * weights);
    expect(Object.values(indexBits).every((bits) => Number.isInteger(bits) && bits >= 0)).toBe(true);
    expect(Object.keys(indexBits).length).toBeGreaterThan(0);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds every constraint to its contract, as properties over seeds: projection, count, containment, exchange, cost, storage, text. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../generator/core/random.js';
import { maskSteps } from '../../generator/model/mask-law.js';
import { layerLaw } from '../../generator/model/law.js';
import { balanced, balancedCount, largestCount } from '../../generator/prune/constraints/balanced.js';
import { CONSTRAINT_KINDS, parseConstraint } from '../../generator/prune/constraints/parse.js';
import { pattern } from '../../generator/prune/constraints/pattern.js';
import { unconstrained } from '../../generator/prune/constraints/unconstrained.js';
import { constraintCost } from '../../generator/prune/cost.js';
import { ConstraintSyntaxError, DensityRangeError, KeepRangeError, KernelShapeError, PatternSettingsError } from '../../generator/prune/errors.js';
import type { Constraint, WeightShape } from '../../generator/prune/scheme.js';

const SEED = 20240;
const ARRAY = { pes: 4, group: 8, lanes: 1, requant: 1 };
const of = (text: string): Constraint => parseConstraint(text, ARRAY);

/** Every kind, at settings that leave something to choose. */
const TEXTS = [
  'balanced:2/8', 'balanced:4/16', 'balanced:1/4', '2:4', 'unconstrained:2/8', 'unconstrained:0.3',
  'pattern:4@kernel', 'pattern:4/3@kernel', 'pattern:2/2@filter', 'pattern:3@tile', 'pattern:4/2@tile',
  'kernel:1x1', 'kernel:2x3', 'kernel:6', 'kernel:auto/0.7',
  'pattern:4@tile+balanced:2/8', 'kernel:6+pattern:3@tile', 'kernel:2x2+2:4', 'pattern:4@tile+unconstrained:0.5', 'kernel:6+pattern:4@tile+balanced:4/8',
] as const;

/** Layers of 3 x 3 and 2 x 3 with whole and partial groups and tiles. */
const shapes = fc.record({
  shape: fc.constantFrom<WeightShape>([4, 3, 3, 16], [6, 3, 3, 12], [5, 2, 3, 8], [9, 3, 3, 19]),
  seed: fc.nat(),
  levels: fc.constantFrom(1, 3, 128, 1e6),
});

const count = (shape: WeightShape): number => shape.reduce((a, b) => a * b, 1);
const scoresOf = (random: Random, shape: WeightShape, levels: number): number[] => Array.from({ length: count(shape) }, () => random.integer(0, levels - 1));
const total = (scores: readonly number[], mask: Uint8Array): number => scores.reduce((sum, score, i) => sum + score * mask[i]!, 0);
const kept = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);
const check = (runs: number, property: (layer: { shape: WeightShape; seed: number; levels: number }) => void): void => fc.assert(fc.property(shapes, property), { seed: SEED, numRuns: runs });

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

describe('the balanced constraint', () => {
  it('keeps exactly min(K, size) in every group, tail included, and no kept score is below a dropped one', () => {
    const layer = fc.record({ shape: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })), group: fc.constantFrom(2, 4, 8, 16, 32), seed: fc.nat(), levels: fc.constantFrom(1, 3, 128) });
    fc.assert(fc.property(layer, ({ shape, group, seed, levels }) => {
      const random = createRandom(seed);
      const keep = random.integer(1, group);
      const scores = scoresOf(random, shape, levels);
      const mask = balanced({ keep, group }).project(scores, shape);
      const inChannels = shape[3];
      for (let row = 0; row < mask.length; row += inChannels) for (let first = 0; first < inChannels; first += group) {
        const indices = Array.from({ length: Math.min(group, inChannels - first) }, (_, i) => row + first + i);
        const [stay, go] = [indices.filter((i) => mask[i] === 1), indices.filter((i) => mask[i] === 0)];
        expect(stay.length).toBe(Math.min(keep, indices.length));
        // Greater, or equal with the lower index.
        for (const k of stay) for (const d of go) expect(scores[k]! > scores[d]! || (scores[k] === scores[d] && k < d)).toBe(true);
      }
      expect(kept(mask)).toBe(balancedCount(shape, keep, group));
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

describe('the unconstrained constraint', () => {
  it('keeps as many as balanced and at least its magnitude, with ties to the lower index', () => {
    check(100, ({ shape, seed, levels }) => {
      const scores = scoresOf(createRandom(seed), shape, levels);
      const mask = of('unconstrained:2/8').project(scores, shape);
      const other = of('balanced:2/8').project(scores, shape);
      expect(kept(mask)).toBe(kept(other));
      expect(total(scores, mask)).toBeGreaterThanOrEqual(total(scores, other));
      const lowest = Math.min(...scores.filter((_, i) => mask[i] === 1));
      scores.forEach((score, i) => { if (mask[i] === 0) expect(score).toBeLessThanOrEqual(lowest); });
      expect(scores.flatMap((score, i) => (score === lowest ? [mask[i]!] : [])).join('')).toMatch(/^1*0*$/);
    });
  });

  it('takes 2.14 times the steps of 2 of 8 on 16 processing elements in lockstep, as its masks do', () => {
    const array = { pes: 16, group: 8, lanes: 1, requant: 16 };
    const layer = { outChannels: 64, kernelHeight: 3, kernelWidth: 3, inChannels: 64, pixels: 1 };
    const { law } = constraintCost(of('unconstrained:2/8'), layer, array);
    const ideal = constraintCost(of('balanced:2/8'), layer, array).law;
    expect((law.steps / ideal.steps).toFixed(2)).toBe('2.14');
    const shape: WeightShape = [64, 3, 3, 64];
    const mask = of('unconstrained:2/8').project(scoresOf(createRandom(3), shape, 1e9), shape);
    expect(maskSteps(mask, shape, array).reduce((a, b) => a + b, 0) / 4 / law.steps).toBeCloseTo(1, 1);
  });
});

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

describe('the kernel shape constraint', () => {
  it('takes 1/9 of the steps at 1 x 1 and 2/3 at 3 x 2, times K/G with balanced inside', () => {
    const layer = { outChannels: 16, kernelHeight: 3, kernelWidth: 3, inChannels: 32, pixels: 9 };
    const cycles = (text: string): number => constraintCost(of(text), layer, ARRAY).law.cyclesWithoutDrain;
    const dense = 4 * 9 * 9 * 32;
    expect([cycles('kernel:1x1'), cycles('kernel:3x2'), cycles('kernel:6'), cycles('kernel:3x2+balanced:2/8')]).toEqual([dense / 9, (dense * 2) / 3, (dense * 2) / 3, dense / 6]);
    expect(of('kernel:1x1').storage([16, 3, 3, 32]).indexBits).toEqual({ schedule: 0 });
  });

  it('is placed where the score is, with rows and columns as the score asks for', () => {
    const shape: WeightShape = [1, 3, 3, 1];
    expect([...of('kernel:1x1').project([0, 0, 0, 0, 0, 5, 4, 0, 0], shape)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect([...of('kernel:6').project([9, 9, 9, 1, 1, 1, 0, 0, 0], shape)]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect([...of('kernel:6').project([9, 1, 0, 9, 1, 0, 9, 1, 0], shape)]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    // 27 of 36 are in a column, 30 in two: the smallest that leaves a share.
    const scores = [9, 1, 2, 9, 1, 2, 9, 1, 2];
    expect([...of('kernel:auto/0.75').project(scores, shape)]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0]);
    expect([...of('kernel:auto/0.8').project(scores, shape)]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    expect([...of('kernel:auto/1').project(scores, shape)]).toEqual(new Array(9).fill(1));
  });
});

describe('texts that stand for no constraint', () => {
  it('are refused with the forms that there are', () => {
    expect(() => of('blanced:2/8')).toThrow(ConstraintSyntaxError);
    expect(() => of('pattern:4@tile+')).toThrow(`--prune: ""; expected one of ${CONSTRAINT_KINDS.map(({ form }) => form).join(', ')}, joined by + where one is inside another. Use balanced:2/8.`);
    expect(CONSTRAINT_KINDS.every(({ example }) => of(example).text !== '')).toBe(true);
  });

  it('and settings that no layer can have are refused where they are made', () => {
    expect(() => of('balanced:9/8')).toThrow(KeepRangeError);
    expect(() => of('unconstrained:0.0')).toThrow(DensityRangeError);
    expect(() => unconstrained({ density: 1.5 })).toThrow('--prune: a density of 1.5; expected more than 0, at most 1. Use unconstrained:0.25 for a quarter of the weights.');
    expect(() => of('pattern:0@tile')).toThrow(PatternSettingsError);
    expect(() => of('pattern:0@tile')).toThrow('--prune: 0 taps; expected an integer from 1. Use pattern:4@tile, or pattern:4/8@kernel for 8 patterns a layer.');
    expect(() => of('kernel:0x1')).toThrow(KernelShapeError);
    expect(() => of('kernel:auto/2')).toThrow('--prune: a kernel shape of auto/2; expected rows x columns from 1, a number of taps from 1, or auto/SHARE with a share up to 1. Use kernel:1x1, kernel:6 or kernel:auto/0.9.');
  });

  it('largestCount is 1 at least', () => {
    expect(largestCount(new Uint8Array(8), [1, 1, 1, 8], 4)).toBe(1);
  });
});

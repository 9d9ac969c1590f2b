// SPDX-License-Identifier: Apache-2.0
/** Holds pruning to its definitions: counts, choices, ties, rules and errors, as properties over seeds. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { UnknownOpError } from '../../generator/graph/errors.js';
import type { Network, WeightedOp } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { density, layerWork } from '../../generator/prune/accounting.js';
import { balanced, balancedCount } from '../../generator/prune/constraints/balanced.js';
import { unconstrained } from '../../generator/prune/constraints/unconstrained.js';
import { KeepOnDenseLayerError, KeepRangeError, MaskShapeError } from '../../generator/prune/errors.js';
import { magnitude } from '../../generator/prune/methods/magnitude.js';
import { applyMasks, pruneNetwork, type KeepPlan } from '../../generator/prune/prune.js';
import type { WeightShape } from '../../generator/prune/scheme.js';

const SEED = 20240;
const keepAll = (keep: number, layers: Record<string, number> = {}): KeepPlan => ({ default: keep, layers: new Map(Object.entries(layers)) });

/** Scores with many ties, for any shape. */
const layer = fc
  .record({
    shape: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })),
    group: fc.constantFrom(2, 4, 8, 16, 32),
    seed: fc.nat(),
    levels: fc.constantFrom(1, 3, 128),
    keepShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ shape, group, seed, levels, keepShare }) => {
    const random = createRandom(seed);
    const scores = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.integer(0, levels - 1));
    return { shape: shape as WeightShape, group, scores, keep: 1 + Math.floor(keepShare * (group - 1)) };
  });

const total = (scores: readonly number[], mask: Uint8Array): number => scores.reduce((sum, score, i) => sum + score * mask[i]!, 0);

describe('the balanced constraint', () => {
  it('keeps exactly min(K, size) in every group, tail included, and no kept score is below a dropped one', () => {
    fc.assert(fc.property(layer, ({ shape, group, scores, keep }) => {
      const mask = balanced(group).project(scores, shape, keep);
      const inChannels = shape[3];
      for (let row = 0; row < mask.length; row += inChannels) for (let first = 0; first < inChannels; first += group) {
        const indices = Array.from({ length: Math.min(group, inChannels - first) }, (_, i) => row + first + i);
        const kept = indices.filter((i) => mask[i] === 1);
        const dropped = indices.filter((i) => mask[i] === 0);
        expect(kept.length).toBe(Math.min(keep, indices.length));
        for (const k of kept) for (const d of dropped) {
          // Greater, or equal with the lower index.
          expect(scores[k]! > scores[d]! || (scores[k] === scores[d] && k < d)).toBe(true);
        }
      }
      expect(mask.reduce((a, b) => a + b, 0)).toBe(balancedCount(shape, keep, group));
    }), { seed: SEED, numRuns: 300 });
  });

  it('keeps slots of zero weights: an all-zero group keeps its first K', () => {
    expect([...balanced(4).project(new Array<number>(6).fill(0), [1, 1, 1, 6], 2)]).toEqual([1, 1, 0, 0, 1, 1]);
    expect([...balanced(4).project([0, 3, 0, 3, 1], [1, 1, 1, 5], 3)]).toEqual([1, 1, 0, 1, 1]);
  });

  it('keeps at least as much magnitude at 4 of 16 as at 2 of 8', () => {
    fc.assert(fc.property(layer, ({ shape, scores }) => {
      const whole: WeightShape = [shape[0], shape[1], shape[2], 16 * Math.ceil(shape[3] / 16)];
      const padded = Array.from({ length: whole[0] * whole[1] * whole[2] * whole[3] }, (_, i) => scores[i % scores.length]! * ((i % 7) + 1));
      expect(total(padded, balanced(16).project(padded, whole, 4))).toBeGreaterThanOrEqual(total(padded, balanced(8).project(padded, whole, 2)));
    }), { seed: SEED, numRuns: 200 });
  });

  it('keeps more with a larger K, and the smaller mask inside the larger', () => {
    fc.assert(fc.property(layer, ({ shape, group, scores, keep }) => {
      if (keep === group) return;
      const [small, large] = [keep, keep + 1].map((k) => balanced(group).project(scores, shape, k)) as [Uint8Array, Uint8Array];
      expect(small.every((bit, i) => bit <= large[i]!)).toBe(true);
    }), { seed: SEED, numRuns: 100 });
  });
});

describe('the unconstrained constraint', () => {
  it('keeps as many as balanced and at least its magnitude, with ties to the lower index', () => {
    fc.assert(fc.property(layer, ({ shape, group, scores, keep }) => {
      const mask = unconstrained(group).project(scores, shape, keep);
      const other = balanced(group).project(scores, shape, keep);
      expect(mask.reduce((a, b) => a + b, 0)).toBe(other.reduce((a, b) => a + b, 0));
      expect(total(scores, mask)).toBeGreaterThanOrEqual(total(scores, other));
      const lowest = Math.min(...scores.filter((_, i) => mask[i] === 1));
      scores.forEach((score, i) => {
        if (mask[i] === 0) expect(score).toBeLessThanOrEqual(lowest);
      });
      const tied = scores.flatMap((score, i) => (score === lowest ? [mask[i]!] : []));
      expect(tied.join('')).toMatch(/^1*0*$/);
    }), { seed: SEED, numRuns: 200 });
  });

  it('compares real weights across channels of different scale', () => {
    const network = randomConvNetwork({ kind: 'fully-connected', inputShape: [1, 1, 8], outChannels: 2, seed: 1 });
    const op = weightedOps(network)[0]!;
    const weights = { ...op.weights, data: new Int8Array(16).fill(10), scales: [0.1, 0.2] };
    const changed: Network = { ...network, ops: [{ ...op, weights } as WeightedOp] };
    const { masks } = pruneNetwork(changed, unconstrained(8), magnitude, keepAll(4));
    expect([...masks.get('fc_1')!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('pruneNetwork', () => {
  it('leaves the 3-channel first layer dense and prunes the others at K of G', () => {
    const network = syntheticResnet8(1);
    const { masks, keep } = pruneNetwork(network, balanced(8), magnitude, keepAll(2, { conv2d_4: 5, fc_1: 8 }));
    expect(Object.fromEntries(keep)).toEqual({
      conv2d_1: 'dense', conv2d_2: 2, conv2d_3: 2, conv2d_4: 5, conv2d_5: 2, conv2d_6: 2, conv2d_7: 2, conv2d_8: 2, conv2d_9: 2, fc_1: 'dense',
    });
    const work = layerWork(network, masks);
    expect(work[0]).toEqual({ name: 'conv2d_1', kept: 432, all: 432, pixels: 1024, usefulMacs: 442_368, denseMacs: 442_368 });
    expect(work[1]!.kept / work[1]!.all).toBe(0.25);
    expect(work[3]!.kept / work[3]!.all).toBe(0.625);
    expect(density(work.slice(1, 3))).toBe(0.25);
    expect(density([])).toBe(1);
  });

  it('by magnitude keeps the largest |w|, -128 included', () => {
    const network = randomConvNetwork({ kind: 'fully-connected', inputShape: [1, 1, 8], outChannels: 1, seed: 1 });
    const op = weightedOps(network)[0]!;
    const changed: Network = { ...network, ops: [{ ...op, weights: { ...op.weights, data: Int8Array.of(127, -128, 3, -3, 3, 0, -4, 5) } } as WeightedOp] };
    const mask = (keep: number): number[] => [...pruneNetwork(changed, balanced(8), magnitude, keepAll(keep)).masks.get('fc_1')!];
    expect(mask(1)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(mask(5)).toEqual([1, 1, 1, 0, 0, 0, 1, 1]);
  });

  it('leaves depthwise layers dense', () => {
    const network = randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [4, 4, 16], outChannels: 16, seed: 1 });
    const { masks, keep } = pruneNetwork(network, balanced(8), magnitude, keepAll(2));
    expect(keep.get('depthwise_1')).toBe('dense');
    expect(masks.get('depthwise_1')!.every((bit) => bit === 1)).toBe(true);
  });

  it('refuses K outside 1..G, unknown layers and K on a layer that stays dense', () => {
    const network = syntheticResnet8(1);
    const prune = (plan: KeepPlan) => (): unknown => pruneNetwork(network, balanced(8), magnitude, plan);
    for (const keep of [0, 9, 2.5, NaN]) expect(prune(keepAll(keep))).toThrow(KeepRangeError);
    expect(prune(keepAll(9))).toThrow('--keep: keep 9; expected an integer from 1 to the group size 8. Use --keep 8, or a larger --group.');
    expect(prune(keepAll(2, { conv2d_2: 0 }))).toThrow('--keep conv2d_2: keep 0; expected an integer from 1 to the group size 8. Use --keep 1, or a larger --group.');
    expect(prune(keepAll(2, { conv99: 2 }))).toThrow(UnknownOpError);
    expect(prune(keepAll(2, { conv99: 2 }))).toThrow(/no layer is named "conv99"; expected one of conv2d_1, conv2d_2, .*, fc_1\. Use one of these names\./);
    expect(prune(keepAll(2, { add_1: 2 }))).toThrow(UnknownOpError);
    expect(prune(keepAll(2, { conv2d_1: 2 }))).toThrow(KeepOnDenseLayerError);
    expect(prune(keepAll(2, { conv2d_1: 2 }))).toThrow(
      '--keep conv2d_1=2: layer conv2d_1 is left dense: it has 3 input channels, fewer than a group of 8; expected a layer that can be pruned. Leave out --keep conv2d_1=2.',
    );
    expect(prune(keepAll(2, { conv2d_1: 8 }))).not.toThrow();
  });
});

describe('applyMasks', () => {
  it('zeroes the weights outside the mask and changes nothing else', () => {
    const network = syntheticResnet8(2);
    const { masks } = pruneNetwork(network, balanced(8), magnitude, keepAll(2));
    const pruned = applyMasks(network, masks);
    const strip = (net: Network): unknown => ({ ...net, ops: net.ops.map((op) => ('weights' in op ? { ...op, weights: { ...op.weights, data: null } } : op)) });
    expect(strip(pruned)).toEqual(strip(network));
    weightedOps(network).forEach((op, i) => {
      const mask = masks.get(op.name)!;
      const after = weightedOps(pruned)[i]!.weights.data;
      op.weights.data.forEach((weight, at) => {
        if (after[at] !== (mask[at] === 1 ? weight : 0)) expect.fail(`${op.name}, weight ${at}`);
      });
    });
    expect(applyMasks(pruned, masks)).toEqual(pruned);
  });

  it('refuses masks of another network', () => {
    const network = randomConvNetwork({ inputShape: [4, 4, 8], outChannels: 2, seed: 1 });
    expect(() => applyMasks(network, new Map([['conv2d_1', new Uint8Array(3)]]))).toThrow(MaskShapeError);
    expect(() => applyMasks(network, new Map([['conv2d_1', new Uint8Array(3)]]))).toThrow('mask of conv2d_1: 3 entries; expected 144, one per weight.');
    expect(() => applyMasks(network, new Map([['fc_1', new Uint8Array(3)]]))).toThrow(UnknownOpError);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds permutations of channels to their contract: the same outputs, more kept score or fewer steps in lockstep, the same result again. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { isFloatWeighted, type FloatNetwork } from '../../../generator/float/network.js';
import { balanced } from '../../../generator/prune/constraints/balanced.js';
import { unconstrained } from '../../../generator/prune/constraints/unconstrained.js';
import { LockstepLayer } from '../../../generator/prune/channels/lockstep-layer.js';
import { KeptScore } from '../../../generator/prune/channels/kept-score.js';
import { orderFilters, permuteChannels } from '../../../generator/prune/channels/index.js';
import { maskSteps } from '../../../generator/model/mask-law.js';
import { realNetwork } from '../../support/float-network.js';
import { describeGraph, randomGraph } from '../../support/random-graph.js';
import { outputDifference, residualNetwork, withHeads } from '../../support/channel-networks.js';

const SETTINGS = { keep: 2, group: 4 };

/** Sum of the weights' sizes that balanced pruning keeps, as shares of each layer's sum. */
function keptShare(network: FloatNetwork): number {
  return network.ops.reduce((sum, op) => {
    if (!isFloatWeighted(op) || op.kind === 'depthwise-conv2d') return sum;
    const scores = op.weights.data.map(Math.abs);
    const mask = balanced(SETTINGS).project(scores, op.weights.shape);
    const all = scores.reduce((a, b) => a + b, 0);
    return sum + scores.reduce((own, score, i) => own + score * mask[i]!, 0) / all;
  }, 0);
}

describe('permuted channels', () => {
  it('leave the outputs of random graphs as they are', () => {
    let moved = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const graph = randomGraph(seed, 10);
      const network = withHeads(realNetwork(graph), seed);
      const permuted = permuteChannels(network, () => SETTINGS);
      expect(outputDifference(network, permuted.network, seed), `seed ${seed}: ${describeGraph(graph)}`).toBeLessThan(1e-4);
      moved += permuted.classes.filter((one) => one.moved > 0).length;
    }
    expect(moved).toBeGreaterThan(12);
  });

  it('keep more through joins, depthwise layers and identity shortcuts, by as much as they say, and alike each time', () => {
    const network = residualNetwork(5);
    const permuted = permuteChannels(network, () => SETTINGS);
    expect(permuted.classes.some(({ writers }) => writers.includes('add_1'))).toBe(true);
    for (const { before, after } of permuted.classes) expect(after).toBeGreaterThan(before);
    expect(keptShare(permuted.network)).toBeGreaterThan(keptShare(network) + 0.05);
    expect(outputDifference(network, permuted.network, 1)).toBeLessThan(1e-4);
    expect(permuteChannels(network, () => SETTINGS)).toEqual(permuted);
  });

  it('gain what one swap says that it gains', () => {
    const random = createRandom(3);
    const scores = Float64Array.from({ length: 10 * 18 }, () => random.next());
    const kept = (values: Float64Array): number => {
      const mask = balanced({ keep: 3, group: 8 }).project(values, [10, 1, 1, 18]);
      return values.reduce((sum, value, i) => sum + value * mask[i]!, 0);
    };
    const layer = new KeptScore(scores, 18, { keep: 3, group: 8 });
    expect(layer.total).toBeCloseTo(kept(scores), 9);
    for (let trial = 0; trial < 60; trial++) {
      const [p, q] = [random.integer(0, 17), random.integer(0, 17)];
      const other = scores.map((value, i) => (i % 18 === p ? scores[i - p + q]! : i % 18 === q ? scores[i - q + p]! : value));
      expect(layer.gain(p, q)).toBeCloseTo(kept(other) - kept(scores), 9);
    }
    layer.swap(1, 15);
    layer.swap(15, 4);
    expect(layer.total).toBeCloseTo(new KeptScore(scores.map((_, i) => scores[i - (i % 18) + [0, 15, 2, 3, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 4, 16, 17][i % 18]!]!), 18, { keep: 3, group: 8 }).total, 9);
  });
});

describe('filters in order', () => {
  const array = { pes: 8, group: 8 };
  const masksOf = (network: FloatNetwork): Map<string, Uint8Array> =>
    new Map(network.ops.filter(isFloatWeighted).filter(({ kind }) => kind !== 'depthwise-conv2d').map(({ name, weights }) => [name, unconstrained({ density: 0.25 }).project(weights.data.map(Math.abs), weights.shape)]));

  it('take fewer steps in lockstep, as the law of masks counts them, and give the same outputs', () => {
    const network = residualNetwork(6);
    const masks = masksOf(network);
    const ordered = orderFilters(network, masks, array);
    expect(ordered.after).toBeLessThan(0.95 * ordered.before);
    expect(outputDifference(network, ordered.network, 2)).toBeLessThan(1e-4);
    // The masks move with the weights: they are those of the network as it is now.
    expect(ordered.masks).toEqual(masksOf(ordered.network));
  });

  it('never take more, and leave the outputs of random graphs as they are', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const network = withHeads(realNetwork(randomGraph(seed, 10)), seed);
      const ordered = orderFilters(network, masksOf(network), array);
      expect(ordered.after).toBeLessThanOrEqual(ordered.before);
      expect(outputDifference(network, ordered.network, seed)).toBeLessThan(1e-4);
    }
  });

  it('count as the law of masks does after any swaps', () => {
    const random = createRandom(8);
    const shape = [20, 3, 2, 19] as const;
    const mask = Uint8Array.from({ length: 20 * 6 * 19 }, () => random.integer(0, 1));
    const layer = new LockstepLayer(mask, shape, 8, 8);
    const [filters, channels] = [20, 19].map((count) => Array.from({ length: count }, (_, i) => i)) as [number[], number[]];
    for (let trial = 0; trial < 100; trial++) {
      const list = random.integer(0, 1) === 0 ? filters : channels;
      const [a, b] = [random.integer(0, list.length - 1), random.integer(0, list.length - 1)];
      [list[a], list[b]] = [list[b]!, list[a]!];
      if (list === filters) layer.swapFilters(a, b);
      else layer.swapChannels(a, b);
      const moved = mask.map((_, i) => mask[filters[Math.floor(i / 114)]! * 114 + Math.floor((i % 114) / 19) * 19 + channels[i % 19]!]!);
      expect(layer.steps).toBe(maskSteps(moved, shape, { pes: 8, group: 8 }).reduce((x, y) => x + y, 0));
    }
  });
});

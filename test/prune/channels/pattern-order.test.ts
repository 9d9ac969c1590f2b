// SPDX-License-Identifier: Apache-2.0
/** Holds the order of filters by patterns to its contract: n of all taps in whole tiles, through joins too, the same function, masks that stay allowed. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { isFloatWeighted, type FloatNetwork } from '../../../generator/float/network.js';
import { maskSteps } from '../../../generator/model/mask-law.js';
import { allowsAnyOrder, filterPatterns, orderFilters, patternOrder } from '../../../generator/prune/channels/index.js';
import { jointPatternOrder } from '../../../generator/prune/channels/pattern-order.js';
import { parseConstraint } from '../../../generator/prune/constraints/parse.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { outputDifference } from '../../support/channel-networks.js';
import { ARRAY, masked, patternNetwork } from './pattern-networks.js';

/** Steps of a pixel by layer, over those of the dense layer, in ninths. */
function ninths(network: FloatNetwork, masks: ReadonlyMap<string, Uint8Array>): Map<string, number> {
  return new Map(network.ops.filter(isFloatWeighted).map(({ name, weights: { shape } }) => {
    const [own, dense] = [masks.get(name)!, new Uint8Array(masks.get(name)!.length).fill(1)].map((mask) => maskSteps(mask, shape, ARRAY).reduce((a, b) => a + b, 0)) as [number, number];
    return [name, (9 * own) / dense];
  }));
}

describe('filters of pattern:n@filter in order', () => {
  it.each(['chain', 'residual'] as const)('take n of nine taps in every layer of a %s, and give the same outputs', (kind) => {
    for (const taps of [1, 3, 4]) {
      for (let seed = 1; seed <= 3; seed++) {
        const text = `pattern:${taps}@filter`;
        const { network, masks } = masked(patternNetwork(seed, kind).network, text);
        const { wide } = patternNetwork(seed, kind);
        for (const name of wide) expect(ninths(network, masks).get(name), `${text}, seed ${seed}, ${name}`).toBeGreaterThan(taps);
        const ordered = orderFilters(network, masks, ARRAY);
        expect([...ninths(ordered.network, ordered.masks).values()], `${text}, seed ${seed}`).toEqual(wide.map(() => taps).concat(taps));
        expect(outputDifference(network, ordered.network, seed)).toBeLessThan(1e-5);
        // The masks move with the weights and stay allowed.
        for (const op of ordered.network.ops.filter(isFloatWeighted)) {
          const mask = ordered.masks.get(op.name)!;
          expect(op.weights.data.every((weight, i) => weight === 0 || mask[i] === 1)).toBe(true);
          expect(parseConstraint(text, ARRAY).allows(mask, op.weights.shape)).toBe(true);
        }
      }
    }
  });

  it('take them in one of two layers whose sum has one order, where they ask for different ones', () => {
    const { network, masks } = masked(patternNetwork(2, 'residual', { alike: false }).network, 'pattern:4@filter');
    const ordered = orderFilters(network, masks, ARRAY);
    const [first, second, third, last] = [...ninths(ordered.network, ordered.masks).values()];
    expect([second, last]).toEqual([4, 4]);
    expect(Math.min(first!, third!)).toBe(4);
    expect(Math.max(first!, third!)).toBeGreaterThan(4);
    expect(outputDifference(network, ordered.network, 1)).toBeLessThan(1e-5);
  });

  it('stay where the outputs of the network lie', () => {
    const { network, wide } = patternNetwork(3, 'chain');
    const [name] = wide as [string];
    const one = masked({ ...network, ops: network.ops.slice(0, 1), tensors: network.tensors.slice(0, 2), outputs: [1] }, 'pattern:4@filter');
    const ordered = orderFilters(one.network, one.masks, ARRAY);
    expect(ordered.after).toBe(ordered.before);
    expect(ordered.masks.get(name)).toEqual(one.masks.get(name));
  });
});

describe('an order of patterns', () => {
  it('has whole tiles first and what is left behind them, each filter once', () => {
    expect(patternOrder(['b', 'a', 'b', 'c', 'a', 'b', 'a'], 2)).toEqual([1, 4, 0, 2, 6, 5, 3]);
    expect(filterPatterns(Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 1]), [2, 1, 2, 2])).toEqual(['10', '01']);
  });

  it('has tiles first that are of one pattern in all layers, then those of the first', () => {
    const order = jointPatternOrder([['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'], ['x', 'x', 'y', 'y', 'x', 'y', 'x', 'y']], 2);
    expect(order).toEqual([0, 4, 3, 5, 6, 2, 1, 7]);
  });
});

describe('constraints that allow any order', () => {
  const random = createRandom(4);
  const shuffled = (count: number): number[] => {
    const places = Array.from({ length: count }, (_, i) => ({ i, key: random.next() }));
    return places.sort((a, b) => a.key - b.key).map(({ i }) => i);
  };

  it.each(['unconstrained:2/8', 'unconstrained:0.3', 'pattern:4@kernel', 'pattern:4/6@kernel', 'pattern:4@filter', 'pattern:3/2@filter'])('%s holds whatever filters and input channels change places', (text) => {
    const constraint = parseConstraint(text, ARRAY);
    expect(allowsAnyOrder(constraint)).toBe(true);
    const shape: WeightShape = [37, 3, 3, 21];
    const mask = constraint.project(Float64Array.from({ length: 37 * 9 * 21 }, () => random.next()), shape);
    for (let trial = 0; trial < 5; trial++) {
      const [filters, channels] = [shuffled(37), shuffled(21)];
      const moved = mask.map((_, i) => mask[filters[Math.floor(i / 189)]! * 189 + Math.floor((i % 189) / 21) * 21 + channels[i % 21]!]!);
      expect(constraint.allows(moved, shape)).toBe(true);
    }
  });

  it.each(['balanced:2/8', 'pattern:4@tile', 'pattern:4@filter+balanced:4/8', 'kernel:6'])('%s is none of them', (text) => {
    expect(allowsAnyOrder(parseConstraint(text, ARRAY))).toBe(false);
  });
});

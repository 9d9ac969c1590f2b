// SPDX-License-Identifier: Apache-2.0
/** Owns random masks of few position sets: what a pattern table of a given size can hold. */
import { MAX_PATTERN_BITS, type AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import type { Random } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import type { PruneResult } from '../../generator/prune/prune.js';

/** `count` different position sets of a group, none empty. */
export function randomPatterns(group: number, count: number, random: Random): number[] {
  const patterns = new Set<number>();
  const most = 2 ** Math.min(group, 30) - 1;
  while (patterns.size < Math.min(count, most)) patterns.add(random.integer(1, most));
  return [...patterns];
}

/** `count` different pairs of positions: none of them stands for another. */
export function randomPairs(group: number, count: number, random: Random): number[] {
  const pairs = new Set<number>();
  while (pairs.size < Math.min(count, (group * (group - 1)) / 2)) {
    const [a, b] = [random.integer(0, group - 1), random.integer(0, group - 1)];
    if (a !== b) pairs.add(2 ** a + 2 ** b);
  }
  return [...pairs];
}

/** Every group of every filter that reads whole groups keeps one of its layer's patterns, or now and then nothing; tail groups what of it they have. */
export function keepPatterns(network: Network, group: number, patternsOf: (layer: number) => readonly number[], random: Random): PruneResult {
  const masks = new Map(weightedOps(network).map((op, layer) => {
    const patterns = patternsOf(layer);
    const mask = new Uint8Array(op.weights.data.length).fill(1);
    const channels = op.weights.shape[3];
    if (op.kind === 'depthwise-conv2d' || channels < group) return [op.name, mask] as const;
    for (let row = 0; row < mask.length; row += channels) {
      for (let first = 0; first < channels; first += group) {
        const pattern = random.next() < 0.1 ? 0 : random.pick(patterns);
        for (let p = 0; p < Math.min(group, channels - first); p++) mask[row + first + p] = Math.floor(pattern / 2 ** p) % 2;
      }
    }
    return [op.name, mask] as const;
  }));
  return { groupSize: group, constraint: 'patterns', method: 'random', masks, keep: new Map() };
}

/** The same core with a table that holds every position set; undefined where none is large enough. */
export function withFullTable({ name: _name, prefix: _prefix, ...shape }: AccelConfig): AccelConfig | undefined {
  return shape.group > MAX_PATTERN_BITS ? undefined : validateConfig({ ...shape, index: 'pattern', patternBits: shape.group });
}

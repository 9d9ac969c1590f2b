// SPDX-License-Identifier: Apache-2.0
/** Holds pattern libraries to their meaning: every entry of every PE visits what it keeps, in no more table words than it takes. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { PatternLibraryError } from '../../generator/compile/errors.js';
import { addDemand, MOST_PATTERNS, PatternLibrary, patternsFor, type Demand } from '../../generator/compile/pattern-library.js';
import { planPatterns, type PatternNeed } from '../../generator/compile/pattern-plan.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { NO_PADDING, type TensorId } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { validateNetwork } from '../../generator/graph/validate.js';

const setOf = (...lists: readonly (readonly [positions: readonly number[], steps: number])[]): Set<Demand> => {
  const demands = new Set<Demand>();
  for (const [positions, steps] of lists) addDemand(demands, Uint8Array.from(positions), positions.length, steps);
  return demands;
};
const bitmap = (...positions: readonly number[]): number => positions.reduce((sum, p) => sum + 2 ** p, 0);
const all = (group: number, keep: number): number[][] =>
  Array.from({ length: 2 ** group }, (_, bits) => Array.from({ length: group }, (__, p) => p).filter((p) => (bits >> p) % 2 === 1)).filter(({ length }) => length === keep);

const randomEntry = (group: number, random: Random): [number[], number] => {
  const positions = Array.from({ length: group }, (_, p) => p).filter(() => random.next() < 0.4);
  return [positions, random.integer(Math.max(1, positions.length), group)];
};

describe('position sets of a layer', () => {
  it('are the pairs of positions where two of eight are kept: 28', () => {
    const patterns = patternsFor(setOf(...all(8, 2).map((positions) => [positions, 2] as const)));
    expect(patterns).toHaveLength(28);
    expect([...patterns].sort((a, b) => a - b)).toEqual(all(8, 2).map((positions) => bitmap(...positions)).sort((a, b) => a - b));
  });

  it('need no word for what a larger one visits in as many steps', () => {
    expect(patternsFor(setOf([[1, 4, 6], 3], [[1, 6], 3], [[4], 3], [[1], 1], [[1, 4], 2]))).toEqual([bitmap(1, 4, 6)]);
    // Position 4 is the second that {1, 4, 6} visits: one step does not reach it.
    expect(patternsFor(setOf([[1, 4, 6], 3], [[4], 1]))).toEqual([bitmap(1, 4, 6), bitmap(4)]);
    expect(patternsFor(setOf([[1, 4, 6], 3], [[4, 6], 2]))).toEqual([bitmap(1, 4, 6), bitmap(4, 6)]);
  });

  it('are never none, because a PE without weights reads a word too', () => {
    expect(patternsFor(setOf())).toEqual([1]);
    expect(patternsFor(setOf([[], 3]))).toEqual([1]);
  });

  it.each([4, 8, 16, 32])('serve random entries of groups of %i: steps visit what is kept, ascending, with weights of their own and 0 elsewhere', (group) => {
    const random = createRandom(group);
    for (let round = 0; round < 20; round++) {
      const entries = Array.from({ length: 60 }, () => randomEntry(group, random));
      const library = new PatternLibrary(0, random.integer(0, 9), patternsFor(setOf(...entries)));
      for (const [positions, steps] of entries) {
        const weights = Int8Array.from({ length: group }, (_, i) => (i < positions.length ? i + 1 : 0));
        const word = library.place(Uint8Array.from(positions), weights, positions.length, steps);
        const pattern = library.patterns[word - library.base] as number;
        const visited = Array.from({ length: group }, (_, p) => p).filter((p) => Math.floor(pattern / 2 ** p) % 2 === 1);
        const products = new Map(Array.from({ length: steps }, (_, step) => [visited[step] ?? 0, weights[step] as number] as const).filter(([, weight]) => weight !== 0));
        expect(products).toEqual(new Map(positions.map((p, i) => [p, i + 1])));
        expect([...weights.subarray(steps)].every((weight) => weight === 0)).toBe(true);
      }
    }
  });
});

describe('the table of a network', () => {
  const need = (layer: string, ...patterns: readonly (readonly number[])[]): PatternNeed => ({ layer, demands: setOf(...patterns.map((positions) => [positions, positions.length] as const)) });
  const config = validateConfig({ index: 'pattern', patternBits: 3 });
  const plan = (needs: readonly PatternNeed[]) => {
    const planned = planPatterns(needs, 8, config);
    return needs.map(({ layer }) => {
      const { index, base, patterns } = planned.get(layer) as PatternLibrary;
      return [index, base, patterns.length];
    });
  };
  const pairs = all(8, 2);
  const triples = all(8, 3);

  it('has one library for all layers when it holds it', () => {
    expect(plan([need('a', ...pairs.slice(0, 5)), need('b', ...pairs.slice(2, 7)), need('c', ...pairs.slice(0, 2))])).toEqual([[0, 0, 7], [0, 0, 7], [0, 0, 7]]);
  });

  it('else halves for neighbours, so that one is loaded beside the other', () => {
    expect(plan([need('a', ...pairs.slice(0, 3)), need('b', ...pairs.slice(1, 4)), need('c', ...pairs.slice(10, 14)), need('d', ...triples.slice(0, 2))])).toEqual([[0, 0, 4], [0, 0, 4], [1, 4, 4], [2, 0, 2]]);
  });

  it('and the whole for a layer that needs more than half, with neighbours that fit beside it', () => {
    expect(plan([need('a', ...pairs.slice(0, 6)), need('b', ...pairs.slice(5, 8)), need('c', ...pairs.slice(10, 14))])).toEqual([[0, 0, 8], [0, 0, 8], [1, 0, 4]]);
  });

  it('refuses a layer with more sets than it holds, with the width that would do', () => {
    const refused = (needs: readonly PatternNeed[], patternBits: number): string => {
      try {
        planPatterns(needs, 2 ** patternBits, validateConfig({ index: 'pattern', patternBits }));
      } catch (error) {
        expect(error).toBeInstanceOf(PatternLibraryError);
        return (error as Error).message;
      }
      throw new Error('accepted');
    };
    expect(refused([need('conv', ...pairs.slice(0, 3)), need('conv_2', ...pairs)], 4)).toBe(
      'layer conv_2: 28 position sets in its groups of 8; expected at most 16, which is what a pattern table of --pattern-bits 4 holds. ' +
        'Use --pattern-bits 5, or --keep 1, which leaves at most 8 sets, or --index bitmap or --index direct, which have no table.',
    );
  });

  it.each([
    ['a pool', 'avgpool_1', 'average-pool reads one channel at a time'],
    ['the second tensor of an addition', 'conv2d_2', 'add_1 reads one channel of its second tensor at a time'],
  ])('does not ask to prune where that changes nothing: %s', (kind, layer, why) => {
    const builder = new RandomNetworkBuilder(createRandom(5));
    const conv = (input: TensorId): TensorId => builder.conv2d({
      input, outChannels: 16, activation: 'relu', kernelHeight: 1, kernelWidth: 1, padding: NO_PADDING, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
    });
    const input = builder.input([1, 4, 4, 16], { scale: 1, zeroPoint: -128 });
    const first = conv(input);
    const network = validateNetwork(builder.finish('net', input, kind === 'a pool' ? builder.globalAveragePool(first) : builder.addRelu(first, conv(first))));
    expect(() => compileNetwork(network, undefined, validateConfig({ index: 'pattern', patternBits: 2 }))).toThrow(
      `layer ${layer}: 8 position sets in its groups of 8, all of them whatever is pruned, because ${why}; expected at most 4, which is what a pattern table of --pattern-bits 2 holds. ` +
        'Use --pattern-bits 3, or --index bitmap or --index direct, which have no table.',
    );
    expect(() => compileNetwork(network, undefined, validateConfig({ index: 'pattern', patternBits: 3 }))).not.toThrow();
  });

  it('says so where no table is large enough', () => {
    const group = 16;
    const random = createRandom(1);
    const many = new Set<string>();
    while (many.size < MOST_PATTERNS + 50) many.add(Array.from({ length: group }, (_, p) => p).sort(() => random.next() - 0.5).slice(0, 8).sort((a, b) => a - b).join());
    const sets = [...many].map((text) => text.split(',').map(Number));
    const wide = validateConfig({ group, index: 'pattern', patternBits: 8 });
    const message = (count: number): string => {
      try {
        planPatterns([need('conv', ...sets.slice(0, count))], 256, wide);
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(message(300)).toBe('layer conv: 300 position sets in its groups of 16; expected at most 256, which is what a pattern table of --pattern-bits 8 holds. Use --keep 2, which leaves at most 120 sets, or --index bitmap or --index direct, which have no table.');
    expect(message(MOST_PATTERNS + 50)).toContain(`layer conv: more than ${MOST_PATTERNS} position sets in its groups of 16;`);
    expect(message(256)).toBe('accepted');
  });
});

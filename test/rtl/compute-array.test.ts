// SPDX-License-Identifier: Apache-2.0
/** The array side of the compute unit with spread words, running maxima and operands, against a naive reference. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { benchConfig, buildBench, decoderOf, type EntryFlags } from '../support/compute-bench.js';
import { wrongBytes } from '../support/compute-reference.js';
import { type CommandShape, randomState } from '../support/compute-state.js';

/** One, two, four and eight clusters; fewer, as many and more sub-banks than words in a beat. */
const CONFIGS: Partial<AccelConfig>[] = [
  { pes: 16, group: 8 },
  { pes: 16, group: 8, bus: 128 },
  { pes: 16, group: 8, bus: 256, lanes: 2 },
  { pes: 32, group: 8 },
  { pes: 32, group: 8, bus: 128, requant: 4 },
  { pes: 16, group: 2, lanes: 3, requant: 2 },
  { pes: 16, group: 4, bus: 256, index: 'bitmap' },
  { pes: 8, group: 4, bus: 32, requant: 8, lanes: 2 },
  { pes: 24, group: 8, requant: 2 },
  { pes: 16, group: 16, index: 'bitmap' },
  { pes: 16, group: 8, index: 'pattern', patternBits: 3, weightBits: 4 },
  { pes: 16, group: 8, bus: 128, lanes: 2, multiplier: 'packed' },
  { pes: 8, group: 4, requant: 4, lanes: 4, index: 'bitmap', multiplier: 'packed', weightBits: 4 },
];

type Wanted = 'spread' | 'maximum' | 'operand';

/** A command whose entries carry the wanted flags at random; the last one or two give operands when those are wanted. */
function shape(config: AccelConfig, random: Random, wanted: readonly Wanted[], half: number): CommandShape {
  const chance = (feature: Wanted): boolean => wanted.includes(feature) && random.integer(0, 1) === 1;
  const operands = wanted.includes('operand') ? random.integer(1, 2) : 0;
  const plain = random.integer(1, 6);
  const { clusters } = derive(config);
  const flags = Array.from({ length: plain + operands }, (_, e): EntryFlags => ({
    operand: e >= plain, maximum: e > 0 && chance('maximum'), spread: clusters > 1 && chance('spread'),
  }));
  const dense = random.integer(0, 2) === 0;
  const counts = flags.map(() => random.integer(1, dense || random.integer(0, 2) === 0 ? config.group : 1));
  const tiles = random.integer(1, 3);
  return {
    counts: Array.from({ length: tiles }, () => counts), flags, pixels: random.integer(1, 6), outWidth: random.integer(1, 4), dense,
    channels: random.integer((tiles - 1) * config.pes + 1, tiles * config.pes), half,
    fields: operands > 0 ? { operand: random.integer(1, 2), tableHalf: random.integer(0, 1) } : {},
  };
}

/** Cycles of the steps and of the pace. */
const law = (config: AccelConfig, shapes: readonly CommandShape[]): number => shapes.reduce((sum, { counts, pixels, fields }) => {
  const slot = derive(config).drain * (fields?.operand ? 2 : 1);
  return sum + counts.reduce((tiles, counts) => tiles + pixels * Math.max(counts.reduce((a, b) => a + b, 0), slot), 0);
}, 0);

const FEATURES: Readonly<Record<string, readonly (readonly Wanted[])[]>> = {
  'words of their own for the clusters': [['spread'], ['spread'], [], ['spread']],
  'running maxima': [['maximum'], ['maximum', 'spread'], ['maximum']],
  'operands from their own windows, tile after tile': [['operand'], ['operand', 'spread'], ['operand', 'maximum', 'spread']],
  'commands with and without a second pass in turn': [[], ['operand'], ['spread'], ['operand', 'spread'], ['operand'], [], []],
};

describe('array side of the compute unit', () => {
  for (const [n, part] of CONFIGS.entries()) {
    it(`gives sums and operands as a naive model does: ${JSON.stringify(part)}`, () => {
      const config = benchConfig(part);
      const decoder = decoderOf(config);
      const bench = buildBench(config, decoder);
      try {
        Object.entries(FEATURES).forEach(([feature, commands], f) => {
          const random = createRandom(4000 + 10 * n + f);
          const shapes = commands.map((wanted, i) => shape(config, random, wanted, i % 2));
          const state = randomState(config, decoder, random, shapes);
          const result = bench.run(state);
          expect([feature, result.error, wrongBytes(state, config, result.out).slice(0, 3)]).toEqual([feature, undefined, []]);
          expect([feature, result.idle, result.loadPushes, result.storePushes]).toEqual([feature, 1, commands.length, commands.length]);
          expect([feature, result.steps + result.paces]).toEqual([feature, law(config, shapes)]);
        });
      } finally {
        bench.close();
      }
    });
  }

  it('takes N * max(sum(count), 2 D) + the second FILL cycles for a lone command with a second pass', () => {
    for (const part of [{ pes: 16, group: 8 }, { pes: 16, group: 4, requant: 4 }, { pes: 8, group: 8, requant: 8, lanes: 2 }] as const) {
      const config = benchConfig(part);
      const bench = buildBench(config, decoderOf(config));
      const { drain, fillSecond } = derive(config);
      try {
        for (const [counts, pixels] of [[[1, 1], 1], [[3, 1, 2], 4], [[4, 4, 4, 4, 4], 3], [[1, 1], 9], [[4, 4, 4, 4, 4, 4, 4, 4, 4, 2], 2]] as const) {
          const random = createRandom(pixels * 17 + counts.length);
          const state = randomState(config, decoderOf(config), random, [{
            counts: [counts], flags: counts.map((_, e) => ({ operand: e === counts.length - 1 })), pixels, outWidth: 3, dense: false, channels: config.pes, half: 0,
            fields: { operand: 1 },
          }]);
          const steps = counts.reduce((a: number, b) => a + b, 0);
          const label = `${JSON.stringify(part)} counts ${counts.join('+')} pixels ${pixels}`;
          const result = bench.run(state);
          expect([label, wrongBytes(state, config, result.out).slice(0, 3)]).toEqual([label, []]);
          expect([label, result.span]).toEqual([label, pixels * Math.max(steps, 2 * drain) + fillSecond]);
        }
      } finally {
        bench.close();
      }
    }
  });

  it('refuses a spread entry where all PEs see one word', () => {
    const config = benchConfig({ pes: 4, group: 8 });
    const bench = buildBench(config, decoderOf(config));
    try {
      const state = (flags: EntryFlags) => randomState(config, decoderOf(config), createRandom(3), [{
        counts: [[2, 2]], flags: [{}, flags], pixels: 2, outWidth: 2, dense: false, channels: 4, half: 0,
      }]);
      expect(bench.run(state({ maximum: true })).error).toBeUndefined();
      expect(bench.run(state({ spread: true })).error).toEqual({ code: 2, address: 0x1000 });
    } finally {
      bench.close();
    }
  });
});

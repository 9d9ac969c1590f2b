// SPDX-License-Identifier: Apache-2.0
/** The compute unit alone: bit-exact output banks, the cycle law to the cycle, errors. */
import { describe, expect, it } from 'vitest';
import { type AccelConfig, DEFAULTS, defaultRequant } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { bitmapDecoder, directDecoder } from '../../generator/blocks/index-decoder.js';
import { createRandom } from '../../generator/core/random.js';
import { type BenchState, buildBench, predict, randomState } from '../support/compute-bench.js';

const configOf = (part: Partial<AccelConfig>): AccelConfig => ({
  ...DEFAULTS, name: 'dut', prefix: 'dut', requant: defaultRequant(part.pes ?? DEFAULTS.pes),
  weightDepth: 512, actDepth: 512, schedDepth: 256, outDepth: 256, ...part,
});

const decoderOf = (config: AccelConfig) => (config.index === 'bitmap' ? bitmapDecoder : directDecoder);

function compare(state: BenchState, config: AccelConfig, out: string[][][]): string[] {
  const wrong: string[] = [];
  predict(state, config).forEach((half, h) => half.forEach((bank, lane) => {
    for (let word = 0; word < config.outDepth; word++) {
      const text = out[h]![lane]![word]!;
      for (let b = 0; b < config.group; b++) {
        const expected = bank[word * config.group + b];
        if (expected === undefined) continue;
        const found = text.slice(text.length - 2 * b - 2, text.length - 2 * b);
        const value = (parseInt(found, 16) << 24) >> 24;
        if (!/^[0-9a-f]{2}$/.test(found) || value !== expected) wrong.push(`half ${h}, lane ${lane}, word ${word}, byte ${b}: rtl ${found} (${value}), expected ${expected}`);
      }
    }
  }));
  return wrong;
}

const CONFIGS: Partial<AccelConfig>[] = [
  { pes: 4, group: 4 },
  { pes: 16, group: 8 },
  { pes: 16, group: 8, requant: 4, lanes: 3 },
  { pes: 3, group: 2, lanes: 2, bus: 512 },
  { pes: 12, group: 8, requant: 2, bus: 128 },
  { pes: 1, group: 16 },
  { pes: 32, group: 2, requant: 16, lanes: 2, outDepth: 2048 },
  { pes: 8, group: 8, index: 'bitmap', requant: 8 },
  { pes: 6, group: 16, index: 'bitmap', multiplier: 'lut', lanes: 2 },
];

describe('compute unit', () => {
  for (const [n, part] of CONFIGS.entries()) {
    const config = configOf(part);
    it(`writes what a naive model predicts, command after command: ${JSON.stringify(part)}`, () => {
      const random = createRandom(1000 + n);
      const decoder = decoderOf(config);
      const bench = buildBench(config, decoder);
      try {
        const commands = Array.from({ length: 5 }, (_, i) => {
          const tiles = random.integer(1, 3);
          const entries = random.integer(1, 6);
          const dense = random.integer(0, 2) === 0;
          const shape = Array.from({ length: entries }, () => (dense && random.integer(0, 3) > 0 ? config.group : random.integer(1, config.group)));
          return {
            counts: Array.from({ length: tiles }, () => shape), pixels: random.integer(1, 5), outWidth: random.integer(1, 4), dense,
            channels: random.integer((tiles - 1) * config.pes + 1, tiles * config.pes), half: i % 2,
          };
        });
        const state = randomState(config, decoder, random, commands);
        const result = bench.run(state);
        expect(result.error).toBeUndefined();
        expect(compare(state, config, result.out).slice(0, 3)).toEqual([]);
        expect(result.idle).toBe(1);
        expect([result.loadPushes, result.storePushes]).toEqual([5, 5]);
        const law = commands.reduce((sum, c) => sum + c.counts.reduce((s, t) => s + c.pixels * Math.max(t.reduce((a, b) => a + b, 0), derive(config).drain), 0), 0);
        expect(result.steps + result.paces).toBe(law);
      } finally {
        bench.close();
      }
    });
  }

  it('takes N * max(sum(count), D) + FILL cycles for a lone command, whatever the data', () => {
    for (const part of [{ pes: 16, group: 8 }, { pes: 16, group: 4, requant: 4 }, { pes: 8, group: 8, requant: 8, lanes: 2 }, { pes: 4, group: 16 }] as const) {
      const config = configOf(part);
      const bench = buildBench(config, directDecoder);
      try {
        for (const [counts, pixels] of [[[1], 1], [[1], 7], [[2, 2], 5], [[3, 1, 2], 4], [[4, 4, 4, 4, 4], 3], [[1, 1], 9]] as const) {
          const random = createRandom(pixels * 31 + counts.length);
          const state = randomState(config, directDecoder, random, [{ counts: [counts], pixels, outWidth: 3, dense: false, channels: config.pes, half: 0 }]);
          const steps = counts.reduce((a: number, b) => a + b, 0);
          const { drain, fill } = derive(config);
          const label = `${JSON.stringify(part)} counts ${counts.join('+')} pixels ${pixels}`;
          expect(`${label}: ${bench.run(state).span}`).toBe(`${label}: ${pixels * Math.max(steps, drain) + fill}`);
        }
      } finally {
        bench.close();
      }
    }
  });
});

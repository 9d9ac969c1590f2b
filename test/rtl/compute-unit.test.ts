// SPDX-License-Identifier: Apache-2.0
/** The compute unit alone: bit-exact output banks, the cycle law to the cycle, errors. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { directDecoder } from '../../generator/blocks/index-decoder.js';
import { createRandom } from '../../generator/core/random.js';
import { benchConfig as configOf, type BenchState, buildBench, decoderOf } from '../support/compute-bench.js';
import { wrongBytes as compare } from '../support/compute-reference.js';
import { randomState } from '../support/compute-state.js';

const withFields = (state: BenchState, fields: Partial<BenchState['commands'][number]['fields']>): BenchState => ({
  ...state,
  commands: state.commands.map((command) => ({ ...command, fields: { ...command.fields, ...fields } })),
});

const CONFIGS: Partial<AccelConfig>[] = [
  { pes: 4, group: 4 },
  { pes: 16, group: 8 },
  { pes: 16, group: 8, requant: 4, lanes: 3 },
  { pes: 3, group: 2, lanes: 2, bus: 512 },
  { pes: 12, group: 8, requant: 2, bus: 128 },
  { pes: 1, group: 16 },
  { pes: 32, group: 2, requant: 16, lanes: 2, outDepth: 2048 },
  { pes: 8, group: 8, index: 'bitmap', requant: 8 },
  { pes: 8, group: 8, index: 'pattern', requant: 2 },
  { pes: 5, group: 4, index: 'pattern', lanes: 2 },
  { pes: 6, group: 16, index: 'pattern', patternBits: 8 },
  { pes: 8, group: 8, weightBits: 4, requant: 2 },
  { pes: 12, group: 4, weightBits: 4, multiplier: 'lut', lanes: 2 },
  { pes: 16, group: 8, weightBits: 2, bus: 128 },
  { pes: 3, group: 16, weightBits: 2, multiplier: 'lut', index: 'pattern' },
  { pes: 6, group: 16, index: 'bitmap', multiplier: 'lut', lanes: 2 },
  { pes: 16, group: 4, requant: 8, bus: 256, lanes: 2 },
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
          const result = bench.run(state);
          expect(`${label}: ${result.span}`).toBe(`${label}: ${pixels * Math.max(steps, drain) + fill}`);
          // Store and loader may go on from the cycle of the last write on.
          expect(`${label}: ${result.storePushAt - result.spanEndAt}`).toBe(`${label}: -1`);
          expect(`${label}: ${result.loadPushAt - result.spanEndAt}`).toBe(`${label}: -1`);
        }
      } finally {
        bench.close();
      }
    }
  });

  it('sums the largest products of a long window without loss', () => {
    const config = configOf({ pes: 4, group: 8, requant: 4 });
    const bench = buildBench(config, directDecoder);
    try {
      for (const [weight, act] of [[-128, -128], [-128, 127], [127, 127]] as const) {
        const random = createRandom(5);
        const state = randomState(config, directDecoder, random, [{ counts: [Array.from({ length: 60 }, () => 8)], pixels: 2, outWidth: 2, dense: true, channels: 4, half: 0 }]);
        state.act.forEach((bank) => bank.fill(act));
        state.weights.forEach((step) => step.fill(weight));
        // 480 products of up to 2^14: the shift brings 2^23 back to one byte.
        const params = state.params.map((row) => row.map((p) => ({ ...p, bias: 0, leftShift: 0, rightShift: 16 })));
        const exact = { ...state, params };
        expect(compare(exact, config, bench.run(exact).out)).toEqual([]);
      }
    } finally {
      bench.close();
    }
  });

  it('reports a command whose fields are outside their range, with its address', () => {
    const config = configOf({ pes: 16, group: 4, requant: 8, lanes: 2 });
    const bench = buildBench(config, directDecoder);
    const good = () => randomState(config, directDecoder, createRandom(9), [{ counts: [[2, 2]], pixels: 2, outWidth: 3, dense: false, channels: 16, half: 0 }]);
    const faults: Record<string, (state: BenchState) => BenchState> = {
      'no channels': (s) => withFields(s, { channels: 0 }),
      'an empty clamp': (s) => withFields(s, { clampMin: 5, clampMax: 4 }),
      'a pixel that starts in the second bank': (s) => withFields(s, { outBase: 1 }),
      'a pitch that is no multiple of the banks': (s) => withFields(s, { outPitch: 5 }),
      'a lane that starts beyond the row': (s) => ({ ...s, commands: s.commands.map((c) => ({ ...c, lanes: [c.lanes[0]!, { startAddress: 0, startColumn: 3, operandAddress: 0 }] })) }),
      'an unknown second pass': (s) => withFields(s, { operand: 3 }),
      'a table behind a second pass': (s) => withFields(s, { operand: 1, table: 1 }),
      'partial sums with a second pass': (s) => withFields(s, { operand: 2, partialOut: 1 }),
      'partial sums with a table': (s) => withFields(s, { table: 1, partialOut: 1 }),
      'an empty second clamp': (s) => withFields(s, { operand: 1, secondClampMin: 1, secondClampMax: 0 }),
      'an entry with more steps than a group': (s) => ({ ...s, schedule: s.schedule.map((e) => ({ ...e, count: 5 })) }),
    };
    try {
      expect(bench.run(good()).error).toBeUndefined();
      expect(bench.run(withFields(good(), { secondClampMin: 1, secondClampMax: 0 })).error).toBeUndefined();
      for (const [name, fault] of Object.entries(faults)) {
        expect([name, bench.run(fault(good())).error]).toEqual([name, { code: 2, address: 0x1000 }]);
      }
      for (const bit of [13 * 32 + 16, 14 * 32 + 63, 16 * 32 + 48]) {
        expect([bit, bench.run(good(), { setBit: bit }).error]).toEqual([bit, { code: 2, address: 0x1000 }]);
      }
    } finally {
      bench.close();
    }
  });
});

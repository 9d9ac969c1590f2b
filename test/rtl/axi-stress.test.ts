// SPDX-License-Identifier: Apache-2.0
/** The core under random stalls, latencies, rates and orders on every channel: the same bits, and a silent protocol checker. */
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../generator/core/random.js';
import type { MemorySettings } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, withCore } from '../support/axi-bench.js';
import { runLayer, runProblem } from '../support/run-core.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;
const hasIcarus = (await findTool('iverilog')) !== undefined;

const CHANNELS = ['stall_ar', 'stall_r', 'stall_aw', 'stall_w', 'stall_b'] as const;

/** Every setting of the memory, drawn anew; half of the channels do not stall at all. */
function randomSettings(random: Random): MemorySettings {
  const rate = (): number => (random.next() < 0.5 ? 256 : random.integer(24, 256));
  return {
    ...Object.fromEntries(CHANNELS.map((name) => [name, random.next() < 0.5 ? 0 : random.integer(1, 85)])),
    read_latency: random.integer(3, 120), write_latency: random.integer(3, 120), jitter: random.pick([0, 5, 60]),
    read_rate: rate(), write_rate: rate(), outstanding: random.pick([1, 2, 5, 256]), reorder: random.integer(0, 1),
    lite_stall: random.pick([0, 50]), seed: random.integer(1, 1_000_000),
  };
}

const stress = (simulator: 'icarus' | 'verilator', shape: Parameters<typeof axiConfig>[0], runs: number, seed: number) => async () => {
  const config = axiConfig(shape);
  const random = createRandom(seed);
  await withCore(config, simulator, async ({ host, session }) => {
    let beats = await session.stats();
    for (let i = 0; i < runs; i++) {
      const settings = randomSettings(random);
      const text = `run ${i} of seed ${seed}, ${JSON.stringify(settings)}`;
      await session.configure(settings);
      const run = await runLayer(host, chainCase(config, 1 + (i % 3)), BASE, 1_000_000);
      expect(runProblem(run), text).toBeUndefined();
      expect(await busProblems(session), text).toEqual([]);
      const now = await session.stats();
      expect([run.result.counters.BEATS_READ, run.result.counters.BEATS_WRITTEN], text).toEqual([now.readBeats - beats.readBeats, now.writeBeats - beats.writeBeats]);
      beats = now;
    }
  }, {}, seed);
};

describe('under random memory behaviour', () => {
  it.skipIf(!hasVerilator)('the core computes the same bits on Verilator', stress('verilator', {}, regress ? 600 : 60, 11), 1_200_000);
  it.skipIf(!hasIcarus).each([
    ['a 32-bit bus and 16-byte words', { bus: 32, group: 16, weightDepth: 256 }],
    ['a 256-bit bus, bitmap indices', { bus: 256, index: 'bitmap', id: 1 }],
    ['a 512-bit bus and 64-bit addresses', { bus: 512, addr: 64, lanes: 3 }],
  ] as const)('the core computes the same bits on Icarus with %s', async (_name, shape) => stress('icarus', shape, regress ? 40 : 3, 12)(), 1_200_000);
});

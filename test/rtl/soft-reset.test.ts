// SPDX-License-Identifier: Apache-2.0
/** Soft reset at random cycles in mid-network, under stalls: no burst is left open, the rerun has the same bits. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { fieldOf, withField } from '../../sim/harness/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, withCore, type AxiSession } from '../support/axi-bench.js';
import { compareOutput, loadLayer, outputLayout, programOffset, runLayer, runProblem } from '../support/run-core.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;
const hasIcarus = (await findTool('iverilog')) !== undefined;
const config = axiConfig();
const layer = chainCase(config);

const prepare = async ({ host }: AxiSession): Promise<void> => {
  await loadLayer(host, layer, BASE);
  await host.prepare({ base: BASE, programOffset: programOffset(layer.compiled) });
};

/** Resets `delay` cycles after the start, then reruns; `undefined` when all is well. */
async function resetAndRerun(core: AxiSession, delay: number, again: boolean): Promise<string | undefined> {
  const { host, session } = core;
  await prepare(core);
  await host.start();
  await session.wait(delay);
  if (again) await host.write('CONTROL', withField('CONTROL', 'SOFT_RESET'));
  // SOFT_RESET takes precedence over START in the same write.
  await host.write('CONTROL', withField('CONTROL', 'SOFT_RESET') + (again ? withField('CONTROL', 'START') : 0));
  const irq = await session.waitIrq(5000);
  // The program may have ended by itself just before: then the reset is still under way.
  if (fieldOf('STATUS', 'BUSY', await host.read('STATUS')) !== 0) await session.wait(5000);
  const status = await host.read('STATUS');
  if (fieldOf('STATUS', 'BUSY', status) !== 0) return `still busy, status 0x${status.toString(16)}`;
  if (irq === undefined && status !== 0) return `status 0x${status.toString(16)} after a soft reset`;
  const problems = await busProblems(session);
  if (problems.length > 0) return problems.join('; ');
  return runProblem(await runLayer(host, layer, BASE, 1_000_000));
}

const sweep = (simulator: 'icarus' | 'verilator', resets: number, seed: number) => async () => {
  await withCore(config, simulator, async (core) => {
    const whole = await runLayer(core.host, layer, BASE, 1_000_000);
    expect(runProblem(whole)).toBeUndefined();
    const random = createRandom(seed);
    const cycles = whole.result.counters.CYCLES;
    const wrong: string[] = [];
    for (let i = 0; i < resets; i++) {
      const delay = random.integer(0, cycles + 20);
      const problem = await resetAndRerun(core, delay, random.next() < 0.2);
      if (problem !== undefined) wrong.push(`reset ${delay} of ${cycles} cycles after the start: ${problem}`);
    }
    expect(wrong).toEqual([]);
    console.log(`soft reset: ${resets} times within ${cycles} cycles on ${simulator}, every rerun bit-exact`);
  }, { stall: 30, jitter: 20, reorder: 1, latency: 30 }, seed);
};

describe('a soft reset', () => {
  it.skipIf(!hasVerilator)('in mid-network, at random cycles, is followed by a bit-identical run', sweep('verilator', regress ? 3000 : 150, 21), 1_800_000);
  it.skipIf(!hasIcarus)('leaves no X behind', sweep('icarus', regress ? 60 : 3, 22), 1_800_000);

  it.skipIf(!hasVerilator)('of an idle core, and of one that has failed, clears its state', () =>
    withCore(config, 'verilator', async (core) => {
      const { host, session } = core;
      await host.softReset();
      expect(await host.read('STATUS')).toBe(0);
      const failed = await host.runProgram({ base: BASE, programOffset: 0x3_0000, images: [{ offset: 0x3_0000, bytes: new Uint8Array(64) }] });
      expect([failed.status, failed.error]).toEqual(['error', 'illegalOpcode']);
      await host.softReset();
      expect(await host.read('STATUS')).toBe(0);
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
      expect(await busProblems(session)).toEqual([]);
    }));

  it.skipIf(!hasVerilator)('is not needed to ignore a start while the core is busy', () =>
    withCore(config, 'verilator', async (core) => {
      const { host, session } = core;
      await prepare(core);
      await host.start();
      for (let i = 0; i < 5; i++) {
        await session.wait(40);
        await host.start();
      }
      expect(await session.waitIrq(1_000_000)).toBeDefined();
      expect((await host.result()).status).toBe('done');
      expect(await compareOutput(host, layer, BASE)).toBeUndefined();
      expect(await host.read('IRQ_STATUS')).toBe(1);
    }));

  it.skipIf(!hasVerilator)('of the hard kind in mid-run also leads back to a clean run', () =>
    withCore(config, 'verilator', async (core) => {
      const random = createRandom(31);
      for (let i = 0; i < 20; i++) {
        await prepare(core);
        await core.host.start();
        await core.session.wait(random.integer(0, 3000));
        await core.session.reset();
        await core.session.wait(8);
        expect(await core.host.read('STATUS')).toBe(0);
        expect(runProblem(await runLayer(core.host, layer, BASE))).toBeUndefined();
      }
      expect(outputLayout(layer.compiled).bytes).toBeGreaterThan(0);
      expect(await busProblems(core.session)).toEqual([]);
    }));
});

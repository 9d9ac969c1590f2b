// SPDX-License-Identifier: Apache-2.0
/** The cycle law on the whole core, through AXI, to the cycle; all configurations with GEN_ACCEL_REGRESS=1. */
import { afterAll, describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { findDecoder } from '../../generator/blocks/index.js';
import { createRandom } from '../../generator/core/random.js';
import { AcceleratorHost, type ProgramResult } from '../../sim/harness/index.js';
import { BARRIER_CYCLES, commandCycles, LAW_CONFIGS, LawBench, lawRuns, loneCommands, receiveCycles, sequences, type LawCommand } from '../../sim/law/index.js';
import { createIcarus } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { coreDesign } from '../support/core-design.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const BASE = 0x4000_0000;
const configs = regress ? LAW_CONFIGS : LAW_CONFIGS.slice(0, 6);
const missing = (await findTool('iverilog')) === undefined;

async function withBench(config: AccelConfig, use: (bench: LawBench) => Promise<void>): Promise<void> {
  const binary = await createIcarus().build(coreDesign(config), { memoryBytes: 1 << 19 });
  const session = await binary.start({ settings: { base: BASE } });
  try {
    await use(new LawBench(new AcceleratorHost(session), config, findDecoder(config).format, BASE));
  } finally {
    await session.close();
  }
}

const classSum = ({ counters }: ProgramResult): number =>
  counters.CYCLES_COMPUTE + counters.CYCLES_DRAIN + counters.CYCLES_LOAD + counters.CYCLES_STORE + counters.CYCLES_DISPATCH;

const textOf = ({ kind, counts, pixels, tiles, dense }: LawCommand): string => `${kind}, ${dense ? 'dense' : 'sparse'} ${counts.join('+')}, N ${pixels}, tiles ${tiles}`;

describe.skipIf(missing)('the cycle law', () => {
  const total = { lone: 0, sequences: 0 };
  afterAll(() => console.log(`law: ${total.lone} lone commands and ${total.sequences} sequences on ${configs.length} configurations, each to the cycle`));

  it.each(configs)('holds on $name: one command alone, then one fill for many, and a barrier where a second pass begins or ends', (config) =>
    withBench(config, async (bench) => {
      const random = createRandom(71);
      const derived = derive(config);
      const { drain, fill } = derived;
      // The pipeline beside the drain of a pixel; what a command waits for when nothing follows.
      expect(fill - drain).toBeLessThanOrEqual(32);
      const lone = loneCommands(config, random);
      await bench.load(lone, 1);
      const sides = new Set<number>();
      // A short command ends before END is read.
      let outside = Infinity;
      for (const command of lone) {
        const { result, law, steps } = await bench.measure([command]);
        const text = textOf(command);
        expect(`${text}: ${result.status}, span ${result.counters.CYCLES_SPAN}`).toBe(`${text}: done, span ${law}`);
        expect(`${text}: compute ${result.counters.CYCLES_COMPUTE}, drain ${result.counters.CYCLES_DRAIN}`).toBe(`${text}: compute ${steps}, drain ${law - steps}`);
        expect(`${text}: ${classSum(result)}`).toBe(`${text}: ${result.counters.CYCLES}`);
        outside = Math.min(outside, result.counters.CYCLES - result.counters.CYCLES_SPAN);
        sides.add(Math.sign(command.counts.reduce((a, b) => a + b, 0) - drain));
      }
      expect([...sides].sort()).toEqual(drain === 1 ? [0, 1] : [-1, 0, 1]);
      total.lone += lone.length;

      const many = sequences(config, lone, regress ? 20 : 6, random);
      for (const commands of many) {
        const { result, law, steps } = await bench.measure(commands);
        const text = commands.map(textOf).join('; ');
        expect(`${text}: ${result.status}, span ${result.counters.CYCLES_SPAN}`).toBe(`${text}: done, span ${law}`);
        expect(`${text}: ${result.counters.CYCLES_COMPUTE}`).toBe(`${text}: ${steps}`);
        expect(`${text}: ${result.counters.CYCLES - result.counters.CYCLES_SPAN} outside`).toBe(`${text}: ${outside + BARRIER_CYCLES * (lawRuns(commands, derived).length - 1)} outside`);
        expect(`${text}: ${classSum(result)}`).toBe(`${text}: ${result.counters.CYCLES}`);
      }
      total.sequences += many.length;
    }), regress ? 3_600_000 : 300_000);

  it('does not depend on the data: the same counters for two sets of random weights, indices, activations and parameters', () =>
    withBench(LAW_CONFIGS[3] as AccelConfig, async (bench) => {
      const config = LAW_CONFIGS[3] as AccelConfig;
      const random = createRandom(5);
      const lone = loneCommands(config, random);
      const programs = [...lone.slice(0, 8).map((command) => [command]), ...sequences(config, lone, 3, random)];
      const counters: ProgramResult['counters'][][] = [];
      for (const seed of [1, 2]) {
        await bench.load(lone, seed);
        const all: ProgramResult['counters'][] = [];
        for (const program of programs) all.push((await bench.measure(program)).result.counters);
        counters.push(all);
      }
      expect(counters[0]).toEqual(counters[1]);
    }));

  it('lets a command that does not hide the reception of the next one take no longer than that', () =>
    withBench(LAW_CONFIGS[1] as AccelConfig, async (bench) => {
      const config = LAW_CONFIGS[1] as AccelConfig;
      const short: LawCommand = { kind: 'plain', counts: [1], pixels: 1, tiles: 1, dense: false };
      expect(commandCycles(short, derive(config))).toBeLessThan(receiveCycles(config));
      await bench.load([short], 1);
      const cycles: number[] = [];
      for (const count of [2, 9]) cycles.push((await bench.measure(Array.from({ length: count }, () => short))).result.counters.CYCLES);
      const each = ((cycles[1] as number) - (cycles[0] as number)) / 7;
      expect(each).toBeLessThanOrEqual(receiveCycles(config));
      expect(each).toBeGreaterThan(commandCycles(short, derive(config)));
    }));
});

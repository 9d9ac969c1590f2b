// SPDX-License-Identifier: Apache-2.0
/** Runs the simulator contract on both simulators, and compares them cycle by cycle. */
import { expect, it } from 'vitest';
import { createIcarus, createVerilator } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { standinDesign } from '../support/standin.js';
import { randomBytes, runCopy, simulatorContract } from './simulator.contract.js';

const icarus = createIcarus();
const verilator = createVerilator();
const hasIcarus = (await findTool('iverilog')) !== undefined;
const hasVerilator = (await findTool('verilator')) !== undefined;

simulatorContract(icarus, hasIcarus);
simulatorContract(verilator, hasVerilator);

it.skipIf(!hasIcarus || !hasVerilator).each([32, 64, 128, 512])('both simulators take the same cycles, %i-bit bus', async (bus) => {
  const cycles: number[] = [];
  for (const simulator of [icarus, verilator]) {
    const binary = await simulator.build(standinDesign({ bus, addr: 40, id: 2 }));
    const session = await binary.start({ seed: 11, settings: { base: 0x10_0000, stall: 25, jitter: 12, reorder: 1 } });
    cycles.push(await runCopy(session, randomBytes(16 * 16 * (bus / 8), bus), 16));
    expect(await session.compareMemory(randomBytes(16 * 16 * (bus / 8), bus), 0x14_0000)).toBeUndefined();
    expect(await session.close()).toMatchObject({ passed: true, violations: 0 });
  }
  expect(cycles[0]).toBe(cycles[1]);
});

// SPDX-License-Identifier: Apache-2.0
/** Owns what the gate does with one configuration: lint by three tools, bit-exact simulation of small layers. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { lintGate, type GateTool } from '../../sim/gate/index.js';
import { AcceleratorHost } from '../../sim/harness/index.js';
import { createSimulator, type SIMULATOR_NAMES } from '../../sim/simulators/index.js';
import { coreDesign, coreTop } from '../support/core-design.js';
import { runLayer, runProblem } from '../support/run-core.js';
import { gateLayers } from './layers.js';

/** Bytes of the testbench's memory. */
const MEMORY_BYTES = 1 << 18;

/** A multiple of 4096 that needs every address bit above the memory. */
export const baseOf = ({ addr }: AccelConfig): number => (addr === 32 ? 0x8a5c_0000 : addr === 40 ? 0xb3_8a5c_0000 : 0x8_a5c3_8a5c_0000);

/** Icarus up to this many multipliers, Verilator beyond. */
const ICARUS_MULTIPLIERS = 256;
export const simulatorOf = ({ pes, lanes }: AccelConfig): (typeof SIMULATOR_NAMES)[number] => (pes * lanes <= ICARUS_MULTIPLIERS ? 'icarus' : 'verilator');

/** What the tools complain about. */
export async function lintRow(config: AccelConfig, tools?: readonly GateTool[]): Promise<string[]> {
  const found = await lintGate(coreDesign(config).rtl, coreTop(config), tools === undefined ? {} : { tools });
  return found.map(({ tool, text }) => `${config.prefix} ${config.name}: ${tool}: ${text}`);
}

/** What goes wrong when the configuration's layers run, memory stalling now and then; empty when all are bit-exact. */
export async function simulateRow(config: AccelConfig, seed: number): Promise<string[]> {
  const base = baseOf(config);
  const binary = await createSimulator(simulatorOf(config)).build(coreDesign(config), { memoryBytes: MEMORY_BYTES });
  const session = await binary.start({ seed, settings: { base, latency: 3 + (seed % 40), jitter: seed % 5, stall: 10 * (seed % 3), reorder: seed % 2 } });
  const wrong: string[] = [];
  try {
    for (const layer of gateLayers(config, seed)) {
      const problem = runProblem(await runLayer(new AcceleratorHost(session), layer, base));
      if (problem !== undefined) wrong.push(`${config.prefix}: ${layer.text}: ${problem}`);
    }
    const { violations } = await session.stats();
    if (violations > 0) wrong.push(`${config.prefix}: ${violations} violations of the bus protocol: ${session.log.filter((line) => line.startsWith('CHECK')).join('; ')}`);
  } finally {
    await session.close();
  }
  return wrong;
}

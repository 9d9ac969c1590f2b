// SPDX-License-Identifier: Apache-2.0
/** Owns what the gate does with one configuration: lint by three tools, bit-exact simulation of small layers and of a small network. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { lintGate, type GateTool } from '../../sim/gate/index.js';
import { AcceleratorHost } from '../../sim/harness/index.js';
import { createSimulator, type SIMULATOR_NAMES } from '../../sim/simulators/index.js';
import { coreDesign, coreTop } from '../support/core-design.js';
import { runLayer, runProblem } from '../support/run-core.js';
import { gateLayers } from './layers.js';
import { gateNetwork, type GateNetwork } from './network.js';

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

/** The first stored tensor that is not golden, in the order of the operators; undefined when memory holds all. */
async function tensorProblem({ session }: AcceleratorHost, { compiled, golden }: GateNetwork, base: number): Promise<string | undefined> {
  for (const op of compiled.network.ops) {
    const [id] = op.outputs;
    if (!compiled.stored.has(id)) continue;
    const layout = compiled.tensors[id] as TensorLayout;
    const found = unpackTensor(await session.dumpMemory(base + layout.address, layout.bytes), { ...layout, address: 0 });
    const expected = golden.get(id)?.data ?? new Int8Array();
    const { width, channels } = layout.size;
    const at = expected.findIndex((value, i) => value !== found[i]);
    if (at < 0) continue;
    const pixel = Math.floor(at / channels);
    return `${op.name}, channel ${at % channels}, y=${Math.floor(pixel / width)} x=${pixel % width}: rtl ${found[at]}, golden ${expected[at]}`;
  }
  return undefined;
}

/** Runs the network; a wrong tensor in the middle says more than the wrong output that it causes. */
async function networkProblem(host: AcceleratorHost, network: GateNetwork, base: number): Promise<string | undefined> {
  const output = network.golden.get(network.compiled.network.outputs[0] as number);
  const run = await runLayer(host, { ...network, golden: output?.data ?? new Int8Array() }, base);
  return (run.result.status === 'done' ? await tensorProblem(host, network, base) : undefined) ?? runProblem(run);
}

/** What goes wrong when the configuration's layers and its network run, memory stalling now and then; empty when all are bit-exact. */
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
    const network = gateNetwork(config, seed);
    const problem = await networkProblem(new AcceleratorHost(session), network, base);
    if (problem !== undefined) wrong.push(`${config.prefix}: ${network.text}: ${problem}`);
    const { violations } = await session.stats();
    if (violations > 0) wrong.push(`${config.prefix}: ${violations} violations of the bus protocol: ${session.log.filter((line) => line.startsWith('CHECK')).join('; ')}`);
  } finally {
    await session.close();
  }
  return wrong;
}

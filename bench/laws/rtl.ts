// SPDX-License-Identifier: Apache-2.0
/** Owns one run of a network on the generated Verilog: counters, the cycle model beside them, and whether every stored tensor is golden. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { packageVersion } from '../../generator/cli/version.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { runGolden, type GoldenTensors } from '../../generator/model/golden.js';
import { applyMasks, type PruneResult } from '../../generator/prune/prune.js';
import { addCounters, NO_CYCLES, type ProgramCounters } from '../../sim/run/array-executor.js';
import { openRtlArray, rtlDesign } from '../../sim/run/rtl-array.js';
import { loadConstants, runNetwork } from '../../sim/run/run-network.js';
import { createVerilator, type SimDesign } from '../../sim/simulators/index.js';
import type { MeasurementStore } from './store.js';

/** Cycles from an address to its first beat, and from the last beat of a burst to its response. */
export const LATENCY = 20;
const LEAST_MEMORY = 1 << 22;

/** What the core counted on one input, summed over its programs. */
export interface CoreRun {
  readonly counters: ProgramCounters;
  /** Cycles by the cycle model. */
  readonly estimate: number;
  /** Passes whose output agrees with the golden model in every bit: all of them. */
  readonly passes: number;
}

const asBytes = ({ buffer, byteOffset, length }: Int8Array): Uint8Array => new Uint8Array(buffer, byteOffset, length);

/** Runs one input on the core of `config`, unless program, hardware and input are known. Throws when a bit differs or the bus protocol is violated. */
export async function runOnCore(store: MeasurementStore, title: string, config: AccelConfig, network: Network, prune?: PruneResult, input: Int8Array = randomInput(network, 1)): Promise<CoreRun> {
  const compiled = compileNetwork(network, prune, config);
  const design = rtlDesign(config, { buildTop: buildCore, templates: loadTemplates(), version: packageVersion() });
  const parts = [...design.rtl, ...design.tb].flat();
  return store.get(title, ['run', String(LATENCY), ...parts, compiled.image, asBytes(input)], () => simulate(design, compiled, prune === undefined ? network : applyMasks(network, prune.masks), input));
}

export interface SimulateOptions {
  readonly latency?: number;
  /** The golden run of `masked` on the input, where the caller has it. */
  readonly golden?: GoldenTensors;
}

/** Runs one input of a compiled network. Throws as `runOnCore`. */
export async function simulate(design: SimDesign, compiled: CompiledNetwork, masked: Network, input: Int8Array, { latency = LATENCY, golden = runGolden(masked, input) }: SimulateOptions = {}): Promise<CoreRun> {
  const { config } = compiled;
  const binary = await createVerilator().build(design, { memoryBytes: Math.max(compiled.image.length, LEAST_MEMORY) });
  const executor = await openRtlArray(binary, config, { seed: 1, settings: { latency } });
  const run = async (): Promise<CoreRun> => {
    await loadConstants(executor, compiled);
    const { programs, checks } = await runNetwork({ compiled, network: masked, executor, images: [input], golden: [golden] });
    for (const [name, mismatch] of checks) if (mismatch !== undefined) throw new Error(`${config.name}, ${masked.name}, ${name}: ${JSON.stringify(mismatch)}`);
    return {
      counters: programs.map(({ counters }) => counters).reduce(addCounters, NO_CYCLES),
      estimate: estimateProgram(compiled, { readLatency: latency, writeLatency: latency }).totals.cycles,
      passes: checks.size,
    };
  };
  const result = await run().catch(async (error: unknown) => {
    await executor.close();
    throw error;
  });
  const violations = await executor.close();
  if (violations > 0) throw new Error(`${config.name}, ${masked.name}: ${violations} violations of the bus protocol`);
  return result;
}

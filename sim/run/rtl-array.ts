// SPDX-License-Identifier: Apache-2.0
/** Owns the simulated core behind the interface of a network run: builds the generated Verilog, starts it, drives it through its registers. */
import { configHash } from '../../generator/arch/config-hash.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import { GenAccelError } from '../../generator/core/errors.js';
import { renderTestbench } from '../../generator/emit/testbench.js';
import { generate, type GenerateOptions } from '../../generator/generate/generate.js';
import { AcceleratorHost, type ProgramResult } from '../harness/index.js';
import type { MemorySettings, SimBinary, SimDesign, Simulator, TraceFormat, TraceOptions } from '../simulators/index.js';
import type { ArrayExecutor, ProgramCounters } from './array-executor.js';
import type { RunName, SimulationRequest } from './simulate-network.js';

/** The very Verilog that `generate` ships, with the testbench. */
export function rtlDesign(config: AccelConfig, options: GenerateOptions): SimDesign {
  const { files } = generate(config, { ...options, parts: [] });
  const rtl = new Map([...files].filter(([path]) => path.startsWith('rtl/')));
  return { prefix: config.prefix, rtl, tb: renderTestbench(config, options.templates) };
}

/** E_SIMULATION: the core did not do what a correct core does: an error, no interrupt, an unknown byte, a foreign configuration. */
export class SimulationError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy = 'Re-simulate with --trace fst.') {
    super('E_SIMULATION', 'defect', { where, found, expected, remedy });
  }
}

/** Where BASE points: not 0, so that an address without it is seen. */
export const MEMORY_BASE = 0x4000_0000;

export interface RtlArrayOptions {
  readonly seed: number;
  readonly settings?: MemorySettings;
  /** Needs a binary that was built with `trace`. */
  readonly trace?: TraceOptions;
  readonly onLog?: (line: string) => void;
}

export interface RtlRequest extends Omit<RtlArrayOptions, 'trace'> {
  readonly config: AccelConfig;
  readonly generate: GenerateOptions;
  readonly simulator: Simulator;
  /** Waveforms of one of the runs. */
  readonly trace?: { readonly run: RunName; readonly format: TraceFormat; readonly options: TraceOptions } | undefined;
}

const LEAST_MEMORY = 1 << 22;

/** Generates the core, builds it at the first call and starts one simulation a call. */
export function rtlOpener({ config, generate: options, simulator, trace, ...array }: RtlRequest): SimulationRequest['open'] {
  const design = rtlDesign(config, options);
  let binary: Promise<SimBinary> | undefined;
  return async (run, memoryBytes) => {
    binary ??= simulator.build(design, { memoryBytes: Math.max(memoryBytes, LEAST_MEMORY), trace: trace?.format ?? false });
    return openRtlArray(await binary, config, { ...array, ...(run === trace?.run ? { trace: trace.options } : {}) });
  };
}

/** Starts a simulation and checks that its core is the one of `config`. */
export async function openRtlArray(binary: SimBinary, config: AccelConfig, options: RtlArrayOptions): Promise<ArrayExecutor> {
  const { settings, seed, trace, onLog } = options;
  const session = await binary.start({
    seed, settings: { ...settings, base: MEMORY_BASE },
    ...(trace === undefined ? {} : { trace }),
    ...(onLog === undefined ? {} : { onLog }),
  });
  const host = new AcceleratorHost(session);
  const found = await host.read('CONFIG_HASH');
  const expected = Number.parseInt(configHash(config).slice(0, 8), 16);
  if (found !== expected) throw new SimulationError('register CONFIG_HASH', found.toString(16), expected.toString(16));
  return {
    seesUnknown: binary.simulator === 'icarus',
    write: (address, bytes) => session.loadMemory(bytes, MEMORY_BASE + address),
    read: async (address, length) => {
      const bytes = await session.dumpMemory(MEMORY_BASE + address, length);
      // A dump writes X as 0; a comparison sees it.
      const unknown = binary.simulator === 'icarus' ? await session.compareMemory(bytes, MEMORY_BASE + address) : undefined;
      if (unknown !== undefined) throw new SimulationError(`memory at BASE + 0x${(unknown.address - MEMORY_BASE).toString(16)}`, `the unknown byte ${unknown.found}`, 'a value that the core wrote');
      return bytes;
    },
    run: async (address) => countersOf(await host.runProgram({ base: MEMORY_BASE, programOffset: address }), address),
    close: async () => (await session.close()).violations,
  };
}

function countersOf({ status, error, errorCode, faultAddress, counters }: ProgramResult, address: number): ProgramCounters {
  const where = `program at BASE + 0x${address.toString(16)}`;
  if (status === 'timeout') throw new SimulationError(where, 'no interrupt', 'DONE');
  if (status === 'error') throw new SimulationError(where, `error ${errorCode} (${error ?? 'not in the register map'}) at 0x${faultAddress.toString(16)}`, 'DONE');
  const read: ProgramCounters = {
    cycles: counters.CYCLES, compute: counters.CYCLES_COMPUTE, drain: counters.CYCLES_DRAIN, load: counters.CYCLES_LOAD,
    store: counters.CYCLES_STORE, dispatch: counters.CYCLES_DISPATCH, span: counters.CYCLES_SPAN,
    beatsRead: counters.BEATS_READ, beatsWritten: counters.BEATS_WRITTEN,
  };
  const sum = read.compute + read.drain + read.load + read.store + read.dispatch;
  if (sum !== read.cycles) throw new SimulationError(`counters of the ${where}`, `parts that add up to ${sum}`, `CYCLES, ${read.cycles}`);
  return read;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the comparison of an estimate with the counters of the generated core: every program of a network, in order, on any data. */
import type { CompiledNetwork } from '../../../generator/compile/compiled-network.js';
import { estimateProgram, type SegmentEstimate } from '../../../generator/estimate/estimate.js';
import type { MemoryTiming } from '../../../generator/estimate/units.js';
import { openRtlArray } from '../../../sim/run/rtl-array.js';
import { loadConstants, scramble } from '../../../sim/run/run-network.js';
import type { ProgramCounters } from '../../../sim/run/array-executor.js';
import { createSimulator } from '../../../sim/simulators/index.js';
import { coreDesign } from '../../support/core-design.js';

/** Counters that an estimate has too. */
export const COMPARED = ['cycles', 'compute', 'drain', 'load', 'store', 'dispatch', 'beatsRead', 'beatsWritten'] as const;
export type Compared = Readonly<Record<(typeof COMPARED)[number], number>>;

export interface Comparison {
  readonly layers: readonly string[];
  readonly rtl: Compared;
  readonly estimate: Compared;
}

const pick = (counters: ProgramCounters | SegmentEstimate): Compared => Object.fromEntries(COMPARED.map((name) => [name, counters[name]])) as unknown as Compared;

/** Runs every program once. Cycles do not depend on data: host operators are left out, activations are noise. */
export async function measure(compiled: CompiledNetwork, memory: MemoryTiming): Promise<Comparison[]> {
  const estimate = estimateProgram(compiled, memory);
  const memoryBytes = Math.max(1 << 20, 2 ** Math.ceil(Math.log2(compiled.image.length + 4096)));
  const binary = await createSimulator('verilator').build(coreDesign(compiled.config), { memoryBytes });
  const core = await openRtlArray(binary, compiled.config, { seed: 1, settings: { read_latency: memory.readLatency, write_latency: memory.writeLatency } });
  const compared: Comparison[] = [];
  await loadConstants(core, compiled);
  await scramble(core, compiled, 1);
  for (const { index, layers, programAddress } of compiled.segments) {
    compared.push({ layers, rtl: pick(await core.run(programAddress)), estimate: pick(estimate.segments[index] as SegmentEstimate) });
  }
  await core.close();
  return compared;
}

/** One line a program: counters that differ, as `rtl/estimate`. */
export const comparisonText = ({ layers, rtl, estimate }: Comparison): string =>
  `${layers.join(', ')}: ${COMPARED.map((name) => `${name} ${rtl[name] === estimate[name] ? rtl[name] : `${rtl[name]}/${estimate[name]}`}`).join(', ')}`;

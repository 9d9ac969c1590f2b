// SPDX-License-Identifier: Apache-2.0
/** Owns the parts of a core that its area is told by; together they are the whole core. */
import type { CellCounts } from '../../sim/synth/index.js';
import { addCells, NO_CELLS } from '../../sim/synth/cells.js';
import type { Area } from './measure.js';

/** Blocks with everything inside them. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  'array with decoders': ['pe_array', 'pattern_table'],
  'drain: multiplexer': ['drain_mux'],
  'drain: requantizers': ['requantizer', 'post_stage', 'operand_mux'],
  'activation buffer': ['act_buffer'],
  'weight and index buffers': ['weight_group_buffer'],
  'output buffer': ['output_buffer'],
  'schedule and sequencer': ['entry_fetch', 'sequencer'],
  'load': ['load'],
  'store': ['store'],
};
/** What of these is not in a unit above. */
const REST: Readonly<Record<string, readonly [outer: string, inner: readonly string[]]>> = {
  'drain: control and memories': ['drain', ['drain_mux', 'requantizer', 'post_stage', 'operand_mux']],
  'rest of compute': ['compute_unit', ['pe_array', 'pattern_table', 'drain', 'act_buffer', 'weight_group_buffer', 'output_buffer', 'entry_fetch', 'sequencer']],
  'control, command queues, arbiter': ['core', ['compute_unit', 'load', 'store']],
};

/** In order; throws where they do not add up to the core. */
export function unitsOf({ blocks, totals }: Area): ReadonlyMap<string, CellCounts> {
  const cells = (module: string): CellCounts => blocks.find((block) => block.module === module)?.inclusive ?? NO_CELLS;
  const sum = (modules: readonly string[]): CellCounts => modules.reduce((all, module) => addCells(all, cells(module)), NO_CELLS);
  const units = new Map([
    ...Object.entries(UNITS).map(([name, modules]) => [name, sum(modules)] as const),
    ...Object.entries(REST).map(([name, [outer, inner]]) => [name, addCells(cells(outer), sum(inner), -1)] as const),
  ]);
  const all = [...units.values()].reduce((a, b) => addCells(a, b), NO_CELLS);
  if (JSON.stringify(all) !== JSON.stringify(totals)) throw new Error(`the units have ${JSON.stringify(all)}, the core ${JSON.stringify(totals)}`);
  return units;
}

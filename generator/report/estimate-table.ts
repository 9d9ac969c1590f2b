// SPDX-License-Identifier: Apache-2.0
/** Owns the lines that a user sees of an estimate: a row a pass of the array, then totals. */
import type { Bound, Estimate, LayerEstimate } from '../estimate/estimate.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)}%`);

const HEAD = [
  'layer', 'cycles', 'law', 'drain', 'bus read', 'bus write', 'bound by', 'of ceiling', 'utilization', 'compute', 'drain', 'load', 'store', 'dispatch', 'bytes read', 'bytes written',
];
/** Over the columns: where the limits and the classes begin. */
const LIMITS_AT = 2;
const CLASSES_AT = 9;

export const BOUND_TEXT: Readonly<Record<Bound, string>> = { steps: 'law', drain: 'drain', read: 'bus read', write: 'bus write' };

const row = (layer: LayerEstimate): string[] => {
  const { name, cycles, limits, bound, ofCeiling, utilization, compute, drain, load, store, dispatch, bytesRead, bytesWritten } = layer;
  return [
    name, ...[cycles, limits.law, limits.drain, limits.read, limits.write].map(String), BOUND_TEXT[bound], percent(ofCeiling), percent(utilization),
    ...[compute, drain, load, store, dispatch, bytesRead, bytesWritten].map(String),
  ];
};

/** Cells in columns, all but the first and the bound to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  const isText = (i: number): boolean => i === 0 || HEAD[i] === 'bound by';
  const lines = rows.map((cells) => cells.map((text, i) => (isText(i) ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  ').trimEnd());
  const offset = (column: number): number => widths.slice(0, column).reduce((sum, width) => sum + width + 2, 0);
  const groups = `${' '.repeat(offset(LIMITS_AT))}limits in cycles`.padEnd(offset(CLASSES_AT));
  return [`${groups}cycles by class`, ...lines];
}

/** The whole report for a terminal. */
export function estimateTable({ network, synthetic, config, batch, memory, segments, layers, host, totals }: Estimate): string[] {
  const { readLatency, writeLatency } = memory;
  const latency = readLatency === writeLatency ? String(readLatency) : `${readLatency} to read, ${writeLatency} to write`;
  const slots = config.pes * config.lanes;
  return [
    `${network}${synthetic ? ' (synthetic)' : ''}, estimated from its program`,
    `${plural(config.pes, 'PE')} x ${plural(config.lanes, 'lane')}, groups of ${config.group}, ${plural(config.requant, 'requantizer')} a lane, ${config.bus}-bit bus, memory latency ${latency}`,
    '',
    ...aligned([HEAD, ...layers.map(row)]),
    '',
    ...columns([
      ['cycles', `${totals.cycles}, START to interrupt, of ${plural(segments.length, 'program')}; compute ${totals.compute}, waiting: drain ${totals.drain}, load ${totals.load}, store ${totals.store}, dispatch ${totals.dispatch}`],
      ...(batch === 1 ? [] : [['batch', `${batch} images a run: ${Math.round(totals.cycles / batch)} cycles an image`]]),
      ['law', `${totals.law}, ${percent(totals.cycles === 0 ? null : totals.law / totals.cycles)} of the cycles`],
      ...(totals.utilization === null ? [] : [['utilization', `${percent(totals.utilization)} of ${plural(slots, 'multiplier')}, ${totals.usefulWork} kept multiplications`]]),
      ['bus', `${totals.beatsRead} beats read (${totals.bytesRead} bytes, programs included), ${totals.beatsWritten} written (${totals.bytesWritten} bytes)`],
      ['on the host', host.length === 0 ? 'nothing' : `${host.map(({ name, operations }) => `${name} (${plural(operations, 'operation')})`).join(', ')}; ${(100 * totals.hostShare).toFixed(3)}% of the network's operations, cycles not counted`],
    ]),
  ];
}

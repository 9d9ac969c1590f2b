// SPDX-License-Identifier: Apache-2.0
/** Owns the lines that a user sees after a network simulation: a row a layer, then totals. */
import { columns } from './markdown-table.js';
import { FROM_MODEL, type LayerResult, type NetworkResult } from './network-result.js';
import { plural } from './plural.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const times = (factor: number): string => `${factor.toFixed(2)}x`;
const whole = (value: number | null): string => (value === null ? '-' : String(value));
const share = (part: number | null, all: number | null): string => (part === null || all === null || all === 0 ? '-' : percent(part / all));

const HEAD = ['layer', 'operator', 'shape', 'keep', 'cycles', 'law', 'law/cycles', 'utilization', 'drain', 'load', 'store', 'dispatch', 'bit-exact'];

const isPass = ({ place }: LayerResult): boolean => place === 'array' || place === 'pool';

function cells(layer: LayerResult): string[] {
  const { name, op, shape } = layer;
  if (layer.place === 'host' || layer.place === 'drain' || layer.place === 'memory') return [name, op, shape, layer.place];
  const { keep, cycles, lawCycles, utilization, stalls, bitExact } = layer;
  return [
    name, op, shape, String(keep), whole(cycles), whole(lawCycles), share(lawCycles, cycles), utilization === null ? '-' : percent(utilization),
    ...(['drain', 'load', 'store', 'dispatch'] as const).map((cause) => whole(stalls?.[cause] ?? null)),
    bitExact === null ? '-' : bitExact ? 'yes' : 'NO',
  ];
}

function totalLines({ totals, speedupOverDense, unconstrained, layers }: NetworkResult): string[][] {
  const rows: string[][] = [];
  if (totals.cycles !== null && totals.stalls !== null) {
    const { drain, load, store, dispatch } = totals.stalls;
    rows.push(['cycles', `${totals.cycles} an image, START to interrupt, of ${plural(layers.filter(isPass).length, 'array layer')}; waiting: drain ${drain}, load ${load}, store ${store}, dispatch ${dispatch}`]);
    rows.push(['law', `${totals.lawCycles}, ${share(totals.lawCycles, totals.cycles)} of the cycles`]);
    rows.push(['utilization', `${totals.utilization === null ? '-' : percent(totals.utilization)} of the multipliers, ${totals.usefulWork} kept multiplications`]);
  }
  if (totals.denseCycles !== null && speedupOverDense !== null) {
    rows.push(['speed-up', `${times(speedupOverDense)} over dense on the same hardware (${totals.denseCycles} cycles; ideal by the law ${times(totals.denseLawCycles / totals.lawCycles)})`]);
  }
  if (unconstrained !== null) {
    rows.push(['unconstrained', `${unconstrained.cycles} cycles at the same density on the same hardware: ${times(unconstrained.slowdown)} as long, utilization ${percent(unconstrained.utilization)}`]);
  }
  return rows;
}

/** Cells in columns: text to the left, the columns of numbers to the right, heads included. */
function aligned(rows: readonly (readonly string[])[], textColumns: number): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)).concat(most.slice(row.length)), []);
  return rows.map((row) => row.map((cell, i) => (i < textColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd());
}

const imageLine = ({ images, correct, synthetic, pruning }: NetworkResult): string => {
  if (synthetic) return `${plural(images, 'image')}; synthetic, no accuracy`;
  if (correct === null) return `${plural(images, 'image')}, no labels`;
  return `${correct} of ${plural(images, 'image')} right${pruning === null || pruning.method === FROM_MODEL ? '' : ' (one-shot, not retrained)'}`;
};

/** The whole report for a terminal. */
export function networkTable(result: NetworkResult): string[] {
  const { network, config, simulator, memory, pruning, layers } = result;
  const host = layers.filter(({ place }) => place === 'host');
  const shape = `${plural(Number(config['pes']), 'PE')} x ${plural(Number(config['lanes']), 'lane')}, groups of ${config['group']}, ${plural(Number(config['requant']), 'requantizer')} a lane, ${config['bus']}-bit bus`;
  const alone = layers.length === 1;
  const weights = pruning === null ? 'dense' : `${pruning.constraint} ${pruning.method}, ${percent(pruning.density)} of the weights`;
  return [
    `${network}${result.synthetic ? ' (synthetic)' : ''}: ${weights}`,
    `${shape}; ${simulator}, memory latency ${memory.latency}${memory.stall === 0 ? '' : `, stalls ${memory.stall}%`}, seed ${memory.seed}`,
    '',
    ...aligned([HEAD, ...layers.map(cells)], 3),
    '',
    ...columns([
      ...totalLines(result),
      ...(result.images === 0 || alone ? [] : [['images', imageLine(result)]]),
      ...(host.length === 0 ? [] : [['on the host', `${plural(host.length, 'operator')}: ${host.map(({ name }) => name).join(', ')} (cycles not counted)`]]),
      ['bits', result.bitExact ? 'every array layer of every run equals the golden model' : result.mismatch === null ? 'NOT shown to agree' : 'DIFFER from the golden model'],
      ...(result.protocolViolations === 0 ? [] : [['bus', `${plural(result.protocolViolations, 'protocol violation')}`]]),
    ]),
    ...(!alone && layers.some((layer) => isPass(layer) && layer.cycles !== null) ? ['', 'Rows: each layer as a program of its own. Cycles of an image: layers between two host operators share a program and overlap.'] : []),
  ];
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the lines that a user sees of an inspected model: a row a layer with weights, then totals and what follows from them. */
import { GROUP_SIZES, type LayerInspection, type NetworkInspection } from '../inspect/inspect-network.js';
import { formatShape } from '../tensor/tensor.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const cell = (value: number | null): string => (value === null ? '-' : String(value));

function zerosText({ pruned, pattern, emptyFilters }: LayerInspection): string {
  const kind = !pruned ? 'by chance' : pattern === null ? 'no pattern' : `${pattern.n}:${pattern.m}`;
  return emptyFilters === 0 ? kind : `${kind}, ${plural(emptyFilters, 'empty filter')}`;
}

const row = (layer: LayerInspection): string[] => [
  layer.name, layer.op, formatShape(layer.weightShape), formatShape(layer.outputShape), percent(layer.density),
  layer.nonzero === layer.weights ? 'none' : zerosText(layer),
  ...GROUP_SIZES.map((size) => cell(layer.tightest[size])),
  String(layer.keep), cell(layer.denseCycles), cell(layer.cycles),
];

/** Columns with numbers to the right; the last ones hold dashes and words too. */
function aligned(rows: readonly (readonly string[])[], textColumns: number): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  return rows.map((cells) => cells.map((text, i) => (i < textColumns ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  ').trimEnd());
}

/** What an existing pruning means for this array. */
function advice({ layers, array: { group }, totals, pruning }: NetworkInspection): string {
  if (pruning !== undefined) {
    const asked = layers.filter(({ keep }) => keep !== 'dense').length;
    return `${pruning.constraint}, by ${pruning.method}: ${asked} of ${plural(layers.length, 'layer')}, as the column keep says`;
  }
  if (totals.prunedLayers === 0) return 'no layer is pruned: --keep N prunes, everything else runs dense';
  const held = layers.filter(({ keep }) => keep !== 'dense').length;
  const rest = totals.prunedLayers - held;
  const gain = `--keep existing keeps the zeros of ${plural(held, 'layer')} as they are${rest === 0 ? '' : `; those of ${rest} hold no K below ${group} and run dense`}`;
  return `${gain}; another --keep that would remove more weights of them is refused without --reprune`;
}

/** The whole report for a terminal. */
export function inspectTable(inspection: NetworkInspection): string[] {
  const { network, synthetic, array, inputs, outputs, layers, others, totals } = inspection;
  const boundary = (list: NetworkInspection['inputs']): string =>
    list.map(({ name, shape, scale, zeroPoint }) => `${name} ${formatShape(shape)}, scale ${Number(scale.toPrecision(6))}, zero point ${zeroPoint}`).join('; ');
  const head = ['layer', 'operator', 'weights', 'output', 'density', 'zeros', ...GROUP_SIZES.map((size) => `K of ${size}`), 'keep', 'dense cycles', 'cycles'];
  const counts = Object.entries(others).map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `${network}${synthetic ? ' (synthetic)' : ''}`,
    `${plural(array.pes, 'PE')} x ${plural(array.lanes, 'lane')}, groups of ${array.group}, ${plural(array.requant, 'requantizer')} a lane`,
    '',
    ...aligned([head, ...layers.map(row)], 6),
    '',
    ...columns([
      ['input', boundary(inputs)],
      ['output', boundary(outputs)],
      ['weights', `${totals.weights}, ${percent(totals.density)} not 0; ${totals.prunedLayers} of ${plural(layers.length, 'layer')} pruned`],
      ['cycles', `${totals.cycles} by the law, ${totals.denseCycles} dense${totals.cycles < totals.denseCycles ? ` (${(totals.denseCycles / totals.cycles).toFixed(2)}x)` : ''}; loads, stores and operators without weights are not in it`],
      ...(counts === '' ? [] : [['others', counts]]),
      ['pruning', advice(inspection)],
    ]),
  ];
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the lines that a user sees after a float network was pruned: a row a layer with weights, then totals. */
import { formatShape, type Shape } from '../tensor/tensor.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

export interface PruneRow {
  readonly name: string;
  readonly op: string;
  readonly weights: string;
  readonly shape: Shape;
  /** K of every group, `dense`, or a constraint in words. */
  readonly keep: number | string;
  readonly kept: number;
  readonly all: number;
}

export interface PruneSummary {
  readonly network: string;
  readonly constraint: string;
  readonly method: string;
  readonly group: number;
  readonly layers: readonly PruneRow[];
  readonly totals: { readonly kept: number; readonly all: number; readonly density: number };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** `place` is the folder as the user knows it, `files` what is in it. */
export function pruneTable({ network, constraint, method, group, layers, totals }: PruneSummary, place: string, files: readonly string[]): string[] {
  const rows = layers.map(({ name, op, shape, keep, kept, all, weights }) => [name, op, formatShape(shape), typeof keep === 'string' ? keep : `${keep} of ${group}`, String(kept), percent(kept / all), weights]);
  const pruned = layers.filter(({ keep }) => keep !== 'dense').length;
  return [
    network,
    '',
    ...columns([['layer', 'operator', 'weights', 'keep', 'kept', 'density', 'name in the model'], ...rows]),
    '',
    ...columns([
      ['weights', `${totals.kept} of ${totals.all} kept, ${percent(totals.density)}; ${pruned} of ${plural(layers.length, 'layer')} pruned, ${constraint}, by ${method}`],
      ['folder', `${place}: ${files.join(', ')}`],
    ]),
  ];
}

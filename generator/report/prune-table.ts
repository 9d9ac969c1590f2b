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

/** A class of channels that stayed or went together. */
export interface ChannelRow {
  readonly writers: readonly string[];
  readonly kept: number;
  readonly of: number;
  readonly reason: string | null;
}

export interface PruneSummary {
  readonly network: string;
  readonly constraint: string;
  readonly method: string;
  readonly group: number;
  readonly layers: readonly PruneRow[];
  readonly channels?: readonly ChannelRow[];
  /** Of the weights of the network as it came; `channelsLeave`: those of the layers where channels were cut. */
  readonly totals: { readonly kept: number; readonly all: number; readonly density: number; readonly channelsLeave?: number };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const MOST_NAMES = 3;

/** The first names of a list, and how many follow. */
const named = (names: readonly string[]): string =>
  names.length === 0 ? 'the input' : [...names.slice(0, MOST_NAMES), ...(names.length > MOST_NAMES ? [`${names.length - MOST_NAMES} more`] : [])].join(', ');

/** `place` is the folder as the user knows it, `files` what is in it. */
export function pruneTable({ network, constraint, method, group, layers, channels, totals }: PruneSummary, place: string, files: readonly string[]): string[] {
  const rows = layers.map(({ name, op, shape, keep, kept, all, weights }) => [name, op, formatShape(shape), typeof keep === 'string' ? keep : `${keep} of ${group}`, String(kept), percent(kept / all), weights]);
  const pruned = layers.filter(({ keep }) => keep !== 'dense').length;
  const cut = totals.channelsLeave === undefined ? '' : `, of ${totals.channelsLeave} that the cut of channels leaves`;
  return [
    network,
    '',
    ...(channels === undefined ? [] : [...columns([['channels of', 'kept', 'of', 'why all'], ...channels.map(({ writers, kept: own, of, reason }) => [named(writers), String(own), String(of), reason ?? ''])]), '']),
    ...columns([['layer', 'operator', 'weights', 'keep', 'kept', 'density', 'name in the model'], ...rows]),
    '',
    ...columns([
      ['weights', `${totals.kept} of ${totals.all} kept, ${percent(totals.density)}${cut}; ${pruned} of ${plural(layers.length, 'layer')} pruned, ${constraint}, by ${method}`],
      ['folder', `${place}: ${files.join(', ')}`],
    ]),
  ];
}

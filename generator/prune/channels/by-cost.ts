// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of channels by what their loss costs the layers that read them, and the fit of what stays. */

import { isFloatWeighted, type FloatNetwork } from '../../float/network.js';
import { CalibrationWalk } from '../layer/calibration-walk.js';
import { magnitudeRefit } from '../methods/magnitude.js';
import type { LayerRequest } from '../plan.js';
import { pruneFloatNetwork } from '../prune-float.js';
import type { ChannelClass } from './classes.js';
import { columnMask } from './cut.js';
import { BlockElimination } from './elimination.js';
import { fixedMask } from './fixed-mask.js';
import { columnChannels, type ChannelMap } from './follow.js';
import { readerWeights } from './reader-weights.js';
import type { ChannelScores } from './magnitude-scores.js';

export interface ChannelProgress {
  readonly phase: string;
  readonly layer: string;
  readonly done: number;
  readonly all: number;
}

export interface ChannelWalk {
  readonly calibration: readonly Float32Array[];
  readonly samples: number;
  readonly seed: number;
  readonly onProgress?: (progress: ChannelProgress) => void;
}

/** Columns of a layer whose inverse is held; larger layers say nothing on the choice. 2304^2 values are 42 MB. */
const MOST_COLUMNS = 2304;
const DAMPENING = 1e-3;
/** The choice takes this part of the samples of the fit. */
const CHOICE_SHARE = 4;

/** A layer that reads channels: the columns of each label, under all kernel taps. */
export interface Reader {
  readonly columns: ReadonlyMap<number, Int32Array>;
  readonly elimination: BlockElimination;
  /** What its relative error is worth; see `readerWeights`. */
  readonly weight: number;
}

function columnsByLabel(labels: Int32Array, taps: number): Map<number, Int32Array> {
  const lists = new Map<number, number[]>();
  for (let tap = 0; tap < taps; tap++) labels.forEach((label, c) => { lists.set(label, [...(lists.get(label) ?? []), tap * labels.length + c]); });
  return new Map([...lists].map(([label, list]) => [label, Int32Array.from(list)]));
}

/** Problems on the dense network of all layers that read a channel that may go. */
export function channelReaders(network: FloatNetwork, map: ChannelMap, open: ReadonlySet<number>, { calibration, samples, seed, onProgress }: ChannelWalk): Reader[] {
  const walk = new CalibrationWalk(network, calibration, { samples: Math.ceil(samples / CHOICE_SHARE), seed, dampening: DAMPENING, sequential: false, joins: false });
  const readers: Reader[] = [];
  const names = new Set(network.ops.filter((op) => columnChannels(network, map, op)?.some((label) => open.has(label)) === true).map(({ name }) => name));
  onProgress?.({ phase: 'worth of layers', layer: '', done: 0, all: 1 });
  const weights = readerWeights(network, calibration, names, seed);
  network.ops.forEach((op, done) => {
    const labels = columnChannels(network, map, op);
    if (labels?.some((label) => open.has(label)) === true && isFloatWeighted(op) && op.weights.data.length / op.weights.shape[0] <= MOST_COLUMNS) {
      onProgress?.({ phase: 'costs of channels', layer: op.name, done, all: network.ops.length });
      const [, height, width] = op.weights.shape;
      const [block] = walk.problem(op, Float64Array.from(op.weights.data)).blocks;
      if (block !== undefined) readers.push({ columns: columnsByLabel(labels, height * width), elimination: BlockElimination.of(block), weight: weights.get(op.name) ?? 1 });
    }
    walk.advance(op, op);
  });
  return readers;
}

/** Labels of a class in the order in which they go, and what the loss of the first so many costs. */
export interface EliminationPath {
  readonly order: readonly number[];
  /** cost[n]: without the first n. */
  readonly cost: readonly number[];
}

/**
 * Channels go one by one until `kept` are left: each time the one that costs the layers that read it least, as shares of their outputs' power times the layer's weight, when all
 * other columns take up what they can. Ties, and channels that no such layer reads, go by score. The readers' state changes.
 */
export function eliminate({ labels }: ChannelClass, readers: readonly Reader[], kept: number, scores: ChannelScores): EliminationPath {
  const left = new Set(labels);
  const own = readers.filter(({ columns }) => columns.has(labels[0] as number));
  const order: number[] = [];
  const costs = [0];
  while (left.size > kept) {
    let best: { readonly label: number; readonly cost: number; readonly score: number } | undefined;
    for (const label of left) {
      const score = scores.get(label) ?? 0;
      const cost = own.length === 0 ? score : own.reduce((sum, { columns, elimination, weight }) => sum + weight * elimination.cost(columns.get(label) as Int32Array), 0);
      if (best === undefined || cost < best.cost || (cost === best.cost && score < best.score)) best = { label, cost, score };
    }
    const { label, cost } = best as NonNullable<typeof best>;
    for (const { columns, elimination } of own) elimination.remove(columns.get(label) as Int32Array);
    left.delete(label);
    order.push(label);
    costs.push((costs.at(-1) as number) + cost);
  }
  return { order, cost: costs };
}

/** The labels that go: class after class, each on what the classes before it left. */
export const selectByCost = (classes: readonly ChannelClass[], counts: readonly number[], readers: readonly Reader[], scores: ChannelScores): Set<number> =>
  new Set(classes.flatMap((one, i) => eliminate(one, readers, counts[i] as number, scores).order));

/** The network with zeros where a filter reads a channel of `cut`; all other weights fitted to the dense network's outputs, layer after layer. */
export function refitWithout(network: FloatNetwork, map: ChannelMap, cut: ReadonlySet<number>, { calibration, samples, seed, onProgress }: ChannelWalk): FloatNetwork {
  const layers = new Map<string, LayerRequest>();
  for (const op of network.ops) {
    const mask = isFloatWeighted(op) ? columnMask(network, map, cut, op) : undefined;
    if (mask !== undefined) layers.set(op.name, fixedMask(mask));
  }
  const progress = onProgress === undefined ? {} : { onProgress: (step: { layer: string; done: number; all: number }) => onProgress({ phase: 'fit without channels', ...step }) };
  return pruneFloatNetwork(network, { group: 1, default: 'dense', layers }, magnitudeRefit, calibration, { samples, seed, dampening: DAMPENING, fold: false, ...progress }).network;
}

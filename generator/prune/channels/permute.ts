// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the permutation of input channels before balanced pruning: the same function with channels in an order in which the groups keep more. It costs nothing
 * at inference (NVIDIA's channel permutations for 2:4, for any K of g and through joins).
 */

import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import type { BalancedSettings } from '../constraints/balanced.js';
import { arrange } from './arrange.js';
import { channelClasses } from './classes.js';
import { columnChannels, followChannels } from './follow.js';
import { KeptScore } from './kept-score.js';
import { factorsBehind } from './magnitude-scores.js';
import { movable, orderAfter, positionsOf } from './permutation.js';

export interface PermuteClass {
  readonly writers: readonly string[];
  readonly channels: number;
  /** Channels that stand elsewhere now. */
  readonly moved: number;
  /** Score that the layers behind keep, over all of their score. */
  readonly before: number;
  readonly after: number;
}

export interface PermuteResult {
  readonly network: FloatNetwork;
  readonly classes: readonly PermuteClass[];
}

/** Scores by operator name, OHWI and not negative. */
export type WeightScores = ReadonlyMap<string, ArrayLike<number>>;

/** Additions that a class may take. */
const MOST_WORK = 4e9;
const MOST_SWEEPS = 20;

/** Absolute weights, as the batch norm behind them makes them count. */
function sizes(network: FloatNetwork, op: FloatWeightedOp): Float64Array {
  const factor = factorsBehind(network, op);
  const perRow = op.weights.data.length / op.weights.shape[0];
  return Float64Array.from(op.weights.data, (weight, i) => Math.abs(weight) * Math.sqrt(factor(Math.floor(i / perRow))));
}

interface Reader {
  readonly columns: ReadonlyMap<number, readonly number[]>;
  readonly score: KeptScore;
  readonly rows: number;
}

/**
 * Puts the channels of every class in an order in which more score is kept by K of every g consecutive input channels (`groupsOf`: K and g of a layer; undefined: the layer
 * does not count). From the given order on, each channel in turn changes places with the one with which most is gained, until nothing is.
 * Each layer's score counts as a share of its sum. Deterministic; never worse than before.
 */
export function permuteChannels(network: FloatNetwork, groupsOf: (op: FloatWeightedOp) => BalancedSettings | undefined, scores: WeightScores = new Map()): PermuteResult {
  const map = followChannels(network);
  const readers = network.ops.flatMap((op: FloatOp): Reader[] => {
    const labels = columnChannels(network, map, op);
    const settings = labels !== undefined && isFloatWeighted(op) ? groupsOf(op) : undefined;
    if (labels === undefined || settings === undefined || !isFloatWeighted(op)) return [];
    const own = Float64Array.from(scores.get(op.name) ?? sizes(network, op));
    const sum = own.reduce((a, b) => a + b, 0);
    if (sum === 0) return [];
    return [{ columns: positionsOf(labels), score: new KeptScore(own.map((value) => value / sum), labels.length, settings), rows: own.length / labels.length }];
  });

  const permutation = new Map<number, number>();
  const classes = movable(channelClasses(network, map)).flatMap(({ labels, writers }): PermuteClass[] => {
    const own = readers.filter(({ columns }) => columns.has(labels[0] as number));
    if (own.length === 0) return [];
    const kept = (): number => own.reduce((sum, { score }) => sum + score.total, 0) / own.length;
    const before = kept();
    const places = sweep(labels, own);
    labels.forEach((label, i) => permutation.set(label, places[i] as number));
    return [{ writers, channels: labels.length, moved: places.filter((label, i) => label !== labels[i]).length, before, after: kept() }];
  });
  return { network: arrange(network, map, orderAfter(map, permutation)), classes };
}

/** Swaps the labels of one class; which label stands in the place of each. */
function sweep(labels: readonly number[], readers: readonly Reader[]): number[] {
  const standing = [...labels];
  const work = labels.length * labels.length * readers.reduce((sum, { rows, columns }) => sum + rows * (columns.get(labels[0] as number)?.length ?? 0), 0);
  const sweeps = Math.max(1, Math.min(MOST_SWEEPS, Math.floor(MOST_WORK / work)));
  const pairs = (a: number, b: number, visit: (score: KeptScore, p: number, q: number) => number): number =>
    readers.reduce((sum, { columns, score }) => {
      // Places, not channels, since what stands there moves along.
      const [from, to] = [columns.get(labels[a] as number), columns.get(labels[b] as number)] as readonly (readonly number[])[] as [readonly number[], readonly number[]];
      return sum + from.reduce((own, p, k) => own + visit(score, p, to[k] as number), 0);
    }, 0);
  const total = (): number => readers.reduce((sum, { score }) => sum + score.total, 0);
  const swap = (a: number, b: number): void => {
    pairs(a, b, (score, p, q) => { score.swap(p, q); return 0; });
    [standing[a], standing[b]] = [standing[b] as number, standing[a] as number];
  };
  let now = total();
  for (let round = 0; round < sweeps; round++) {
    let improved = false;
    for (let a = 0; a < labels.length; a++) {
      let [best, most] = [-1, 1e-9];
      for (let b = 0; b < labels.length; b++) {
        const gain = a === b ? 0 : pairs(a, b, (score, p, q) => score.gain(p, q));
        if (gain > most) [best, most] = [b, gain];
      }
      if (best < 0) continue;
      swap(a, best);
      // A channel at several places of one group gains less than the sum of them.
      const after = total();
      if (after > now) [now, improved] = [after, true];
      else swap(a, best);
    }
    if (!improved) break;
  }
  return standing;
}

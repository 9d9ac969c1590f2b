// SPDX-License-Identifier: Apache-2.0
/** Owns structured pruning: channels and filters of a float network that go together, by magnitude or by what they cost on calibration inputs. */

import { foldNetwork } from '../../float/fold/fold-network.js';
import type { FloatNetwork } from '../../float/network.js';
import { countsForCycles, type ClassCost } from './allocate.js';
import { channelReaders, eliminate, refitWithout, selectByCost, type ChannelProgress, type EliminationPath, type Reader } from './by-cost.js';
import { channelClasses, type ChannelClass } from './classes.js';
import { channelMultiple, classCounts } from './counts.js';
import { cutChannels } from './cut.js';
import { channelCycles } from './cycles.js';
import { ChannelCyclesError, ChannelShareError } from './errors.js';
import { followChannels } from './follow.js';
import { magnitudeChannelScores, type ChannelScores } from './magnitude-scores.js';
import { classReport, type ClassReport } from './report.js';

export interface ChannelPruneOptions {
  /** Of the channels of every class (default), or of the cycles of all layers; more than 0 and at most 1. */
  readonly share: number;
  readonly of?: 'channels' | 'cycles';
  /** G and P of the array (default 8 and 16); see `channelMultiple`. */
  readonly inMultiple?: number;
  readonly outMultiple?: number;
  /** Inputs on which the cost of every channel is measured and the layers are fitted again; without them: by magnitude, weights unchanged. */
  readonly calibration?: readonly Float32Array[];
  /** Scores by label of `followChannels` instead of those by magnitude; not with calibration. */
  readonly scores?: ChannelScores;
  /** Output pixels a layer (default 32768), and the seed of their choice (default 1). */
  readonly samples?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: ChannelProgress) => void;
}

export interface ChannelPruneResult {
  /** Smaller, in everything else like the old one; with calibration it is folded first. */
  readonly network: FloatNetwork;
  readonly classes: readonly ClassReport[];
  readonly method: 'magnitude' | 'second-order';
  /** Predicted by the cycle law, of all layers with weights, dense. */
  readonly cycles: { readonly before: number; readonly after: number };
}

/** The labels of a class in the order of their scores; ties: the higher label first. What the loss of the first so many costs is their sum. */
function leastOf({ labels }: ChannelClass, scores: ChannelScores): EliminationPath {
  const score = (label: number): number => scores.get(label) ?? 0;
  const order = [...labels].sort((a, b) => score(a) - score(b) || b - a);
  const cost = [0];
  for (const label of order) cost.push((cost.at(-1) as number) + score(label));
  return { order, cost };
}

/** The layers that read a class, to be eliminated in by themselves. */
const copies = ({ labels }: ChannelClass, readers: readonly Reader[]): Reader[] =>
  readers.filter(({ columns }) => columns.has(labels[0] as number)).map((reader) => ({ ...reader, elimination: reader.elimination.copy() }));

/** Cuts channels of every class. The same network and options give the same result. Throws ChannelShareError, TensorShapeError. */
export function pruneChannels(network: FloatNetwork, options: ChannelPruneOptions): ChannelPruneResult {
  const { share, of = 'channels', inMultiple = 8, outMultiple = 16, calibration = [], onProgress } = options;
  if (!(share > 0 && share <= 1)) throw new ChannelShareError(share);
  const byCost = calibration.length > 0;
  const start = byCost ? foldNetwork(network) : network;
  const map = followChannels(start);
  const classes = channelClasses(start, map);
  const rule = { share, inMultiple, outMultiple };
  const scores = options.scores ?? magnitudeChannelScores(start, map);
  const walk = { calibration, samples: options.samples ?? 32768, seed: options.seed ?? 1, ...(onProgress === undefined ? {} : { onProgress }) };

  // 1. How many stay.
  const open = new Set(classes.filter(({ reason }) => reason === undefined).flatMap(({ labels }) => labels));
  const readers = byCost && share < 1 ? channelReaders(start, map, open, walk) : [];
  const path = (one: ChannelClass): EliminationPath => (byCost ? eliminate(one, copies(one, readers), 0, scores) : leastOf(one, scores));
  const cyclesOf = channelCycles(start, map, classes, rule);
  const whole = cyclesOf(classes.map(({ labels }) => labels.length));
  const counts = of === 'channels' ? classCounts(classes, rule) : countsForCycles(classes, classes.map((one): ClassCost => {
    const { cost } = one.reason === undefined ? path(one) : { cost: [] };
    return (kept) => cost[one.labels.length - kept] ?? 0;
  }), cyclesOf, share * whole, rule);
  if (of === 'cycles' && cyclesOf(counts) > share * whole) throw new ChannelCyclesError(share, cyclesOf(counts) / whole);
  const reports = classes.map((one, i) => classReport(one, counts[i] as number, of === 'channels' ? channelMultiple(one.labels.length, rule) : inMultiple));

  // 2. Which go.
  const cut = byCost ? selectByCost(classes, counts, readers, scores) : new Set(classes.flatMap((one, i) => leastOf(one, scores).order.slice(0, one.labels.length - (counts[i] as number))));

  // 3. What stays takes up what it can, and the rest is taken out.
  const fitted = byCost && cut.size > 0 ? refitWithout(start, map, cut, walk) : start;
  return { network: cut.size === 0 ? fitted : cutChannels(fitted, map, cut), classes: reports, method: byCost ? 'second-order' : 'magnitude', cycles: { before: whole, after: cyclesOf(counts) } };
}

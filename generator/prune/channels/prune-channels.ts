// SPDX-License-Identifier: Apache-2.0
/** Owns structured pruning: channels and filters of a float network that go together, by magnitude or by what they cost on calibration inputs. */

import { foldNetwork } from '../../float/fold/fold-network.js';
import type { FloatNetwork } from '../../float/network.js';
import { channelClasses } from './classes.js';
import { channelMultiple, classCounts } from './counts.js';
import { cutChannels } from './cut.js';
import { ChannelShareError } from './errors.js';
import { followChannels } from './follow.js';
import { magnitudeChannelScores, type ChannelScores } from './magnitude-scores.js';
import { classReport, type ClassReport } from './report.js';
import { refitWithout, selectByCost, type ChannelProgress } from './by-cost.js';

export interface ChannelPruneOptions {
  /** Of the channels of every class, more than 0 and at most 1. */
  readonly share: number;
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
}

/** The labels of a class with the least scores go; ties: the higher label. */
function leastOf(labels: readonly number[], count: number, scores: ChannelScores): number[] {
  const score = (label: number): number => scores.get(label) ?? 0;
  return [...labels].sort((a, b) => score(a) - score(b) || b - a).slice(0, count);
}

/** Cuts channels of every class. The same network and options give the same result. Throws ChannelShareError, TensorShapeError. */
export function pruneChannels(network: FloatNetwork, options: ChannelPruneOptions): ChannelPruneResult {
  const { share, inMultiple = 8, outMultiple = 16, calibration = [], onProgress } = options;
  if (!(share > 0 && share <= 1)) throw new ChannelShareError(share);
  const byCost = calibration.length > 0;
  const start = byCost ? foldNetwork(network) : network;
  const map = followChannels(start);
  const classes = channelClasses(start, map);
  const rule = { share, inMultiple, outMultiple };
  const counts = classCounts(classes, rule);
  const reports = classes.map((one, i) => classReport(one, counts[i] as number, channelMultiple(one.labels.length, rule)));
  const walk = { calibration, samples: options.samples ?? 32768, seed: options.seed ?? 1, ...(onProgress === undefined ? {} : { onProgress }) };

  // 1. Which go.
  const scores = options.scores ?? magnitudeChannelScores(start, map);
  const cut = byCost
    ? selectByCost(start, map, classes, counts, scores, walk)
    : new Set(classes.flatMap(({ labels }, i) => leastOf(labels, labels.length - (counts[i] as number), scores)));
  // 2. What stays takes up what it can, and the rest is taken out.
  const fitted = byCost && cut.size > 0 ? refitWithout(start, map, cut, walk) : start;
  return { network: cut.size === 0 ? fitted : cutChannels(fitted, map, cut), classes: reports, method: byCost ? 'second-order' : 'magnitude' };
}

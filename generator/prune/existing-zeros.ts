// SPDX-License-Identifier: Apache-2.0
/** Owns what the zeros of a model say: whether a layer was pruned before it came here, and to which n:m pattern. */

import { log10, pow } from '../core/real-functions.js';
import type { Weights } from '../graph/network.js';
import { largestCount } from './constraints/balanced.js';

/** n of every m consecutive input channels, at most. */
export interface ZeroPattern {
  readonly n: number;
  readonly m: number;
}

export interface ExistingZeros {
  /** All weights of the layer, and those that are not 0 (not the zero point). */
  readonly all: number;
  readonly nonzero: number;
  /** Output channels whose weights are all 0. */
  readonly emptyFilters: number;
  /** The n:m pattern that chance explains least, when chance does not explain it. */
  readonly pattern: ZeroPattern | undefined;
  /** Far more zeros than neighbouring values, as pruning leaves them and quantization does not. */
  readonly spike: boolean;
  /** The layer counts as pruned: it has a pattern or a spike. */
  readonly pruned: boolean;
}

/** Chance explains a pattern that as many zeros at random places would show with this probability. */
export const CHANCE_LOG10 = -9;
/** Sizes m at which patterns are looked for. */
export const PATTERN_SIZES: readonly number[] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 32];
/** A spike: at least this share and number of zeros, and this many times as many as there are weights of -1 or of +1. */
export const SPIKE = { share: 0.1, zeros: 32, ratio: 8 } as const;

/** 1 where a weight is not 0. */
export const nonzeroMask = ({ data, zeroPoint }: Weights): Uint8Array => Uint8Array.from({ length: data.length }, (_, i) => (data[i] === zeroPoint ? 0 : 1));

/** log10 of the probability that a group of `size` holds at most n nonzeros, each weight being nonzero with probability p. */
function logFits(size: number, n: number, p: number): number {
  if (n >= size || p === 0) return 0;
  let term = pow(1 - p, size);
  let sum = term;
  for (let k = 1; k <= n; k++) sum += term *= ((size - k + 1) / k) * (p / (1 - p));
  return log10(sum);
}

/** The least likely pattern below m:m, undefined when chance explains them all. Empty filters say nothing and are left out. */
function findPattern(mask: Uint8Array, shape: Weights['shape'], filters: number, density: number): ZeroPattern | undefined {
  const [, kernelHeight, kernelWidth, inChannels] = shape;
  const rows = filters * kernelHeight * kernelWidth;
  let best: ZeroPattern | undefined;
  let least = CHANCE_LOG10;
  for (const m of PATTERN_SIZES) {
    if (m > inChannels) break;
    const n = largestCount(mask, shape, m);
    if (n === m || density === 1) continue;
    const chance = rows * (Math.floor(inChannels / m) * logFits(m, n, density) + logFits(inChannels % m, n, density));
    if (chance < least) [best, least] = [{ n, m }, chance];
  }
  return best;
}

/**
 * Reads the zeros of one layer. Rounding to int8 makes zeros too, so a layer counts as pruned only when
 * - its zeros fit n of m channels everywhere, and as many zeros at random places would do so with a probability below 1e-9, or
 * - 0 stands far out of the histogram: see SPIKE. Quantization alone leaves about as many weights of 0 as of +1 and of -1.
 */
export function existingZeros(weights: Weights): ExistingZeros {
  const { data, shape, zeroPoint } = weights;
  const mask = nonzeroMask(weights);
  const perFilter = data.length / shape[0];
  let emptyFilters = 0;
  let nonzero = 0;
  for (let at = 0; at < mask.length; at += perFilter) {
    const own = mask.subarray(at, at + perFilter).reduce((sum, bit) => sum + bit, 0);
    if (own === 0) emptyFilters++;
    nonzero += own;
  }
  const filters = shape[0] - emptyFilters;
  const rest = filters * perFilter;
  const zeros = rest - nonzero;
  const count = (value: number): number => data.reduce((sum, weight) => sum + (weight - zeroPoint === value ? 1 : 0), 0);
  const spike = zeros >= SPIKE.zeros && zeros >= SPIKE.share * rest && zeros >= SPIKE.ratio * Math.max(count(1), count(-1));
  const pattern = zeros === 0 ? undefined : findPattern(mask, shape, filters, nonzero / rest);
  return { all: data.length, nonzero, emptyFilters, pattern, spike, pruned: spike || pattern !== undefined };
}

/** "2:4, 50.0% of the weights kept". */
export const describeZeros = ({ all, nonzero, pattern }: ExistingZeros): string =>
  `${pattern === undefined ? 'no pattern' : `${pattern.n}:${pattern.m}`}, ${((100 * nonzero) / all).toFixed(1)}% of the weights kept`;

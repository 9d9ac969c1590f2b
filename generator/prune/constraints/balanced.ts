// SPDX-License-Identifier: Apache-2.0
/** Owns the balanced constraint: the same number of weights in every group of consecutive input channels. 2 of 4 is one of them. */

import { elementCount } from '../../tensor/tensor.js';
import { KeepRangeError } from '../errors.js';
import { markLargest, type Constraint, type MaskStorage, type StepRule, type WeightShape } from '../scheme.js';
import { binomial, bitsFor, choose, hypergeometric, meanLargest } from './expected.js';

export interface BalancedSettings {
  /** K: weights that stay of every group. */
  readonly keep: number;
  /** g: consecutive input channels of a group; it need not be the G of the hardware. */
  readonly group: number;
}

/** Weights that balanced K of g keeps in a layer of this shape; a tail group of r channels keeps min(K, r). */
export function balancedCount([outChannels, kernelHeight, kernelWidth, inChannels]: WeightShape, keep: number, groupSize: number): number {
  const whole = Math.floor(inChannels / groupSize);
  const tail = inChannels % groupSize;
  return outChannels * kernelHeight * kernelWidth * (whole * keep + Math.min(keep, tail));
}

/** Calls `visit` with the first position of every group and the one behind its last: consecutive input channels under one tap of one filter, the tail included. */
export function eachGroup(shape: WeightShape, groupSize: number, visit: (from: number, to: number) => void): void {
  const inChannels = shape[3];
  const all = elementCount(shape);
  for (let row = 0; row < all; row += inChannels) {
    for (let first = 0; first < inChannels; first += groupSize) visit(row + first, row + Math.min(first + groupSize, inChannels));
  }
}

/** Kept slots of `mask` from `from` to `to`; 1 each where there is no mask. */
function countKept(mask: Uint8Array | undefined, from: number, to: number): number {
  if (mask === undefined) return to - from;
  let sum = 0;
  for (let p = from; p < to; p++) sum += mask[p] as number;
  return sum;
}

/** The most kept slots that any group of g input channels has; at least 1. */
export function largestCount(mask: Uint8Array, shape: WeightShape, groupSize: number): number {
  let most = 1;
  eachGroup(shape, groupSize, (from, to) => { most = Math.max(most, countKept(mask, from, to)); });
  return most;
}

/** Bits that say which `keep` of each group stay. A tail group has its own, shorter numbers where the format allows. */
export function groupStorage(shape: WeightShape, keep: number, group: number): MaskStorage {
  const weights = balancedCount(shape, keep, group);
  const [outChannels, kernelHeight, kernelWidth, inChannels] = shape;
  const rows = outChannels * kernelHeight * kernelWidth;
  const [whole, tail] = [Math.floor(inChannels / group), inChannels % group];
  const numbers = (size: number): number => bitsFor(choose(size, Math.min(keep, size)));
  return {
    weights,
    weightBits: 8 * weights,
    indexBits: { direct: weights * bitsFor(group), bitmap: rows * inChannels, enumerative: rows * (whole * numbers(group) + numbers(tail)) },
  };
}

/** Steps of a word of G channels where every g channels keep K. */
function stepRule({ keep, group }: BalancedSettings, outChannels: number, taps: number, array: { readonly pes: number; readonly group: number }): StepRule {
  const pes = Math.min(array.pes, outChannels);
  if (array.group % group === 0) {
    return { taps, exact: true, slots: (size) => Math.floor(size / group) * keep + Math.min(keep, size % group) };
  }
  // A word is part of a group: how many of the kept ones fall into it is chance, and the PE with the most sets the pace.
  const chance = (size: number): number[] => (group % array.group === 0 ? hypergeometric(group, keep, size) : binomial(size, keep / group));
  return { taps, exact: keep === group, slots: (size) => (keep === group ? size : meanLargest(pes, chance(size))) };
}

/**
 * K of g: at a fixed (output channel, ky, kx), each group of g consecutive input channels keeps exactly
 * min(K, group's size) slots. A kept slot stays a slot when its weight is 0. Throws KeepRangeError.
 */
export function balanced({ keep, group }: BalancedSettings, where = '--prune'): Constraint {
  if (!Number.isInteger(group) || group < 2 || !Number.isInteger(keep) || keep < 1 || keep > group) throw new KeepRangeError(where, keep, group);
  const constraint: Constraint = {
    name: 'balanced',
    text: `balanced:${keep}/${group}`,
    description: `${keep} of every ${group} consecutive input channels`,
    project(scores, shape, within) {
      const mask = new Uint8Array(elementCount(shape));
      const sorted = new Float64Array(group);
      eachGroup(shape, group, (from, to) => { markLargest(scores, from, to, keep, within, mask, sorted); });
      return mask;
    },
    allows(mask, shape, within) {
      let allowed = mask.length === elementCount(shape);
      eachGroup(shape, group, (from, to) => {
        if (countKept(mask, from, to) !== Math.min(keep, countKept(within, from, to))) allowed = false;
        for (let p = from; p < to; p++) if (mask[p] === 1 && within?.[p] === 0) allowed = false;
      });
      return allowed;
    },
    kept: (shape) => balancedCount(shape, keep, group),
    contain(mask, shape, within) {
      const needed = largestCount(mask, shape, group);
      if (needed > keep) return undefined;
      const tightest = needed === keep ? constraint : balanced({ keep: needed, group }, where);
      // A mask as scores: its slots come first, ties fill up from the lower index.
      return { constraint: tightest, mask: tightest.project(mask, shape, within) };
    },
    denseReason: ([, , , inChannels]) => (inChannels < group ? `it has ${inChannels} input channels, fewer than a group of ${group}` : undefined),
    exchange(mask, shape) {
      const labels = new Int32Array(mask.length);
      let label = 0;
      eachGroup(shape, group, (from, to) => { labels.fill(label++, from, to); });
      return labels;
    },
    steps: ({ kernelHeight, kernelWidth, outChannels }, array) => stepRule({ keep, group }, outChannels, kernelHeight * kernelWidth, array),
    storage: (shape) => groupStorage(shape, keep, group),
  };
  return constraint;
}

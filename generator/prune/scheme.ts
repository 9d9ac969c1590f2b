// SPDX-License-Identifier: Apache-2.0
/** Owns what a pruning scheme is made of: a constraint (which masks are allowed, and what they cost) x a method (which weights stay). */

import type { ArrayShape, LawLayer, LayerLaw } from '../model/law.js';

/** Shape of weights in OHWI order: output channels, kernel rows, kernel columns, input channels of a filter. */
export type WeightShape = readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];

/**
 * Which masks are allowed, bound to its settings. A mask is OHWI, 1 = kept slot; a kept weight may be 0.
 * `within`, where it is given, is a mask too: only its slots may be kept.
 */
export interface Constraint {
  /** One word: `balanced`. */
  readonly name: string;
  /** What the command line takes: `balanced:2/8`. Reading it for the same array gives an equal constraint. */
  readonly text: string;
  /** A phrase for reports. */
  readonly description: string;
  /** The allowed mask of largest total score; scores are OHWI and non-negative. Ties go to the lower index. */
  project(scores: ArrayLike<number>, shape: WeightShape, within?: Uint8Array): Uint8Array;
  allows(mask: Uint8Array, shape: WeightShape, within?: Uint8Array): boolean;
  /** Slots of every allowed mask; undefined: it depends on the scores. */
  kept(shape: WeightShape): number | undefined;
  /** The allowed mask with all slots of `mask`, filled up where the count is exact; undefined: none has them. */
  contain(mask: Uint8Array, shape: WeightShape, within?: Uint8Array): Containment | undefined;
  /** Why no layer of this shape can be pruned so; undefined: it can. Such a layer stays dense. */
  denseReason(shape: WeightShape): string | undefined;
  /**
   * Slots that may change places: a kept one may move to a free one of the same label in the same filter, and the mask stays allowed. -1: it may not move.
   */
  exchange(mask: Uint8Array, shape: WeightShape): Int32Array;
  /** What is left of the schedule of a layer on this array, from shape and settings alone. */
  steps(layer: ConstraintLayer, array: ArrayShape): StepRule;
  /** What a layer takes in memory, from shape and settings alone. */
  storage(shape: WeightShape): MaskStorage;
}

/** A mask as a constraint sees it. */
export interface Containment {
  readonly mask: Uint8Array;
  /** The tightest constraint of its kind that holds the mask: 2 of 8 where 3 of 8 was asked for. */
  readonly constraint: Constraint;
}

/** The shape of a layer, as constraints see it. */
export type ConstraintLayer = Pick<LawLayer, 'kernelHeight' | 'kernelWidth' | 'inChannels' | 'outChannels'>;

/** Entries of the group schedule that a constraint leaves. */
export interface StepRule {
  /** Kernel taps that a tile of P filters visits under each word of G channels. */
  readonly taps: number;
  /** Steps of a visited word of which `size` channels belong to the layer. */
  slots(size: number): number;
  /** Holds for every allowed mask; otherwise the mean over masks at random places. */
  readonly exact: boolean;
}

/** Predicted steps and cycles of a layer under a constraint. */
export interface ConstraintCost {
  readonly law: LayerLaw;
  readonly exact: boolean;
}

/** Bits of a layer's kept weights and of what says where they are. Index formats that cannot hold the masks are absent. */
export interface MaskStorage {
  /** Kept weights. */
  readonly weights: number;
  /** 8 bits each. */
  readonly weightBits: number;
  /** By format: `direct`, `bitmap`, `enumerative`, `pattern`; `schedule`: no index, the schedule's entries say it. */
  readonly indexBits: Readonly<Record<string, number>>;
}

/**
 * Positions of the `count` largest of the scores at `positions` (ascending). Ties go to the lower position.
 * Returned in ascending order.
 */
export function largestOf(scores: ArrayLike<number>, positions: readonly number[], count: number): number[] {
  if (count >= positions.length) return [...positions];
  // Array.prototype.sort is stable, so equal scores keep their ascending order.
  return [...positions].sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, count).sort((a, b) => a - b);
}

/**
 * Marks in `mask` the `count` largest of the scores from `from` to `to`, of those that `within` has; all where they are no more. Ties go to the lower position.
 * @param sorted room for to - from numbers
 */
export function markLargest(scores: ArrayLike<number>, from: number, to: number, count: number, within: Uint8Array | undefined, mask: Uint8Array, sorted: Float64Array): void {
  let open = 0;
  for (let p = from; p < to; p++) if (within?.[p] !== 0) sorted[open++] = scores[p] as number;
  const own = sorted.subarray(0, open).sort();
  const least = open > count ? (own[open - count] as number) : -Infinity;
  // Of those that equal the least kept one, the first ones stay.
  let equal = count;
  for (let i = Math.max(0, open - count); i < open; i++) if ((own[i] as number) > least) equal--;
  for (let p = from; p < to; p++) {
    const score = scores[p] as number;
    if (within?.[p] !== 0 && (score > least || (score === least && equal-- > 0))) mask[p] = 1;
  }
}

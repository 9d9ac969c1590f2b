// SPDX-License-Identifier: Apache-2.0
/** Owns what a pruning scheme is made of: a constraint (which masks are allowed) and a method (which weights stay). */

import type { Weights, WeightedOp } from '../graph/network.js';

/** Shape of weights in OHWI order. */
export type WeightShape = Weights['shape'];

/** Which masks are allowed, as a projection: the best allowed mask for given scores. */
export interface Constraint {
  readonly name: string;
  readonly description: string;
  /** G: input channels that form a group. */
  readonly groupSize: number;
  /**
   * The allowed mask (OHWI, 1 = kept) of largest total score that keeps `keep` of every `groupSize`
   * weights; `scores` is OHWI and non-negative. Ties go to the lower index.
   */
  project(scores: ArrayLike<number>, shape: WeightShape, keep: number): Uint8Array;
  /**
   * The smallest K at which the kept slots of `mask` are allowed, and the allowed mask with all of them:
   * filled up with further slots where the constraint wants an exact number. K is `groupSize` where nothing less holds them.
   */
  contain(mask: Uint8Array, shape: WeightShape): Containment;
}

/** A mask as a constraint sees it. */
export interface Containment {
  readonly keep: number;
  readonly mask: Uint8Array;
}

/** How weights are chosen under a constraint. */
export interface PruningMethod {
  readonly name: string;
  readonly description: string;
  /** The mask of one layer; `project` is the constraint at this layer's K. */
  choose(op: WeightedOp, project: (scores: ArrayLike<number>) => Uint8Array): Uint8Array;
}

/**
 * Positions of the `count` largest of the `length` scores from `start` on.
 * Ties go to the lower position. Returned in ascending order.
 */
export function largestPositions(scores: ArrayLike<number>, start: number, length: number, count: number): number[] {
  const positions = Array.from({ length }, (_, i) => start + i);
  // Array.prototype.sort is stable, so equal scores keep their ascending order.
  positions.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  return positions.slice(0, count).sort((a, b) => a - b);
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what pruning gives: a mask for every layer, and what each keeps in words and for the cycle law. */

import type { Network } from '../graph/network.js';
import { weightedOps } from '../graph/query.js';
import type { LawKeep } from '../model/law.js';
import { maskSteps } from '../model/mask-law.js';
import type { Constraint, WeightShape } from './scheme.js';

/** What a layer keeps: K of every group of G, all, or a constraint in words: `pattern:4@tile`. */
export type Keep = number | 'dense' | (string & {});

export interface PruneResult {
  /** G of the hardware. */
  readonly groupSize: number;
  /** The names of the constraints that were asked for. */
  readonly constraint: string;
  readonly method: string;
  /** One per weighted layer, dense ones included: OHWI, 1 = kept slot. A kept weight may be 0. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** One per weighted layer. */
  readonly keep: ReadonlyMap<string, Keep>;
  /** One per layer that is not dense, where they are known. */
  readonly constraints?: ReadonlyMap<string, Constraint>;
  /** Layers that were pruned already and whose own zeros are the mask. */
  readonly existing?: ReadonlySet<string>;
}

/** Whether a mask prunes nothing: such a layer is dense. */
export const keepsAll = (mask: Uint8Array): boolean => !mask.includes(0);

/** K of G where the constraint is that, dense where there is none, its text otherwise. */
export function keepOfConstraint(constraint: Constraint | undefined, group: number): Keep {
  if (constraint === undefined) return 'dense';
  const [, keep] = new RegExp(`^balanced:(\\d+)/${group}$`).exec(constraint.text) ?? [];
  return keep === undefined ? constraint.text : Number(keep);
}

/** What the cycle law has to know of every layer that was pruned. */
export function lawKeeps(network: Network, prune: PruneResult | undefined): Map<string, LawKeep> {
  const shapes = new Map(weightedOps(network).map(({ name, weights: { shape } }) => [name, shape]));
  return new Map([...(prune?.keep ?? [])].map(([name, keep]) => [name, lawKeep(keep, prune?.masks.get(name) as Uint8Array, shapes.get(name) as WeightShape)]));
}

/** For the cycle law: K of G, dense, or the steps that the mask itself needs in lockstep. */
export function lawKeep(keep: Keep, mask: Uint8Array, shape: WeightShape): LawKeep {
  if (typeof keep === 'number') return keep;
  return keep === 'dense' ? 'dense' : { tileSteps: (array) => maskSteps(mask, shape, array) };
}

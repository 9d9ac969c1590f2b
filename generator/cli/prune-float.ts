// SPDX-License-Identifier: Apache-2.0
/** Owns the pruning of a float network as a command line asks for it. */
import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../float/network.js';
import { magnitude } from '../prune/methods/magnitude.js';
import { pruneFloatNetwork } from '../prune/prune-float.js';
import type { Keep } from '../prune/result.js';
import { planAsAsked, type KeepChoice, type PruneArray } from './keep-option.js';

export interface FloatPruning {
  readonly constraint: string;
  readonly method: string;
  readonly groupSize: number;
  /** One per operator with weights, dense ones included: OHWI, 1 = kept. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  readonly keep: ReadonlyMap<string, Keep>;
}

/**
 * The masks of a choice by magnitude; `existing` keeps the weights that are not 0. The network is not folded here, so that its file keeps its operators.
 * @throws the errors of `planAsAsked`, UnknownOpError, DenseLayerError
 */
export function pruneFloat(network: FloatNetwork, choice: KeepChoice, constraint: 'balanced' | 'unconstrained', array: PruneArray): FloatPruning {
  const { masks, keep, constraint: name, groupSize } = pruneFloatNetwork(network, planAsAsked(choice, constraint, array), magnitude, [], { fold: false });
  return { constraint: name, method: magnitude.name, groupSize, masks, keep };
}

/** The network with every weight outside its mask 0. */
export function maskedFloat(network: FloatNetwork, masks: ReadonlyMap<string, Uint8Array>): FloatNetwork {
  const masked = (op: FloatOp): FloatOp => {
    const mask = masks.get(op.name);
    return mask === undefined || !isFloatWeighted(op) ? op : { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => (mask[i] === 1 ? weight : 0)) } };
  };
  return { ...network, ops: network.ops.map(masked) };
}

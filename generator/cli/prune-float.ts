// SPDX-License-Identifier: Apache-2.0
/** Owns the pruning of a float network as a command line asks for it. */
import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../float/network.js';
import type { Network } from '../graph/network.js';
import { balanced } from '../prune/constraints/balanced.js';
import { unconstrained } from '../prune/constraints/unconstrained.js';
import { resolveKeep, type Keep } from '../prune/prune.js';
import { elementCount } from '../tensor/tensor.js';
import type { KeepChoice } from './keep-option.js';

export interface FloatPruning {
  readonly constraint: string;
  readonly method: string;
  readonly groupSize: number;
  /** One per operator with weights, dense ones included: OHWI, 1 = kept. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  readonly keep: ReadonlyMap<string, Keep>;
}

/**
 * The masks of a choice by magnitude; `existing` keeps the weights that are not 0.
 * @throws KeepRangeError, UnknownOpError, KeepOnDenseLayerError
 */
export function pruneFloat(network: FloatNetwork, choice: KeepChoice, constraint: 'balanced' | 'unconstrained', groupSize: number): FloatPruning {
  const rule = constraint === 'balanced' ? balanced(groupSize) : unconstrained(groupSize);
  // Names, kinds and shapes of weights are all that it reads, and they are the same in both networks.
  const requests = resolveKeep(network as unknown as Network, { default: choice.default ?? groupSize, layers: choice.layers }, groupSize);
  const masks = new Map<string, Uint8Array>();
  const keep = new Map<string, Keep>();
  for (const { name, weights: { shape, data } } of network.ops.filter(isFloatWeighted)) {
    const request = requests.get(name) ?? 'dense';
    const own = request === 'existing' ? rule.contain(Uint8Array.from(data, (weight) => (weight === 0 ? 0 : 1)), shape) : undefined;
    const kept = own?.keep ?? (request as Keep);
    const isDense = kept === 'dense' || kept === groupSize;
    keep.set(name, isDense ? 'dense' : kept);
    masks.set(name, isDense ? new Uint8Array(elementCount(shape)).fill(1) : (own?.mask ?? rule.project(data.map(Math.abs), shape, kept)));
  }
  return { constraint: rule.name, method: 'magnitude', groupSize, masks, keep };
}

/** The network with every weight outside its mask 0. */
export function maskedFloat(network: FloatNetwork, masks: ReadonlyMap<string, Uint8Array>): FloatNetwork {
  const masked = (op: FloatOp): FloatOp => {
    const mask = masks.get(op.name);
    return mask === undefined || !isFloatWeighted(op) ? op : { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => (mask[i] === 1 ? weight : 0)) } };
  };
  return { ...network, ops: network.ops.map(masked) };
}

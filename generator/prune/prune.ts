// SPDX-License-Identifier: Apache-2.0
/** Owns pruning of a network: which layers are pruned, at which K, and what the masks do to it. */

import { DefectError } from '../core/errors.js';
import { UnknownOpError } from '../graph/errors.js';
import { isWeighted, type Network, type Op, type WeightedOp } from '../graph/network.js';
import { weightedOps } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';
import { KeepOnDenseLayerError, KeepRangeError, MaskShapeError } from './errors.js';
import type { Constraint, PruningMethod } from './scheme.js';

/** K for every layer, and other K for named ones. K = G leaves a layer dense. */
export interface KeepPlan {
  readonly default: number;
  readonly layers: ReadonlyMap<string, number>;
}

/** What a layer keeps: K of every group, or all. */
export type Keep = number | 'dense';

export interface PruneResult {
  readonly groupSize: number;
  readonly constraint: string;
  readonly method: string;
  /** One per weighted layer, dense ones included: OHWI, 1 = kept slot. A kept weight may be 0. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** One per weighted layer. */
  readonly keep: ReadonlyMap<string, Keep>;
}

/** Why a layer is never pruned at this group size, or undefined when it may be. */
export function denseReason(op: WeightedOp, groupSize: number): string | undefined {
  if (op.kind === 'depthwise-conv2d') return 'a depthwise filter reads one channel, which is no group';
  const inChannels = op.weights.shape[3];
  if (inChannels < groupSize) return `it has ${inChannels} input channels, fewer than a group of ${groupSize}`;
  return undefined;
}

/** What each weighted layer keeps under a plan. Throws KeepRangeError, UnknownOpError, KeepOnDenseLayerError. */
export function resolveKeep(network: Network, plan: KeepPlan, groupSize: number): Map<string, Keep> {
  const check = (where: string, keep: number): void => {
    if (!Number.isInteger(keep) || keep < 1 || keep > groupSize) throw new KeepRangeError(where, keep, groupSize);
  };
  check('--keep', plan.default);
  const ops = weightedOps(network);
  for (const [name, keep] of plan.layers) {
    const op = ops.find((candidate) => candidate.name === name);
    if (op === undefined) throw new UnknownOpError('--keep', name, ops.map((candidate) => candidate.name));
    check(`--keep ${name}`, keep);
    const reason = denseReason(op, groupSize);
    if (reason !== undefined && keep !== groupSize) throw new KeepOnDenseLayerError(name, keep, reason);
  }
  return new Map(
    ops.map((op) => {
      const keep = plan.layers.get(op.name) ?? plan.default;
      return [op.name, keep === groupSize || denseReason(op, groupSize) !== undefined ? 'dense' : keep];
    }),
  );
}

/** Chooses a mask for every weighted layer of a valid network. */
export function pruneNetwork(network: Network, constraint: Constraint, method: PruningMethod, plan: KeepPlan): PruneResult {
  const keep = resolveKeep(network, plan, constraint.groupSize);
  const masks = new Map<string, Uint8Array>();
  for (const op of weightedOps(network)) {
    const { shape } = op.weights;
    const layerKeep = keep.get(op.name);
    if (layerKeep === undefined) throw new DefectError('pruneNetwork', `${op.name} has no K`);
    masks.set(
      op.name,
      layerKeep === 'dense'
        ? new Uint8Array(elementCount(shape)).fill(1)
        : method.choose(op, (scores) => constraint.project(scores, shape, layerKeep)),
    );
  }
  return { groupSize: constraint.groupSize, constraint: constraint.name, method: method.name, masks, keep };
}

/** The network with every weight outside its mask set to 0 (that is, to its zero point); layers without a mask are untouched. */
export function applyMasks(network: Network, masks: ReadonlyMap<string, Uint8Array>): Network {
  const names = new Set(weightedOps(network).map((op) => op.name));
  for (const name of masks.keys()) if (!names.has(name)) throw new UnknownOpError('applyMasks', name, [...names]);
  const masked = (op: Op): Op => {
    const mask = masks.get(op.name);
    if (mask === undefined || !isWeighted(op)) return op;
    const { data, zeroPoint } = op.weights;
    if (mask.length !== data.length) throw new MaskShapeError(op.name, mask.length, data.length);
    return { ...op, weights: { ...op.weights, data: data.map((weight, i) => (mask[i] === 1 ? weight : zeroPoint)) } };
  };
  return { ...network, ops: network.ops.map(masked) };
}

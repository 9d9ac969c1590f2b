// SPDX-License-Identifier: Apache-2.0
/** Owns pruning of a network: which layers are pruned, at which K, and what the masks do to it. */

import { DefectError } from '../core/errors.js';
import { UnknownOpError } from '../graph/errors.js';
import { isWeighted, type Network, type Op, type WeightedOp } from '../graph/network.js';
import { weightedOps } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';
import { KeepOnDenseLayerError, KeepRangeError, MaskShapeError, RepruneError, type RepruneProblem } from './errors.js';
import { describeZeros, existingZeros, nonzeroMask } from './existing-zeros.js';
import type { Constraint, PruningMethod } from './scheme.js';

/** K of every group, or the zeros that the model has: 'existing' keeps every nonzero weight of a pruned layer, and all of any other. */
export type KeepRequest = number | 'existing';

/** What to keep of every layer, and of named ones. K = G leaves a layer dense. */
export interface KeepPlan {
  readonly default: KeepRequest;
  readonly layers: ReadonlyMap<string, KeepRequest>;
}

/** What a layer keeps: K of every group, or all. */
export type Keep = number | 'dense';

export interface PruneOptions {
  /** Prune layers again that are pruned already (default false: their zeros stay as they are, or the request is refused). */
  readonly reprune?: boolean;
}

export interface PruneResult {
  readonly groupSize: number;
  readonly constraint: string;
  readonly method: string;
  /** One per weighted layer, dense ones included: OHWI, 1 = kept slot. A kept weight may be 0. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** One per weighted layer. */
  readonly keep: ReadonlyMap<string, Keep>;
  /** Layers that were pruned already and whose own zeros are the mask. */
  readonly existing?: ReadonlySet<string>;
}

/** Why a layer is never pruned at this group size, or undefined when it may be. */
export function denseReason(op: WeightedOp, groupSize: number): string | undefined {
  if (op.kind === 'depthwise-conv2d') return 'a depthwise filter reads one channel, which is no group';
  const inChannels = op.weights.shape[3];
  if (inChannels < groupSize) return `it has ${inChannels} input channels, fewer than a group of ${groupSize}`;
  return undefined;
}

/** What is asked of each weighted layer under a plan. Throws KeepRangeError, UnknownOpError, KeepOnDenseLayerError. */
export function resolveKeep(network: Network, plan: KeepPlan, groupSize: number): Map<string, Keep | 'existing'> {
  const check = (where: string, keep: KeepRequest): void => {
    if (keep !== 'existing' && (!Number.isInteger(keep) || keep < 1 || keep > groupSize)) throw new KeepRangeError(where, keep, groupSize);
  };
  check('--keep', plan.default);
  const ops = weightedOps(network);
  for (const [name, keep] of plan.layers) {
    const op = ops.find((candidate) => candidate.name === name);
    if (op === undefined) throw new UnknownOpError('--keep', name, ops.map((candidate) => candidate.name));
    check(`--keep ${name}`, keep);
    const reason = denseReason(op, groupSize);
    if (reason !== undefined && keep !== groupSize && keep !== 'existing') throw new KeepOnDenseLayerError(name, keep, reason);
  }
  return new Map(
    ops.map((op) => {
      const keep = plan.layers.get(op.name) ?? plan.default;
      return [op.name, keep === groupSize || denseReason(op, groupSize) !== undefined ? 'dense' : keep];
    }),
  );
}

/**
 * Chooses a mask for every weighted layer of a valid network. A layer that is pruned already (`existingZeros`) keeps its own zeros
 * when they satisfy the constraint at the K that is asked for; where the request would make further zeros of its weights it is refused,
 * unless `reprune` says so. Throws RepruneError that lists every such layer.
 */
export function pruneNetwork(network: Network, constraint: Constraint, method: PruningMethod, plan: KeepPlan, { reprune = false }: PruneOptions = {}): PruneResult {
  const requests = resolveKeep(network, plan, constraint.groupSize);
  const masks = new Map<string, Uint8Array>();
  const keep = new Map<string, Keep>();
  const existing = new Set<string>();
  const problems: RepruneProblem[] = [];
  for (const op of weightedOps(network)) {
    const { shape } = op.weights;
    const request = requests.get(op.name);
    if (request === undefined) throw new DefectError('pruneNetwork', `${op.name} has no K`);
    const zeros = request === 'dense' || (reprune && request !== 'existing') ? undefined : existingZeros(op.weights);
    const own = zeros?.pruned === true ? constraint.contain(nonzeroMask(op.weights), shape) : undefined;
    const most = request === 'existing' ? constraint.groupSize - 1 : request;
    if (own !== undefined && most !== 'dense' && own.keep <= most) {
      masks.set(op.name, own.mask);
      keep.set(op.name, own.keep);
      existing.add(op.name);
    } else if (typeof request === 'string') {
      masks.set(op.name, new Uint8Array(elementCount(shape)).fill(1));
      keep.set(op.name, 'dense');
    } else {
      const mask = method.choose(op, (scores) => constraint.project(scores, shape, request));
      masks.set(op.name, mask);
      keep.set(op.name, request);
      if (zeros !== undefined && own !== undefined) problems.push({ layer: op.name, found: describeZeros(zeros), keep: request, lost: lostWeights(op, mask), fits: own.keep });
    }
  }
  if (problems.length > 0) throw new RepruneError(constraint.groupSize, problems);
  return { groupSize: constraint.groupSize, constraint: constraint.name, method: method.name, masks, keep, existing };
}

/** Nonzero weights outside a mask. */
const lostWeights = ({ weights: { data, zeroPoint } }: WeightedOp, mask: Uint8Array): number =>
  data.reduce((sum, weight, i) => sum + (weight !== zeroPoint && mask[i] === 0 ? 1 : 0), 0);

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

// SPDX-License-Identifier: Apache-2.0
/** Owns pruning of an int8 network by magnitude: which layers are pruned, under which constraint, and what the masks do to it. */

import { DefectError } from '../core/errors.js';
import { UnknownOpError } from '../graph/errors.js';
import { isWeighted, type Network, type Op, type WeightedOp } from '../graph/network.js';
import { weightedOps } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';
import { largestCount } from './constraints/balanced.js';
import { MaskShapeError, RepruneError, type RepruneProblem } from './errors.js';
import { describeZeros, existingZeros, nonzeroMask } from './existing-zeros.js';
import { magnitude, magnitudeScores } from './methods/magnitude.js';
import { isConstraint, isExisting, optionOf, resolvePlan, tightest, type PrunePlan } from './plan.js';
import { keepOfConstraint, keepsAll, type PruneResult } from './result.js';
import type { Constraint } from './scheme.js';

export type { Keep, PruneResult } from './result.js';

export interface PruneOptions {
  /** Prune layers again that are pruned already (default false: their zeros stay as they are, or the request is refused). */
  readonly reprune?: boolean;
}

/** The names of a plan's constraints, the default's first; `dense` where there is none. */
export function planText({ default: first, layers }: PrunePlan): string {
  const names = [first, ...layers.values()].flatMap((request) => (isConstraint(request) ? [request.name] : isExisting(request) ? [request.existing] : []));
  return [...new Set(names)].join(', ') || 'dense';
}

/**
 * Chooses a mask for every weighted layer of a valid network. A layer that is pruned already (`existingZeros`) keeps its own zeros
 * when they satisfy the constraint that is asked for; where the request would make further zeros of its weights it is refused,
 * unless `reprune` says so. A layer that keeps all of its weights is dense, whatever was asked. Throws RepruneError that lists every such layer, UnknownOpError, DenseLayerError.
 */
export function pruneNetwork(network: Network, plan: PrunePlan, { reprune = false }: PruneOptions = {}): PruneResult {
  const requests = resolvePlan(weightedOps(network), plan);
  const masks = new Map<string, Uint8Array>();
  const constraints = new Map<string, Constraint>();
  const existing = new Set<string>();
  const problems: RepruneProblem[] = [];
  for (const op of weightedOps(network)) {
    const { shape } = op.weights;
    const request = requests.get(op.name);
    if (request === undefined) throw new DefectError('pruneNetwork', `nothing is asked of ${op.name}`);
    const zeros = request === 'dense' || (reprune && !isExisting(request)) ? undefined : existingZeros(op.weights);
    const nonzero = zeros?.pruned === true ? nonzeroMask(op.weights) : undefined;
    const own = nonzero === undefined || request === 'dense' ? undefined : isExisting(request) ? tightest(request, nonzero, shape, plan.group) : request.contain(nonzero, shape);
    if (own !== undefined && keepsAll(own.mask)) {
      masks.set(op.name, own.mask);
    } else if (own !== undefined) {
      masks.set(op.name, own.mask);
      constraints.set(op.name, own.constraint);
      existing.add(op.name);
    } else if (!isConstraint(request)) {
      masks.set(op.name, new Uint8Array(elementCount(shape)).fill(1));
    } else {
      const mask = request.project(magnitudeScores(op.weights), shape);
      masks.set(op.name, mask);
      if (!keepsAll(mask)) constraints.set(op.name, request);
      if (zeros !== undefined && nonzero !== undefined) problems.push({ layer: op.name, found: describeZeros(zeros), asked: request.text, lost: lostWeights(op, mask), fits: largestCount(nonzero, shape, plan.group) });
    }
  }
  if (problems.length > 0) throw new RepruneError(plan.group, problems, [...new Set(problems.map(({ layer }) => optionOf(plan, layer)))].join(' and '));
  const keep = new Map([...masks.keys()].map((name) => [name, keepOfConstraint(constraints.get(name), plan.group)]));
  return { groupSize: plan.group, constraint: planText(plan), method: magnitude.name, masks, keep, constraints, existing };
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

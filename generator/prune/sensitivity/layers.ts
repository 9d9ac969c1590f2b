// SPDX-License-Identifier: Apache-2.0
/** Owns which layers a target may choose K for, what the others keep, and what a choice keeps in all. */

import { isFloatWeighted, type FloatNetwork, type FloatWeightedOp } from '../../float/network.js';
import { elementCount } from '../../tensor/tensor.js';
import { balanced, balancedCount } from '../constraints/balanced.js';
import { denseReason, isConstraint, keepOf, resolvePlan, type LayerRequest, type PrunePlan } from '../plan.js';
import { keepOfConstraint, type Keep } from '../result.js';
import type { WeightShape } from '../scheme.js';

/** A layer whose K is chosen. */
export interface FreeLayer {
  readonly name: string;
  readonly shape: WeightShape;
  readonly all: number;
  /** Weights that K of every group keeps; all at K = G. */
  kept(keep: number): number;
}

/** A layer that stays as it is. */
export interface FixedLayer {
  readonly name: string;
  readonly all: number;
  readonly kept: number;
  readonly keep: Keep;
  readonly reason: string;
}

export interface TargetLayers {
  /** All of them, as they run. */
  readonly order: readonly (FreeLayer | FixedLayer)[];
  readonly free: readonly FreeLayer[];
  readonly fixed: readonly FixedLayer[];
  /** Weights of all layers. */
  readonly all: number;
  /** Weights that the fixed layers keep. */
  readonly fixedKept: number;
}

/** K by layer; K = G is dense. */
export type KeepByLayer = ReadonlyMap<string, number>;

/** Slots that a request leaves of a layer; where the constraint does not say, by magnitude. */
function keptBy(request: LayerRequest, { weights: { data, shape } }: FloatWeightedOp): number {
  if (isConstraint(request)) return request.kept(shape) ?? request.project(data.map(Math.abs), shape).reduce((sum, bit) => sum + bit, 0);
  return request === 'dense' ? data.length : data.reduce((sum, weight) => sum + (weight === 0 ? 0 : 1), 0);
}

/** `named`: what is asked of layers by name; their K is not chosen. Throws UnknownOpError, DenseLayerError. */
export function targetLayers(network: FloatNetwork, named: ReadonlyMap<string, LayerRequest>, group: number): TargetLayers {
  const weighted = network.ops.filter(isFloatWeighted);
  const least = balanced({ keep: 1, group });
  const requests = resolvePlan(weighted, { group, default: least, layers: named });
  const order = weighted.map((op): FreeLayer | FixedLayer => {
    const { name, weights: { shape } } = op;
    const all = elementCount(shape);
    const request = requests.get(name) as LayerRequest;
    if (named.has(name)) return { name, all, kept: keptBy(request, op), keep: isConstraint(request) ? keepOfConstraint(request, group) : request === 'dense' ? request : request.existing, reason: 'it is named on the command line' };
    if (request === 'dense') return { name, all, kept: all, keep: 'dense', reason: denseReason(op, least, group) ?? '' };
    return { name, shape, all, kept: (keep) => balancedCount(shape, keep, group) };
  });
  const free = order.flatMap((layer) => ('reason' in layer ? [] : [layer]));
  const fixed = order.flatMap((layer) => ('reason' in layer ? [layer] : []));
  return { order, free, fixed, all: order.reduce((sum, layer) => sum + layer.all, 0), fixedKept: fixed.reduce((sum, layer) => sum + layer.kept, 0) };
}

export const keptOf = ({ free, fixedKept }: TargetLayers, keeps: KeepByLayer): number => free.reduce((sum, layer) => sum + layer.kept(keeps.get(layer.name) as number), fixedKept);

/** The plan of a choice; layers that are neither chosen nor named are dense. */
export const planOf = (keeps: KeepByLayer, named: ReadonlyMap<string, LayerRequest>, group: number): PrunePlan => ({
  group, default: 'dense', layers: new Map([...named, ...[...keeps].map(([name, keep]) => [name, keepOf('balanced', keep, group)] as const)]),
});

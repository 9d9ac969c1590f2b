// SPDX-License-Identifier: Apache-2.0
/** Owns what is asked of every layer: a constraint by default and by name, and the layers that stay dense all the same. */

import { UnknownOpError } from '../graph/errors.js';
import { balanced, largestCount } from './constraints/balanced.js';
import { unconstrained } from './constraints/unconstrained.js';
import { DenseLayerError } from './errors.js';
import type { Constraint, Containment, WeightShape } from './scheme.js';

/** The zeros that a layer has, as masks of this kind: K of G, or any. A layer without zeros of its own is dense. */
export interface ExistingRequest {
  readonly existing: 'balanced' | 'unconstrained';
}

export type LayerRequest = Constraint | 'dense' | ExistingRequest;

/** What to keep of every layer, and of named ones. */
export interface PrunePlan {
  /** G of the hardware. */
  readonly group: number;
  readonly default: LayerRequest;
  readonly layers: ReadonlyMap<string, LayerRequest>;
  /** The options that asked, for messages; absent: --keep. */
  readonly options?: { readonly default: string | undefined; readonly layers: ReadonlyMap<string, string> };
}

/** An operator with weights, integer or float. */
export interface WeightedLayer {
  readonly name: string;
  readonly kind: 'conv2d' | 'depthwise-conv2d' | 'fully-connected';
  readonly weights: { readonly shape: WeightShape };
}

export const isExisting = (request: LayerRequest): request is ExistingRequest => typeof request === 'object' && 'existing' in request;
export const isConstraint = (request: LayerRequest): request is Constraint => typeof request === 'object' && 'project' in request;

/** K of every group of G where K < G, dense at K = G, or the zeros that are there. Throws KeepRangeError. */
export const keepOf = (kind: ExistingRequest['existing'], keep: number | 'existing', group: number, where = '--keep'): LayerRequest => {
  if (keep === 'existing') return { existing: kind };
  const constraint = kind === 'balanced' ? balanced({ keep, group }, where) : unconstrained({ keep, group }, where);
  return keep === group ? 'dense' : constraint;
};

/** A plan of K of G: by default, and by name. Throws KeepRangeError. */
export const keepPlan = (group: number, keep: number | 'existing', layers: Readonly<Record<string, number | 'existing'>> = {}, kind: ExistingRequest['existing'] = 'balanced'): PrunePlan => ({
  group,
  default: keepOf(kind, keep, group),
  layers: new Map(Object.entries(layers).map(([name, own]) => [name, keepOf(kind, own, group, `--keep ${name}`)])),
});

/** The option that asked something of a layer, for messages. */
export const optionOf = ({ options, layers }: PrunePlan, layer: string): string => (layers.has(layer) ? options?.layers.get(layer) : options?.default) ?? '--keep';

/** Why a layer is never pruned, or undefined when it may be. */
export function denseReason({ kind, weights: { shape } }: WeightedLayer, request: LayerRequest, group: number): string | undefined {
  if (kind === 'depthwise-conv2d') return 'a depthwise filter reads one channel, which is no group';
  if (isConstraint(request)) return request.denseReason(shape);
  return shape[3] < group ? `it has ${shape[3]} input channels, fewer than a group of ${group}` : undefined;
}

/** What is asked of each layer: layers that cannot be pruned are dense, unless they are named. Throws UnknownOpError, DenseLayerError. */
export function resolvePlan(layers: readonly WeightedLayer[], plan: PrunePlan): Map<string, LayerRequest> {
  for (const [name, request] of plan.layers) {
    const layer = layers.find((candidate) => candidate.name === name);
    if (layer === undefined) throw new UnknownOpError(optionOf(plan, name), name, layers.map((candidate) => candidate.name));
    const reason = denseReason(layer, request, plan.group);
    if (reason !== undefined && isConstraint(request)) throw new DenseLayerError(name, request.text, reason);
  }
  return new Map(
    layers.map((layer) => {
      const request = plan.layers.get(layer.name) ?? plan.default;
      return [layer.name, denseReason(layer, request, plan.group) === undefined ? request : 'dense'];
    }),
  );
}

/** The tightest masks of a kind that hold the kept slots of `mask`; undefined: only the dense layer does. */
export function tightest({ existing }: ExistingRequest, mask: Uint8Array, shape: WeightShape, group: number): Containment | undefined {
  const keep = largestCount(mask, shape, group);
  if (existing === 'balanced') return keep === group ? undefined : balanced({ keep, group }).contain(mask, shape);
  const kept = mask.reduce((sum, bit) => sum + bit, 0);
  return kept === mask.length || kept === 0 ? undefined : unconstrained({ density: kept / mask.length }).contain(mask, shape);
}

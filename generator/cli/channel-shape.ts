// SPDX-License-Identifier: Apache-2.0
/** Owns the channels of a float network as a command line asks for them: first fewer of them, then another order. */
import { isFloatWeighted, type FloatNetwork } from '../float/network.js';
import { calibrationScores, orderFilters, permuteChannels, pruneChannels, type ClassReport } from '../prune/channels/index.js';
import { denseReason, isConstraint, type ExistingRequest, type LayerRequest, type PrunePlan } from '../prune/plan.js';
import type { FloatPruneProgress } from '../prune/prune-float.js';
import type { Constraint } from '../prune/scheme.js';
import { planAsAsked, type KeepChoice, type PruneArray } from './keep-option.js';
import { UsageError } from './usage-error.js';

export interface ShapedChannels {
  readonly network: FloatNetwork;
  /** Undefined: none were cut. */
  readonly classes: readonly ClassReport[] | undefined;
}

export interface ShapeRequest {
  readonly choice: KeepChoice | undefined;
  readonly constraint: ExistingRequest['existing'];
  readonly array: PruneArray;
  readonly calibration: readonly Float32Array[];
  readonly onProgress?: (progress: FloatPruneProgress) => void;
}

/** K and g of a constraint, or of the balanced part of a composition. */
function balancedPart({ text }: Constraint): { readonly keep: number; readonly group: number } | undefined {
  const [, keep, group] = /(?:^|\+)balanced:(\d+)\/(\d+)/.exec(text) ?? [];
  return keep === undefined || group === undefined ? undefined : { keep: Number(keep), group: Number(group) };
}

function permuted(network: FloatNetwork, plan: PrunePlan, { choice, array, calibration }: ShapeRequest): FloatNetwork {
  const requests = new Map(network.ops.filter(isFloatWeighted).map((op): [string, LayerRequest] => {
    const request = plan.layers.get(op.name) ?? plan.default;
    return [op.name, denseReason(op, request, plan.group) === undefined ? request : 'dense'];
  }));
  const constraints = new Map([...requests].flatMap(([name, request]): [string, Constraint][] => (isConstraint(request) ? [[name, request]] : [])));
  const groups = new Map([...constraints].map(([name, one]) => [name, balancedPart(one)]));
  const free = network.ops.filter(isFloatWeighted).filter(({ name }) => constraints.get(name)?.name === 'unconstrained');
  if (free.length === 0 && [...groups.values()].every((one) => one === undefined)) {
    throw new UsageError('--permute puts channels in order for balanced or unconstrained pruning, and no layer is pruned so', 'Add --prune balanced:2/8, or leave out --permute.');
  }
  if (free.length > 0) {
    if ([...groups.values()].some((one) => one !== undefined)) throw new UsageError('--permute has one order for channels, and some layers are pruned balanced, others unconstrained', 'Leave out --permute, or use one of the two.');
    const masks = new Map(free.map((op) => [op.name, (constraints.get(op.name) as Constraint).project(op.weights.data.map(Math.abs), op.weights.shape)]));
    return orderFilters(network, masks, array).network;
  }
  // What a method sees in the weights, the order should see too.
  const seen = choice?.method.needs === 'problem' ? calibrationScores(network, calibration) : { network, scores: undefined };
  return permuteChannels(seen.network, ({ name }) => groups.get(name), seen.scores).network;
}

/** The network with the channels that `choice` asks for. Throws ChannelShareError, UsageError and the errors of `planAsAsked`. */
export function shapeChannels(network: FloatNetwork, request: ShapeRequest): ShapedChannels {
  const { choice, constraint, array, calibration, onProgress } = request;
  const channels = choice?.channels;
  if (choice === undefined || channels === undefined) return { network, classes: undefined };
  let shaped: ShapedChannels = { network, classes: undefined };
  if (channels.share !== undefined) {
    const byCost = choice.method.needs === 'problem';
    shaped = pruneChannels(network, {
      share: channels.share, of: channels.of, inMultiple: array.group, outMultiple: array.pes, ...(byCost ? { calibration } : {}),
      ...(onProgress === undefined ? {} : { onProgress: ({ layer, done, all }) => onProgress({ layer: `channels, ${layer}`, done, all }) }),
    });
  }
  return channels.permute ? { ...shaped, network: permuted(shaped.network, planAsAsked(choice, constraint, array), request) } : shaped;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the channels of a float network as a command line asks for them: first fewer of them, then another order. */
import { isFloatWeighted, type FloatNetwork } from '../float/network.js';
import { allowsAnyOrder, balancedPart, orderFilters, permuteForPlan, pruneChannels, sharesByFilter, type ClassReport } from '../prune/channels/index.js';
import { isConstraint, resolvePlan, type ExistingRequest, type PrunePlan } from '../prune/plan.js';
import type { FloatPruneProgress } from '../prune/prune-float.js';
import type { Constraint } from '../prune/scheme.js';
import { planAsAsked, requirePruned, type KeepChoice, type PruneArray } from './keep-option.js';
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

/** Filters in order, for masks of magnitude. Throws UsageError where another method would choose other patterns. */
function ordered(network: FloatNetwork, constraints: ReadonlyMap<string, Constraint>, { choice, array }: ShapeRequest): FloatNetwork {
  const byFilter = [...constraints.values()].find(sharesByFilter);
  if (byFilter !== undefined && choice?.method.needs === 'problem') {
    throw new UsageError(
      `--permute orders filters by the patterns that magnitude chooses, and --method ${choice.method.name} chooses others`,
      `Prune first (gen-accel prune --method ${choice.method.name} --prune ${byFilter.text}), then order what that wrote: --permute --prune ${byFilter.text}.`,
    );
  }
  const masks = new Map(network.ops.filter(isFloatWeighted).flatMap((op): [string, Uint8Array][] => {
    const mask = constraints.get(op.name)?.project(op.weights.data.map(Math.abs), op.weights.shape);
    return mask === undefined ? [] : [[op.name, mask]];
  }));
  const result = orderFilters(network, masks, array);
  // Filters in another order could get other patterns when they are chosen again: the weights outside go now.
  return { ...result.network, ops: result.network.ops.map((op) => {
    const constraint = constraints.get(op.name);
    const mask = result.masks.get(op.name);
    if (!isFloatWeighted(op) || constraint === undefined || mask === undefined || !sharesByFilter(constraint)) return op;
    return { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => (mask[i] === 1 ? weight : 0)) } };
  }) };
}

function permuted(network: FloatNetwork, plan: PrunePlan, request: ShapeRequest): FloatNetwork {
  const layers = network.ops.filter(isFloatWeighted);
  if (request.choice !== undefined) requirePruned(request.choice, plan, network.name, layers);
  const requests = [...resolvePlan(layers, plan)];
  const constraints = new Map(requests.flatMap(([name, asked]): [string, Constraint][] => (isConstraint(asked) ? [[name, asked]] : [])));
  const free = new Map([...constraints].filter(([, one]) => allowsAnyOrder(one)));
  const hasGroups = [...constraints.values()].some((one) => balancedPart(one) !== undefined);
  if (free.size === 0 && !hasGroups) {
    throw new UsageError('--permute puts channels in order for balanced or unconstrained pruning and for patterns by filter or kernel, and no layer is pruned so', 'Add --prune balanced:2/8, or leave out --permute.');
  }
  if (free.size === 0) return permuteForPlan(network, plan, request.choice?.method.needs === 'problem' ? request.calibration : undefined);
  if (hasGroups) throw new UsageError('--permute has one order for channels, and some layers are pruned balanced, others unconstrained or by patterns that ask for an order of filters', 'Leave out --permute, or use one of the two.');
  return ordered(network, free, request);
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

// SPDX-License-Identifier: Apache-2.0
/** Owns how the network of a row comes about: channels, mask, weights and int8 levels, the same way for every row. */
import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork } from '../float/network.js';
import type { Network } from '../graph/network.js';
import { orderFilters, permuteForPlan } from '../prune/channels/index.js';
import { magnitude } from '../prune/methods/magnitude.js';
import type { PruningMethod } from '../prune/methods/method.js';
import type { WeightBits } from '../prune/layer/levels.js';
import type { PrunePlan } from '../prune/plan.js';
import { applyMasks, pruneNetwork } from '../prune/prune.js';
import { pruneFloatNetwork, type FloatPruneOptions } from '../prune/prune-float.js';
import type { PruneResult } from '../prune/result.js';
import { quantizeNetwork } from '../quantize/post-training/quantize-network.js';
import { RetrainedZerosError } from './errors.js';
import type { PreparedNetwork } from './predict-row.js';
import type { ChannelCut, RowSpec } from './row-spec.js';

export interface PrepareOptions {
  /** G of the array. */
  readonly group: number;
  readonly weightBits: WeightBits;
  readonly seed: number;
  readonly calibration: readonly Float32Array[];
  readonly method: PruningMethod;
  /** The network with fewer channels. */
  readonly cut: (network: FloatNetwork, channels: ChannelCut) => FloatNetwork;
  readonly onProgress?: FloatPruneOptions['onProgress'];
}

const planOf = ({ constraint, existing }: RowSpec, group: number, layers: PrunePlan['layers'] = new Map()): PrunePlan => ({ group, default: constraint ?? (existing ? { existing: 'balanced' } : 'dense'), layers });

const withoutWeights = ({ groupSize, constraint, method, masks, keep, constraints, existing }: PruneResult): PruneResult =>
  ({ groupSize, constraint, method, masks, keep, ...(constraints === undefined ? {} : { constraints }), ...(existing === undefined ? {} : { existing }) });

/**
 * Methods that look at outputs round the weights of every row, dense and retrained ones too, with the errors taken up by the weights still open; by magnitude they are rounded one by one.
 * So all rows of a table are quantized alike. Throws the errors of pruning and quantization.
 */
export function prepareFloatRow(network: FloatNetwork, spec: RowSpec, { group, weightBits, seed, calibration, method, cut, onProgress }: PrepareOptions): PreparedNetwork {
  const plan = planOf(spec, group);
  const smaller = spec.channels?.cut === undefined ? network : cut(network, spec.channels.cut);
  const source = spec.channels?.permuted === true ? permuteForPlan(smaller, plan, method.needs === 'weights' ? undefined : calibration) : smaller;
  const options = { seed, ...(method.needs === 'weights' ? {} : { weightBits }), ...(onProgress === undefined ? {} : { onProgress }) };
  const pruned = pruneFloatNetwork(source, plan, method, calibration, options);
  return { network: quantizeNetwork(pruned.network, calibration, { weightBits }), prune: withoutWeights(pruned), float: pruned.network };
}

/**
 * The same network with its filters in an order that wastes less in lockstep, as far as joins and consumers allow; undefined: it was int8 already. Its masks must be of a kind that allows any order.
 */
export function prepareOrderedRow({ float, prune }: PreparedNetwork, { weightBits, calibration }: Pick<PrepareOptions, 'weightBits' | 'calibration'>, array: { readonly pes: number; readonly group: number }): PreparedNetwork | undefined {
  if (float === undefined) return undefined;
  const { network, masks } = orderFilters(float, prune.masks, array);
  return { network: quantizeNetwork(network, calibration, { weightBits }), prune: { ...prune, masks }, float: network };
}

/** Layers that were left dense. Throws RetrainedZerosError where a layer has zeros, but others than the row's constraint allows. */
function denseLayers(network: FloatNetwork, { constraint, text }: RowSpec, file: string): PrunePlan['layers'] {
  const dense = new Map<string, 'dense'>();
  for (const { name, weights: { data, shape } } of foldNetwork(network).ops.filter(isFloatWeighted)) {
    if (constraint === undefined || constraint.denseReason(shape) !== undefined) continue;
    const nonzero = Uint8Array.from(data, (weight) => (weight === 0 ? 0 : 1));
    if (!nonzero.includes(0)) dense.set(name, 'dense');
    else if (constraint.contain(nonzero, shape) === undefined) throw new RetrainedZerosError(file, name, text);
  }
  return dense;
}

/** A retrained network keeps its weights; its zeros are the mask. Throws RetrainedZerosError when the row's constraint does not allow them. */
export function prepareRetrainedRow(network: FloatNetwork, spec: RowSpec, { group, weightBits, seed, calibration, method, onProgress }: PrepareOptions, file: string): PreparedNetwork {
  const plan = planOf(spec, group, denseLayers(network, spec, file));
  // By magnitude all nonzero weights come first.
  const options = { seed, ...(method.needs === 'weights' ? {} : { weightBits }), ...(onProgress === undefined ? {} : { onProgress }) };
  const pruned = pruneFloatNetwork(network, plan, magnitude, calibration, options);
  return { network: quantizeNetwork(pruned.network, calibration, { weightBits }), prune: withoutWeights(pruned) };
}

/** Int8 weights by magnitude. Throws RepruneError. */
export function prepareInt8Row(network: Network, spec: RowSpec, { group }: Pick<PrepareOptions, 'group'>): PreparedNetwork {
  const prune = pruneNetwork(network, planOf(spec, group));
  return { network: applyMasks(network, prune.masks), prune };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns how the network of a row comes about: channels, mask, weights and int8 levels, the same way for every row. */
import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork } from '../float/network.js';
import type { Network } from '../graph/network.js';
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
import type { RowSpec } from './row-spec.js';

export interface PrepareOptions {
  /** G of the array. */
  readonly group: number;
  readonly weightBits: WeightBits;
  readonly seed: number;
  readonly calibration: readonly Float32Array[];
  readonly method: PruningMethod;
  /** The network with a share of its channels. */
  readonly cut: (network: FloatNetwork, share: number) => FloatNetwork;
  readonly onProgress?: FloatPruneOptions['onProgress'];
}

const planOf = ({ constraint }: RowSpec, group: number): PrunePlan => ({ group, default: constraint ?? 'dense', layers: new Map() });

const withoutWeights = ({ groupSize, constraint, method, masks, keep, constraints, existing }: PruneResult): PruneResult =>
  ({ groupSize, constraint, method, masks, keep, ...(constraints === undefined ? {} : { constraints }), ...(existing === undefined ? {} : { existing }) });

/**
 * Methods that look at outputs round the weights of every row, dense and retrained ones too, with the errors taken up by the weights still open; by magnitude they are rounded one by one.
 * So all rows of a table are quantized alike. Throws the errors of pruning and quantization.
 */
export function prepareFloatRow(network: FloatNetwork, spec: RowSpec, { group, weightBits, seed, calibration, method, cut, onProgress }: PrepareOptions): PreparedNetwork {
  const source = spec.channels === undefined ? network : cut(network, spec.channels);
  const options = { seed, ...(method.needs === 'weights' ? {} : { weightBits }), ...(onProgress === undefined ? {} : { onProgress }) };
  const pruned = pruneFloatNetwork(source, planOf(spec, group), method, calibration, options);
  return { network: quantizeNetwork(pruned.network, calibration, { weightBits }), prune: withoutWeights(pruned) };
}

/** A retrained network keeps its weights; its zeros are the mask. Throws RetrainedZerosError when the row's constraint does not allow them. */
export function prepareRetrainedRow(network: FloatNetwork, spec: RowSpec, options: PrepareOptions, file: string): PreparedNetwork {
  const whole = { ...spec, channels: undefined };
  const folded = foldNetwork(network);
  // By magnitude all nonzero weights come first.
  const { masks } = pruneFloatNetwork(folded, planOf(whole, options.group), magnitude, [], { fold: false });
  for (const op of folded.ops.filter(isFloatWeighted)) {
    const mask = masks.get(op.name);
    const lost = op.weights.data.reduce((sum, weight, i) => sum + (weight !== 0 && mask?.[i] === 0 ? 1 : 0), 0);
    if (lost > 0) throw new RetrainedZerosError(file, op.name, lost, spec.text);
  }
  if (options.method.needs === 'weights') return prepareFloatRow(network, whole, { ...options, method: magnitude });
  const { weightBits, seed, calibration, onProgress } = options;
  const pruned = pruneFloatNetwork(network, planOf(whole, options.group), magnitude, calibration, { seed, weightBits, ...(onProgress === undefined ? {} : { onProgress }) });
  return { network: quantizeNetwork(pruned.network, calibration, { weightBits }), prune: withoutWeights(pruned) };
}

/** Int8 weights by magnitude. Throws RepruneError. */
export function prepareInt8Row(network: Network, spec: RowSpec, { group }: Pick<PrepareOptions, 'group'>): PreparedNetwork {
  const prune = pruneNetwork(network, planOf(spec, group));
  return { network: applyMasks(network, prune.masks), prune };
}

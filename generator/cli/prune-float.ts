// SPDX-License-Identifier: Apache-2.0
/** Owns the pruning of a float network as a command line asks for it, for a file of float weights. */
import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork } from '../float/network.js';
import { pruneFloatNetwork, type FloatPruneProgress, type FloatPruneResult } from '../prune/prune-float.js';
import type { ClassReport } from '../prune/channels/index.js';
import { shapeChannels } from './channel-shape.js';
import { planAsAsked, requirePruned, requireWeightsPruned, type KeepChoice, type PruneArray } from './keep-option.js';

export interface FloatPruneRequest {
  readonly choice: KeepChoice;
  readonly constraint: 'balanced' | 'unconstrained';
  readonly array: PruneArray;
  /** Inputs for methods that need them. */
  readonly calibration: readonly Float32Array[];
  readonly onProgress?: (progress: FloatPruneProgress) => void;
}

/** What was cut from the channels, beside the masks. */
export type ShapedPruneResult = FloatPruneResult & {
  /** Weights of the network as it came. */
  readonly weights: number;
  readonly channels?: readonly ClassReport[];
};

/**
 * The pruned network and its masks. By magnitude the operators stay as the file has them; a method that looks at what a layer does
 * takes batch norms into the weights first. Throws the errors of `shapeChannels`, of `planAsAsked` and of `pruneFloatNetwork`.
 */
export function pruneFloat(network: FloatNetwork, request: FloatPruneRequest): ShapedPruneResult {
  const { choice, constraint, array, calibration, onProgress } = request;
  const fold = choice.method.needs === 'problem';
  const { network: shaped, classes } = shapeChannels(network, request);
  const plan = planAsAsked(choice, constraint, array);
  requirePruned(choice, plan, network.name, shaped.ops.filter(isFloatWeighted));
  const result = pruneFloatNetwork(shaped, plan, choice.method, calibration, { fold, ...(onProgress === undefined ? {} : { onProgress }) });
  requireWeightsPruned(choice, plan, network.name, result.network.ops.filter(isFloatWeighted), result);
  const weights = (fold ? foldNetwork(network) : network).ops.filter(isFloatWeighted).reduce((sum, op) => sum + op.weights.data.length, 0);
  return { ...result, weights, ...(classes === undefined ? {} : { channels: classes }) };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the permutation of input channels for the constraints of a plan: K and g of each layer, and the scores that its method goes by. */

import { isFloatWeighted, type FloatNetwork } from '../../float/network.js';
import { isConstraint, resolvePlan, type PrunePlan } from '../plan.js';
import { calibrationScores } from './calibration-scores.js';
import { balancedPart } from './order-kinds.js';
import { permuteChannels } from './permute.js';

/**
 * The network with its channels in the order in which the balanced layers of a plan keep more: of |w|, or with `calibration` of what weights cost the outputs, which folds the network.
 * Throws UnknownOpError, DenseLayerError, CalibrationMissingError, TensorShapeError.
 */
export function permuteForPlan(network: FloatNetwork, plan: PrunePlan, calibration?: readonly Float32Array[]): FloatNetwork {
  const groups = new Map([...resolvePlan(network.ops.filter(isFloatWeighted), plan)].map(([name, request]) => [name, isConstraint(request) ? balancedPart(request) : undefined]));
  const seen = calibration === undefined ? { network, scores: undefined } : calibrationScores(network, calibration);
  return permuteChannels(seen.network, ({ name }) => groups.get(name), seen.scores).network;
}

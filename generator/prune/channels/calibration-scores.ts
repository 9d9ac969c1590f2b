// SPDX-License-Identifier: Apache-2.0
/** Owns scores of single weights by what they cost a layer's outputs on calibration inputs, for the order of channels. */

import { foldNetwork } from '../../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork } from '../../float/network.js';
import { CalibrationWalk } from '../layer/calibration-walk.js';
import { solveBlock } from '../layer/problem.js';
import { saliencies } from '../methods/second-order.js';
import { CalibrationMissingError } from '../errors.js';
import type { WeightScores } from './permute.js';

/** Layers beyond these columns have no score here: their weights' sizes count. */
const MOST_COLUMNS = 2304;

/** The folded network, and for its layers w^2 / [H^-1]_jj of every weight. Throws CalibrationMissingError, TensorShapeError. */
export function calibrationScores(network: FloatNetwork, calibration: readonly Float32Array[], { samples = 8192, seed = 1 } = {}): { readonly network: FloatNetwork; readonly scores: WeightScores } {
  if (calibration.length === 0) throw new CalibrationMissingError('order of channels');
  const folded = foldNetwork(network);
  const walk = new CalibrationWalk(folded, calibration, { samples, seed, dampening: 1e-3, sequential: false, joins: false });
  const scores = new Map<string, Float64Array>();
  for (const op of folded.ops) {
    if (isFloatWeighted(op) && op.kind !== 'depthwise-conv2d' && op.weights.data.length / op.weights.shape[0] <= MOST_COLUMNS) {
      const problem = walk.problem(op, Float64Array.from(op.weights.data));
      scores.set(op.name, saliencies(problem, problem.blocks.map(solveBlock)));
    }
    walk.advance(op, op);
  }
  return { network: folded, scores };
}

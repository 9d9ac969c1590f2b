// SPDX-License-Identifier: Apache-2.0
/** Owns magnitude pruning: the largest |w| stay. */

import type { Weights } from '../../graph/network.js';
import { refit } from '../layer/refit.js';
import type { PruningMethod } from './method.js';

/** |w| of int8 weights, real sizes where channels have scales of their own, so that filters compare too. */
export function magnitudeScores({ data, scales, shape, zeroPoint }: Weights): Float64Array {
  const perChannel = data.length / shape[0];
  const scores = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) scores[i] = Math.abs((data[i] as number) - zeroPoint) * (scales.length === 1 ? 1 : (scales[Math.floor(i / perChannel)] as number));
  return scores;
}

/** The weights that stay are not changed. */
export const magnitude: PruningMethod = {
  name: 'magnitude',
  description: 'the largest absolute weights, unchanged',
  needs: 'weights',
  prune({ dense, shape }, constraint) {
    const mask = constraint.project(dense.map(Math.abs), shape);
    return { mask, weights: dense.map((weight, i) => (mask[i] === 1 ? weight : 0)) };
  },
};

/** The same choice; what stays is fitted to the layer's outputs. */
export const magnitudeRefit: PruningMethod = {
  name: 'magnitude-refit',
  description: 'the largest absolute weights, refitted to the layer\'s outputs',
  needs: 'problem',
  prune(problem, constraint) {
    const mask = constraint.project(problem.dense.map(Math.abs), problem.shape);
    return { mask, weights: refit(problem, mask) };
  },
};

// SPDX-License-Identifier: Apache-2.0
/** Owns second-order pruning: weights go by what their loss costs the layer's output when all others take up what they can (OBS). */

import { relativeError, solveBlock, type LayerProblem, type SolvedBlock } from '../layer/problem.js';
import { refit } from '../layer/refit.js';
import { square } from '../numeric/products.js';
import type { Constraint } from '../scheme.js';
import { searchSegments } from './by-block.js';
import { searchRows, searchWork } from './by-row.js';
import type { PruningMethod } from './method.js';
import { reproject } from './reproject.js';

/** Multiplications that the exact search of a layer may take; some minutes. */
const MOST_WORK = 6e10;

/** w^2 / [H^-1]_jj of every weight, and the optimum's own weights. */
export function saliencies({ dense, blocks }: LayerProblem, solved: readonly SolvedBlock[]): Float64Array {
  const scores = new Float64Array(dense.length);
  blocks.forEach(({ firstRow, rows, columns }, b) => {
    const { inverse, optimum } = solved[b] as SolvedBlock;
    for (let row = 0; row < rows; row++) for (let i = 0; i < columns; i++) {
      scores[(firstRow + row) * columns + i] = square(optimum[row * columns + i] as number) / (inverse[i * columns + i] as number);
    }
  });
  return scores;
}

/**
 * 1. The constraint's best mask by the saliency of single weights. 2. Where its slots may change places: given up one by one, each time with exact updates
 * of all others, then exchanged (in large layers segment by segment); where it chooses structures: other structures while the error falls. 3. Refit.
 */
export const secondOrder: PruningMethod = {
  name: 'second-order',
  description: 'by the cost to the layer\'s outputs, with exact updates and refit',
  needs: 'problem',
  prune(problem, constraint: Constraint) {
    const { shape } = problem;
    const solved = problem.blocks.map(solveBlock);
    let mask = constraint.project(saliencies(problem, solved), shape);
    let labels = constraint.exchange(mask, shape);
    if (labels.some((label) => label < 0) && searchWork(problem) <= MOST_WORK) {
      mask = reproject(problem, constraint, mask);
      labels = constraint.exchange(mask, shape);
    }
    const first = { mask, weights: refit(problem, mask) };
    if (labels.every((label) => label < 0)) return first;
    const search = searchWork(problem) <= MOST_WORK ? searchRows : searchSegments;
    const better = search(problem, solved, mask, labels);
    const second = { mask: better, weights: refit(problem, better) };
    return relativeError(problem, second.weights) <= relativeError(problem, first.weights) ? second : first;
  },
};

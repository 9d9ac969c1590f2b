// SPDX-License-Identifier: Apache-2.0
/** Owns the improvement of masks whose slots cannot move one by one: scores are taken again around the present mask, and the constraint chooses again. */

import { relativeError, type LayerProblem, type ProblemBlock } from '../layer/problem.js';
import { refit, supportOf } from '../layer/refit.js';
import { cholesky, invertFactored, submatrix } from '../numeric/cholesky.js';
import { square } from '../numeric/products.js';
import type { Constraint } from '../scheme.js';

/** Choices that are tried; the error falls with each that is taken. */
const ROUNDS = 6;

/** What each weight is worth to the present mask: what its loss costs where it is kept, what it would gain where it is not. */
function worth(block: ProblemBlock, mask: Uint8Array, weights: Float64Array, scores: Float64Array): void {
  const { columns, rows, firstRow, gram, cross } = block;
  let key = '';
  let inverse: Float64Array = new Float64Array(0);
  /** G_jj less what the kept columns explain of it. */
  const rest = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const start = (firstRow + row) * columns;
    const support = supportOf(mask, start, columns);
    const n = support.length;
    if (support.join() !== key) {
      key = support.join();
      inverse = invertFactored(cholesky(submatrix(gram, columns, support), n), n);
      for (let j = 0; j < columns; j++) {
        let explained = 0;
        for (let a = 0; a < n && mask[start + j] === 0; a++) {
          let sum = 0;
          for (let b = 0; b < n; b++) sum += (inverse[a * n + b] as number) * (gram[j * columns + (support[b] as number)] as number);
          explained += sum * (gram[j * columns + (support[a] as number)] as number);
        }
        rest[j] = (gram[j * columns + j] as number) - explained;
      }
    }
    support.forEach((place, a) => { scores[start + place] = square(weights[start + place] as number) / (inverse[a * n + a] as number); });
    for (let j = 0; j < columns; j++) {
      if (mask[start + j] === 1) continue;
      let gradient = cross[row * columns + j] as number;
      for (const place of support) gradient -= (gram[j * columns + place] as number) * (weights[start + place] as number);
      scores[start + j] = (rest[j] as number) > 0 ? square(gradient) / (rest[j] as number) : 0;
    }
  }
}

/** The mask with the least error after refit among the first and those that follow from it. */
export function reproject(problem: LayerProblem, constraint: Constraint, first: Uint8Array): Uint8Array {
  let mask = first;
  let weights = refit(problem, mask);
  let error = relativeError(problem, weights);
  for (let round = 0; round < ROUNDS; round++) {
    const scores = new Float64Array(problem.dense.length);
    for (const block of problem.blocks) worth(block, mask, weights, scores);
    const next = constraint.project(scores, problem.shape);
    if (next.every((bit, i) => bit === mask[i])) break;
    const refitted = refit(problem, next);
    const left = relativeError(problem, refitted);
    if (left >= error) break;
    [mask, weights, error] = [next, refitted, left];
  }
  return mask;
}

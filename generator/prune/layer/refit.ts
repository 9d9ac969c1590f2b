// SPDX-License-Identifier: Apache-2.0
/** Owns the refit: the best kept weights for a fixed mask, exact for every filter. */

import { cholesky, solveFactored, submatrix } from '../numeric/cholesky.js';
import type { LayerProblem, ProblemBlock } from './problem.js';

/** Columns of a row that are kept. */
export function supportOf(mask: Uint8Array, start: number, columns: number): Int32Array {
  const places = new Int32Array(columns);
  let count = 0;
  for (let i = 0; i < columns; i++) if (mask[start + i] === 1) places[count++] = i;
  return places.slice(0, count);
}

const equal = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((place, i) => place === b[i]);

function refitBlock({ gram, cross, columns, rows, firstRow }: ProblemBlock, mask: Uint8Array, weights: Float64Array): void {
  let last: { readonly support: Int32Array; readonly factor: Float64Array } | undefined;
  for (let row = 0; row < rows; row++) {
    const start = (firstRow + row) * columns;
    const support = supportOf(mask, start, columns);
    // Filters that share their taps share the factor.
    if (last === undefined || !equal(last.support, support)) last = { support, factor: cholesky(submatrix(gram, columns, support), support.length) };
    const x = Float64Array.from(support, (place) => cross[row * columns + place] as number);
    solveFactored(last.factor, support.length, x);
    support.forEach((place, i) => { weights[start + place] = x[i] as number; });
  }
}

/** OHWI weights, 0 outside the mask: the least squares solution of every row on its own columns. */
export function refit({ blocks, dense }: LayerProblem, mask: Uint8Array): Float64Array {
  const weights = new Float64Array(dense.length);
  for (const block of blocks) refitBlock(block, mask, weights);
  return weights;
}

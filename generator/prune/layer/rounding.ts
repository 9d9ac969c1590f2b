// SPDX-License-Identifier: Apache-2.0
/** Owns the rounding of pruned weights to quantized levels: one by one, each error taken up by the weights that are still open (GPTQ). */

import { cholesky, submatrix } from '../numeric/cholesky.js';
import { square } from '../numeric/products.js';
import { largestLevel, levelOf } from './levels.js';
import type { LayerProblem, ProblemBlock } from './problem.js';
import { supportOf } from './refit.js';

/** Scales that are tried, as shares of the one at which nothing saturates. */
const SHARES = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4];

export interface RoundedWeights {
  /** Multiples of their row's scale, 0 outside the mask. */
  readonly weights: Float64Array;
  /** float32 values, one a row. */
  readonly scales: readonly number[];
}

interface Row {
  /** Factor L of the gram on the kept columns, the strongest inputs last, and the unrounded weights in that order. */
  readonly factor: Float64Array;
  readonly weights: Float64Array;
  readonly places: readonly number[];
}

/**
 * min (w - w*) L L^T (w - w*) over levels, column after column from the last to the first: each is rounded at its best value given those that are
 * rounded already. Returns the levels and the error.
 */
function roundRow({ factor, weights }: Row, scale: number, largest: number): { readonly levels: Float64Array; readonly error: number } {
  const n = weights.length;
  const levels = new Float64Array(n);
  /** L^T (w - w*), from the last on. */
  const open = new Float64Array(n);
  let error = 0;
  for (let i = n - 1; i >= 0; i--) {
    const pivot = factor[i * n + i] as number;
    const level = levelOf((weights[i] as number) - (open[i] as number) / pivot, scale, largest);
    levels[i] = level;
    const difference = level * scale - (weights[i] as number);
    error += square((open[i] as number) + pivot * difference);
    for (let j = 0; j < i; j++) open[j] = (open[j] as number) + difference * (factor[i * n + j] as number);
  }
  return { levels, error };
}

function rowOf({ gram, columns }: ProblemBlock, support: Int32Array, weights: Float64Array, start: number): Row {
  // The last are rounded first, while all others can still take up the error: the strongest inputs.
  const places = [...support].sort((a, b) => (gram[a * columns + a] as number) - (gram[b * columns + b] as number) || a - b);
  return { places, factor: cholesky(submatrix(gram, columns, places), places.length), weights: Float64Array.from(places, (place) => weights[start + place] as number) };
}

/**
 * The levels of every row at the scale with the least error. `weights` are those that fit best, 0 outside the mask; a kept weight may become 0.
 */
export function roundWeights({ blocks, dense }: LayerProblem, mask: Uint8Array, weights: Float64Array, largest: number): RoundedWeights {
  const rounded = new Float64Array(dense.length);
  const scales: number[] = [];
  for (const block of blocks) {
    for (let row = 0; row < block.rows; row++) {
      const start = (block.firstRow + row) * block.columns;
      const own = rowOf(block, supportOf(mask, start, block.columns), weights, start);
      const whole = largestLevel(own.weights, largest);
      let best: { readonly scale: number; readonly levels: Float64Array; readonly error: number } | undefined;
      for (const share of SHARES) {
        const scale = Math.fround(share * whole);
        const found = { scale, ...roundRow(own, scale, largest) };
        if (best === undefined || found.error < best.error) best = found;
      }
      const { scale, levels } = best as NonNullable<typeof best>;
      own.places.forEach((place, i) => { rounded[start + place] = (levels[i] as number) * scale; });
      scales[block.firstRow + row] = scale;
    }
  }
  return { weights: rounded, scales };
}

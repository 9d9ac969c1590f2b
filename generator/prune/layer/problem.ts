// SPDX-License-Identifier: Apache-2.0
/** Owns the least-squares problem of one layer: what its outputs on the calibration inputs ask of its weights. */

import { cholesky, invertFactored, solveFactored } from '../numeric/cholesky.js';
import { dot } from '../numeric/products.js';
import type { WeightShape } from '../scheme.js';

/**
 * Rows (filters) that read the same input channels: a convolution group, or the filters of a depthwise channel. Means are taken off, so
 * that the bias is no part of the problem; everything is divided by the number of samples.
 */
export interface ProblemBlock {
  readonly firstRow: number;
  readonly rows: number;
  /** Weights of a filter: kernel rows x kernel columns x input channels. */
  readonly columns: number;
  /** X X^T + dampening: columns x columns. */
  readonly gram: Float64Array;
  /** Y X^T + dampening x dense weights: rows x columns. */
  readonly cross: Float64Array;
  /** Mean of each input value and of each wanted output. */
  readonly inputMean: Float64Array;
  readonly targetMean: Float64Array;
  /** Of each row: the power of the wanted output about its mean, and of the dense weights under the dampening. */
  readonly power: Float64Array;
}

export interface LayerProblem {
  readonly name: string;
  readonly shape: WeightShape;
  /** Dense weights, OHWI. */
  readonly dense: Float64Array;
  readonly blocks: readonly ProblemBlock[];
}

/** The error of a row's weights: mean square of what the output misses, dampening included. */
export function rowError(block: ProblemBlock, row: number, weights: Float64Array, start: number): number {
  const { columns, gram, cross } = block;
  let error = block.power[row] as number;
  for (let i = 0; i < columns; i++) {
    const weight = weights[start + i] as number;
    if (weight === 0) continue;
    error += weight * (dot(gram, i * columns, weights, start, columns) - 2 * (cross[row * columns + i] as number));
  }
  return error;
}

/** Error of all rows over the power of all wanted outputs: 0 is exact, 1 is no better than a constant. */
export function relativeError({ blocks }: LayerProblem, weights: Float64Array): number {
  let [error, power] = [0, 0];
  for (const block of blocks) {
    for (let row = 0; row < block.rows; row++) {
      error += rowError(block, row, weights, (block.firstRow + row) * block.columns);
      power += block.power[row] as number;
    }
  }
  return power === 0 ? 0 : Math.max(0, error / power);
}

/** A block without its constraint: the inverse of its gram and its best weights. */
export interface SolvedBlock {
  readonly factor: Float64Array;
  readonly inverse: Float64Array;
  /** rows x columns. */
  readonly optimum: Float64Array;
}

export function solveBlock({ gram, cross, columns, rows }: ProblemBlock): SolvedBlock {
  const factor = cholesky(gram, columns);
  const optimum = cross.slice();
  for (let row = 0; row < rows; row++) solveFactored(factor, columns, optimum.subarray(row * columns, (row + 1) * columns));
  return { factor, inverse: invertFactored(factor, columns), optimum };
}

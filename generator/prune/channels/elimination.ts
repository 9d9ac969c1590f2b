// SPDX-License-Identifier: Apache-2.0
/** Owns the exact price of input channels of one layer: what its outputs lose when whole blocks of columns go and all others take up what they can. */

import { solveBlock, type ProblemBlock } from '../layer/problem.js';
import { cholesky, solveFactored, submatrix } from '../numeric/cholesky.js';
import { square } from '../numeric/products.js';

/**
 * The inverse of the gram on the columns that are left, and the best weights on them, while blocks of columns are given up one after the other
 * (block OBS). All rows share the inverse, since whole columns go.
 */
export class BlockElimination {
  private constructor(private readonly inverse: Float64Array, private readonly weights: Float64Array, private readonly columns: number, private readonly rows: number, private readonly power: number) {}

  static of(block: ProblemBlock): BlockElimination {
    const { inverse, optimum } = solveBlock(block);
    return new BlockElimination(inverse, optimum, block.columns, block.rows, block.power.reduce((a, b) => a + b, 0));
  }

  copy(): BlockElimination {
    return new BlockElimination(this.inverse.slice(), this.weights.slice(), this.columns, this.rows, this.power);
  }

  /** What the error grows by without these columns, over the power of the wanted outputs. */
  cost(places: Int32Array): number {
    if (this.power === 0) return 0;
    const size = places.length;
    const factor = cholesky(submatrix(this.inverse, this.columns, places), size);
    const solved = new Float64Array(size);
    let cost = 0;
    for (let row = 0; row < this.rows; row++) {
      // w (H^-1_BB)^-1 w^T: the squares of L^-1 w.
      for (let i = 0; i < size; i++) {
        let value = this.weights[row * this.columns + (places[i] as number)] as number;
        for (let j = 0; j < i; j++) value -= (factor[i * size + j] as number) * (solved[j] as number);
        solved[i] = value / (factor[i * size + i] as number);
        cost += square(solved[i] as number);
      }
    }
    return cost / this.power;
  }

  /** Gives these columns up. */
  remove(places: Int32Array): void {
    const { columns: n, rows, inverse, weights } = this;
    const size = places.length;
    const factor = cholesky(submatrix(inverse, n, places), size);
    /** (H^-1_BB)^-1 H^-1_B,: as n columns of `size`. */
    const lift = new Float64Array(n * size);
    for (let c = 0; c < n; c++) {
      const column = lift.subarray(c * size, (c + 1) * size);
      for (let i = 0; i < size; i++) column[i] = inverse[(places[i] as number) * n + c] as number;
      solveFactored(factor, size, column);
    }
    const own = new Float64Array(size);
    const update = (matrix: Float64Array, row: number): void => {
      for (let i = 0; i < size; i++) own[i] = matrix[row * n + (places[i] as number)] as number;
      if (own.every((value) => value === 0)) return;
      for (let c = 0; c < n; c++) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += (own[i] as number) * (lift[c * size + i] as number);
        matrix[row * n + c] = (matrix[row * n + c] as number) - sum;
      }
    };
    for (let row = 0; row < rows; row++) update(weights, row);
    for (let row = 0; row < n; row++) update(inverse, row);
    for (const place of places) {
      for (let row = 0; row < rows; row++) weights[row * n + place] = 0;
      for (let c = 0; c < n; c++) {
        inverse[place * n + c] = 0;
        inverse[c * n + place] = 0;
      }
    }
  }
}

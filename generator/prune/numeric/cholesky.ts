// SPDX-License-Identifier: Apache-2.0
/** Owns symmetric positive definite systems: Cholesky factor, solutions, inverse. Row-major float64; only the lower part is read. */

import { DefectError } from '../../core/errors.js';
import { dot } from './products.js';

/** The lower factor L with L L^T = matrix; the part above the diagonal is 0. Throws DefectError where the matrix is not positive definite. */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      factor[i * n + j] = ((matrix[i * n + j] as number) - dot(factor, i * n, factor, j * n, j)) / (factor[j * n + j] as number);
    }
    const rest = (matrix[i * n + i] as number) - dot(factor, i * n, factor, i * n, i);
    if (!(rest > 0)) throw new DefectError('cholesky', `the pivot ${rest} in row ${i} of ${n}`);
    factor[i * n + i] = Math.sqrt(rest);
  }
  return factor;
}

/** Overwrites `x` with the solution of L L^T x = x. */
export function solveFactored(factor: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) x[i] = ((x[i] as number) - dot(factor, i * n, x, 0, i)) / (factor[i * n + i] as number);
  for (let i = n - 1; i >= 0; i--) {
    const value = (x[i] as number) / (factor[i * n + i] as number);
    x[i] = value;
    for (let j = 0; j < i; j++) x[j] = (x[j] as number) - value * (factor[i * n + j] as number);
  }
}

/** The inverse of a lower triangular matrix, lower triangular. */
export function invertLower(factor: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = inverse.subarray(i * n, i * n + n);
    const pivot = factor[i * n + i] as number;
    for (let k = 0; k < i; k++) {
      const f = -(factor[i * n + k] as number) / pivot;
      if (f === 0) continue;
      for (let j = 0; j <= k; j++) row[j] = (row[j] as number) + f * (inverse[k * n + j] as number);
    }
    row[i] = 1 / pivot;
  }
  return inverse;
}

/** The inverse of the matrix with this factor: M^T M with M = L^-1. */
export function invertFactored(factor: Float64Array, n: number): Float64Array {
  const lower = invertLower(factor, n);
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i <= k; i++) {
      const f = lower[k * n + i] as number;
      if (f === 0) continue;
      for (let j = 0; j <= i; j++) inverse[i * n + j] = (inverse[i * n + j] as number) + f * (lower[k * n + j] as number);
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) inverse[j * n + i] = inverse[i * n + j] as number;
  return inverse;
}

/** Rows and columns of `matrix` (n x n) at `places`, as a matrix of its own. */
export function submatrix(matrix: Float64Array, n: number, places: ArrayLike<number>): Float64Array {
  const size = places.length;
  const own = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = (places[i] as number) * n;
    for (let j = 0; j < size; j++) own[i * size + j] = matrix[row + (places[j] as number)] as number;
  }
  return own;
}

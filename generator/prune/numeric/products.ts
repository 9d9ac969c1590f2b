// SPDX-License-Identifier: Apache-2.0
/** Owns small products in float64: squares, dot products, symmetric matrices. */

/** Copies the part below the diagonal of an n x n matrix to the part above it. */
export function mirrorLower(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j] as number;
}

/** x x: one rounding on every machine. */
export const square = (x: number): number => x * x;

/** a . b for `length` values from the places on. */
export function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[aStart + k] as number) * (b[bStart + k] as number);
  return sum;
}

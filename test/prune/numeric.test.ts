// SPDX-License-Identifier: Apache-2.0
/** Holds the linear algebra of pruning to definitions: sums of products, factors, inverses, and a tableau against solutions from scratch. */

import { describe, expect, it } from 'vitest';
import { DefectError } from '../../generator/core/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { cholesky, invertFactored, solveFactored, submatrix } from '../../generator/prune/numeric/cholesky.js';
import { mirrorLower } from '../../generator/prune/numeric/products.js';
import { Tableau } from '../../generator/prune/numeric/tableau.js';
import { addProducts } from '../../generator/tensor/products.js';

const random = createRandom(17);
const values = (count: number): Float64Array => Float64Array.from({ length: count }, () => 2 * random.next() - 1);

/** X X^T of n rows and a little on the diagonal. */
function gramOf(n: number): Float64Array {
  const rows = values(n * (n + 3));
  const gram = new Float64Array(n * n);
  addProducts(rows, n, rows, n, n + 3, gram, n, true);
  mirrorLower(gram, n);
  return gram;
}

const multiply = (matrix: Float64Array, n: number, x: ArrayLike<number>): number[] => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_v, j) => matrix[i * n + j]! * x[j]!).reduce((a, b) => a + b, 0));

describe('sums of products', () => {
  it.each([[1, 1, 1], [2, 4, 8], [3, 5, 7], [7, 6, 3], [9, 1, 2]])('of %i and %i rows of %i values are those of a plain loop, added to what was there', (rows, columns, length) => {
    const [a, b] = [values(rows * length), values(columns * length)];
    const out = new Float64Array(rows * columns).fill(1);
    addProducts(a, rows, b, columns, length, out, columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      const sum = Array.from({ length }, (_, k) => a[i * length + k]! * b[j * length + k]!).reduce((x, y) => x + y, 1);
      expect(out[i * columns + j]).toBeCloseTo(sum, 12);
    }
  });

  it.each([1, 2, 3, 4, 5, 9, 10])('of %i rows with themselves need the lower part alone', (n) => {
    const a = values(n * 6);
    const [half, full] = [new Float64Array(n * n), new Float64Array(n * n)];
    addProducts(a, n, a, n, 6, half, n, true);
    mirrorLower(half, n);
    addProducts(a, n, a, n, 6, full, n);
    half.forEach((value, i) => expect(value).toBeCloseTo(full[i]!, 12));
  });
});

describe('the Cholesky factor', () => {
  it.each([1, 2, 5, 12])('of %i x %i solves and inverts', (n) => {
    const gram = gramOf(n);
    const factor = cholesky(gram, n);
    const x = values(n);
    const solution = x.slice();
    solveFactored(factor, n, solution);
    multiply(gram, n, solution).forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 9));
    const inverse = invertFactored(factor, n);
    for (let i = 0; i < n; i++) multiply(gram, n, inverse.subarray(i * n, (i + 1) * n)).forEach((value, j) => expect(value).toBeCloseTo(i === j ? 1 : 0, 8));
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(DefectError);
  });
});

describe('the tableau', () => {
  const n = 7;
  const gram = gramOf(n);
  const cross = values(n);
  const power = 50;

  /** From scratch: the best weights on some columns and the error that is left. */
  function solve(columns: readonly number[]): { readonly weights: Float64Array; readonly error: number } {
    const weights = Float64Array.from(columns, (i) => cross[i]!);
    if (columns.length > 0) solveFactored(cholesky(submatrix(gram, n, columns), columns.length), columns.length, weights);
    return { weights, error: power - columns.reduce((sum, i, at) => sum + cross[i]! * weights[at]!, 0) };
  }

  function full(): Tableau {
    const tableau = Tableau.ofSize(n);
    const { weights, error } = solve([0, 1, 2, 3, 4, 5, 6]);
    tableau.restart(invertFactored(cholesky(gram, n), n), weights, error);
    return tableau;
  }

  const used = (tableau: Tableau): number[] => [...tableau.inUse.keys()].filter((i) => tableau.inUse[i] === 1);

  it('holds solution and error after any walk of columns in and out', () => {
    const tableau = full();
    const walk = createRandom(3);
    for (let step = 0; step < 60; step++) {
      tableau.toggle(walk.integer(0, n - 1));
      const columns = used(tableau);
      const { weights, error } = solve(columns);
      columns.forEach((i, at) => expect(tableau.weight(i)).toBeCloseTo(weights[at]!, 7));
      expect(tableau.error).toBeCloseTo(error, 7);
    }
  });

  it('knows before a change what it will cost or gain', () => {
    const tableau = full();
    for (const i of [1, 4, 5]) tableau.toggle(i);
    const columns = used(tableau);
    const now = solve(columns).error;
    for (const i of columns) {
      const rest = columns.filter((column) => column !== i);
      expect(tableau.removalCost(i)).toBeCloseTo(solve(rest).error - now, 8);
      for (const j of [1, 4, 5]) expect(tableau.swapGain(i, j)).toBeCloseTo(now - solve([...rest, j].sort()).error, 8);
    }
    for (const j of [1, 4, 5]) expect(tableau.additionGain(j)).toBeCloseTo(now - solve([...columns, j].sort()).error, 8);
  });
});

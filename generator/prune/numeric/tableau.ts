// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the sweep tableau of one least-squares problem: which columns are in use may change one by one, and what each change costs or gains
 * is read off exactly.
 */

import { square } from './products.js';

/**
 * min over w of w G w - 2 c w + p, with w = 0 outside the columns in use. The symmetric matrix [G c; c p] is swept on every column in use
 * (Goodnight 1979): then its last row holds the solution w at columns in use and the gradient at the others, and its diagonal -(G_SS^-1)_ii
 * and the part of G_jj that the columns in use do not explain.
 */
export class Tableau {
  readonly inUse: Uint8Array;
  /** Lower part, row-major, (size + 1)^2. */
  private readonly values: Float64Array;
  private readonly width: number;
  private readonly column: Float64Array;

  private constructor(readonly size: number) {
    this.width = size + 1;
    this.values = new Float64Array(this.width * this.width);
    this.column = new Float64Array(this.width);
    this.inUse = new Uint8Array(size);
  }

  /** A tableau to be filled by `restart`. */
  static ofSize(size: number): Tableau {
    return new Tableau(size);
  }

  /** All columns in use: the inverse of G, the solution, and the error that it leaves. */
  restart(inverse: Float64Array, solution: ArrayLike<number>, error: number): void {
    const { size, width, values } = this;
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) values[i * width + j] = -(inverse[i * size + j] as number);
    for (let j = 0; j < size; j++) values[size * width + j] = solution[j] as number;
    values[size * width + size] = error;
    this.inUse.fill(1);
  }

  private at(i: number, j: number): number {
    return this.values[i >= j ? i * this.width + j : j * this.width + i] as number;
  }

  /** The error that is left. */
  get error(): number {
    return this.at(this.size, this.size);
  }

  /** The solution at a column in use. */
  weight(i: number): number {
    return this.at(this.size, i);
  }

  /** What the error grows by when column i, in use, is given up. */
  removalCost(i: number): number {
    return square(this.weight(i)) / -this.at(i, i);
  }

  /** What the error shrinks by when column j, not in use, is taken. */
  additionGain(j: number): number {
    const pivot = this.at(j, j);
    return pivot > 0 ? square(this.at(this.size, j)) / pivot : 0;
  }

  /** What the error shrinks by (negative: grows) when column j takes the place of column i. */
  swapGain(i: number, j: number): number {
    const inverse = -this.at(i, i);
    const weight = this.weight(i);
    const between = this.at(i, j);
    const pivot = this.at(j, j) + square(between) / inverse;
    const gradient = this.at(this.size, j) + (between * weight) / inverse;
    return pivot > 0 ? square(gradient) / pivot - square(weight) / inverse : -Infinity;
  }

  /** Takes column k into use, or out of it. */
  toggle(k: number): void {
    const { width, values, column, inUse } = this;
    for (let i = 0; i < width; i++) column[i] = this.at(i, k);
    const pivot = column[k] as number;
    column[k] = 0;
    for (let i = 0; i < width; i++) {
      const factor = (column[i] as number) / pivot;
      if (factor === 0) continue;
      const row = i * width;
      for (let j = 0; j <= i; j++) values[row + j] = (values[row + j] as number) - factor * (column[j] as number);
    }
    const sign = inUse[k] === 1 ? -1 : 1;
    for (let i = 0; i < width; i++) {
      if (i === k) continue;
      values[i >= k ? i * width + k : k * width + i] = (sign * (column[i] as number)) / pivot;
    }
    values[k * width + k] = -1 / pivot;
    inUse[k] = 1 - (inUse[k] as number);
  }
}

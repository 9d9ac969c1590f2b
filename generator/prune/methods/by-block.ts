// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the search in layers that are too large for a tableau a row: columns are taken from first to last in segments, what a segment loses
 * is chosen by its exact joint cost, and the columns after it take up the error (Frantar and Alistarh's SparseGPT order).
 */

import type { LayerProblem, SolvedBlock } from '../layer/problem.js';
import { cholesky, invertLower } from '../numeric/cholesky.js';
import { Tableau } from '../numeric/tableau.js';
import { rowChoice } from './by-row.js';
import { exchange, giveUp } from './exchange.js';

/** Columns of a segment at most. */
const SEGMENT = 32;
const ROUNDS = 8;

/** U, upper triangular, with U^T U the inverse of the matrix: its rows from j on are what is left when the columns before j are fixed. */
function upperOfInverse(matrix: Float64Array, n: number): Float64Array {
  const reversed = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) reversed[i * n + j] = matrix[(n - 1 - i) * n + (n - 1 - j)] as number;
  const inverse = invertLower(cholesky(reversed, n), n);
  const upper = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) upper[i * n + j] = inverse[(n - 1 - i) * n + (n - 1 - j)] as number;
  return upper;
}

/** Ends of segments: no label is cut, and none has more columns than SEGMENT unless a label has. */
export function segmentsOf(labels: Int32Array): number[] {
  const last = new Map<number, number>();
  labels.forEach((label, i) => last.set(label, i));
  const ends: number[] = [];
  let [start, reach] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    reach = Math.max(reach, label < 0 ? i : (last.get(label) as number));
    // A label that reaches further than a segment is cut, with the counts that the first mask gives each part.
    if (i === reach || i + 1 - start >= SEGMENT) {
      ends.push(i + 1);
      [start, reach] = [i + 1, i + 1];
    }
  }
  return ends;
}

/** (H^-1)_gg of the columns from `start` on alone: U_gg^T U_gg. */
function segmentInverse(upper: Float64Array, n: number, start: number, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let k = 0; k < size; k++) for (let i = k; i < size; i++) for (let j = k; j < size; j++) {
    inverse[i * size + j] = (inverse[i * size + j] as number) + (upper[(start + k) * n + start + i] as number) * (upper[(start + k) * n + start + j] as number);
  }
  return inverse;
}

/** A better mask with the same number of slots of every label in every row; labels that span more than a segment are cut. */
export function searchSegments(problem: LayerProblem, solved: readonly SolvedBlock[], mask: Uint8Array, labels: Int32Array): Uint8Array {
  const found = mask.slice();
  problem.blocks.forEach(({ columns, rows, firstRow, gram }, b) => {
    const upper = upperOfInverse(gram, columns);
    const weights = (solved[b] as SolvedBlock).optimum.slice();
    const ends = segmentsOf(labels.subarray(firstRow * columns, (firstRow + 1) * columns));
    ends.forEach((end, s) => {
      const start = s === 0 ? 0 : (ends[s - 1] as number);
      const size = end - start;
      const inverse = segmentInverse(upper, columns, start, size);
      const tableau = Tableau.ofSize(size);
      for (let row = 0; row < rows; row++) {
        const at = (firstRow + row) * columns + start;
        const own = weights.subarray(row * columns, (row + 1) * columns);
        tableau.restart(inverse, own.subarray(start, end), 0);
        const choice = rowChoice(labels, mask, at, size);
        for (let i = 0; i < size; i++) if ((choice.labels[i] as number) < 0 && mask[at + i] === 0) tableau.toggle(i);
        giveUp(tableau, choice);
        exchange(tableau, choice.labels, ROUNDS);
        found.set(tableau.inUse, at);
        for (let i = 0; i < size; i++) {
          if (tableau.inUse[i] === 1) continue;
          const line = (start + i) * columns;
          const share = (own[start + i] as number) / (upper[line + start + i] as number);
          for (let j = start + i; j < columns; j++) own[j] = (own[j] as number) - share * (upper[line + j] as number);
        }
      }
    });
  });
  return found;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the exact search in layers that are small enough: every row with a tableau of its own. */

import { rowError, type LayerProblem, type SolvedBlock } from '../layer/problem.js';
import { Tableau } from '../numeric/tableau.js';
import { exchange, giveUp, type RowChoice } from './exchange.js';

/** Rounds of exchanges; most rows end after a few. */
const ROUNDS = 20;

/** Multiplications of a search, about: half the columns are given up, each at half the square of their number. */
export const searchWork = ({ blocks }: LayerProblem): number => blocks.reduce((sum, { rows, columns }) => sum + (rows * columns * columns * columns) / 4, 0);

/** Counts of a row's labels in a mask. */
export function rowChoice(labels: Int32Array, mask: Uint8Array, start: number, columns: number): RowChoice {
  const own = labels.subarray(start, start + columns);
  const keep = new Map<number, number>();
  own.forEach((label, i) => keep.set(label, (keep.get(label) ?? 0) + (mask[start + i] as number)));
  return { labels: own, keep };
}

/** A better mask with the same number of slots of every label in every row. */
export function searchRows(problem: LayerProblem, solved: readonly SolvedBlock[], mask: Uint8Array, labels: Int32Array): Uint8Array {
  const found = mask.slice();
  problem.blocks.forEach((block, b) => {
    const { columns, rows, firstRow } = block;
    const { inverse, optimum } = solved[b] as SolvedBlock;
    const tableau = Tableau.ofSize(columns);
    for (let row = 0; row < rows; row++) {
      const start = (firstRow + row) * columns;
      const own = optimum.subarray(row * columns, (row + 1) * columns);
      tableau.restart(inverse, own, rowError(block, row, own, 0));
      const choice = rowChoice(labels, mask, start, columns);
      // What may not move goes first where the mask has it closed.
      for (let i = 0; i < columns; i++) if ((choice.labels[i] as number) < 0 && mask[start + i] === 0) tableau.toggle(i);
      giveUp(tableau, choice);
      exchange(tableau, choice.labels, ROUNDS);
      found.set(tableau.inUse, start);
    }
  });
  return found;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what a comparison looks like on a terminal. */
import type { Comparison, ComparisonTable } from '../compare/result.js';
import { barText, CHOICE_HEAD, choiceCells, fifoRows, FIFO_HEAD, headLines, ROW_HEAD, rowCells, STORAGE_HEAD, storageCells, storedRows } from './compare-cells.js';
import { columns } from './markdown-table.js';

function tableText(table: ComparisonTable, within: number): string[] {
  const fifos = fifoRows(table);
  return [
    '', `Weights of ${table.weightBits} bits`, '', ...columns([[...ROW_HEAD], ...table.rows.map(rowCells)]),
    '', 'Bits of weights and indices, by format', '', ...columns([[...STORAGE_HEAD], ...storedRows(table).map(storageCells)]),
    ...(fifos.length === 0 ? [] : ['', 'FIFOs of all PEs, estimated', '', ...columns([[...FIFO_HEAD], ...fifos])]),
    '', `At equal accuracy: ${barText(within)}`, '', ...columns([[...CHOICE_HEAD], ...table.equalAccuracy.map(choiceCells)]),
    '', ...table.verdict,
    ...table.leftOut.map(({ row, reason }) => `Left out: ${row}: ${reason}`),
  ];
}

/** Lines for a terminal. */
export const comparisonText = (comparison: Comparison): string[] => [...headLines(comparison), ...comparison.tables.flatMap((table) => tableText(table, comparison.within))];

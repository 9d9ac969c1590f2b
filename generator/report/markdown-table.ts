// SPDX-License-Identifier: Apache-2.0
/** Owns the layout of Markdown tables and of terminal columns. */

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A Markdown table; cells may hold any text. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells, i) => `| ${cells.map((cell) => (i === 1 ? cell : escapeCell(cell))).join(' | ')} |`).join('\n');

/** Rows of cells in columns two spaces apart; numbers (cells of digits) to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const isNumber = (cell: string): boolean => /^[-+]?[0-9][0-9., ]*(%|x)?$/.test(cell);
  return rows.map((row) => row.map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ').trimEnd());
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the layout of Markdown tables and of terminal columns. */

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A Markdown table; cells may hold any text. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells, i) => `| ${cells.map((cell) => (i === 1 ? cell : escapeCell(cell))).join(' | ')} |`).join('\n');

const isNumber = (cell: string): boolean => /^[-+]?[0-9][0-9., ]*(%|x)?$/.test(cell);

/** Rows of cells in columns two spaces apart; a column of numbers below its title goes to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const layout = Array.from({ length: count }, (_, i) => {
    const below = rows.slice(1).map((row) => row[i] ?? '').filter((cell) => cell !== '');
    return { width: Math.max(...rows.map((row) => row[i]?.length ?? 0)), right: below.length > 0 && below.every(isNumber) };
  });
  return rows.map((row) =>
    layout.map(({ width, right }, i) => (right ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width))).join('  ').trimEnd(),
  );
}

// SPDX-License-Identifier: Apache-2.0
/** Owns text layout: wrapped comments, aligned columns, the column limit; knows no Verilog. */

export const MAX_COLUMNS = 100;

/** Breaks `text` at spaces; the first line begins with `first`, the others with `rest`. */
export function wrapText(text: string, first: string, rest: string, columns = MAX_COLUMNS): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** A `//` comment, indented and wrapped. */
export const comment = (text: string, indent: string): string[] => wrapText(text, `${indent}// `, `${indent}// `);

/** The longest of the texts, 0 for none. */
export const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);

/** One line of an aligned list, with what is said about it. */
export interface Row {
  readonly code: string;
  readonly doc: string | undefined;
  /** Said above the line, whatever fits behind it. */
  readonly above?: string;
}

/**
 * Puts each doc behind its code, in one column, where it fits; above it where it does not.
 * `separator` follows every code but the last.
 */
export function layoutRows(rows: readonly Row[], indent: string, separator: string): string[] {
  const codes = rows.map((row, i) => indent + row.code + (i < rows.length - 1 ? separator : ''));
  const documented = codes.filter((_, i) => rows[i]?.doc !== undefined && fits(codes[i]!, rows[i]!.doc!, 0));
  const column = widest(documented) + 2;
  return rows.flatMap((row, i) => {
    const code = codes[i]!;
    const above = row.above === undefined ? [] : comment(row.above, indent);
    if (row.doc === undefined) return [...above, code];
    if (fits(code, row.doc, column)) return [...above, `${code.padEnd(column)}// ${row.doc}`];
    return [...above, ...comment(row.doc, indent), code];
  });
}

const fits = (code: string, doc: string, column: number): boolean =>
  Math.max(code.length + 2, column) + 3 + doc.length <= MAX_COLUMNS;

/** Lines of emitted files that break the layout rules: too long, a tab, blanks at the end. */
export function layoutProblems(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, i) => {
      const at = `${path}:${i + 1}`;
      if (line.length > MAX_COLUMNS) return [`${at}: ${line.length} columns, at most ${MAX_COLUMNS}`];
      if (line.includes('\t')) return [`${at}: a tab`];
      return line.endsWith(' ') ? [`${at}: blanks at the end`] : [];
    }),
  );
}

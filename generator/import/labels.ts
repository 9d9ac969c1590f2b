// SPDX-License-Identifier: Apache-2.0
/** Owns the labels of pictures in folders: a list of files and labels, or the names of sub-folders. */

import { LabelError } from './image-errors.js';

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text);

/** Class names -> class numbers: themselves when all are numbers, else their places in alphabetical order. */
export function classNumbers(names: Iterable<string>): ReadonlyMap<string, number> {
  const sorted = [...new Set(names)].sort();
  const numbered = sorted.every(isNumber);
  return new Map(sorted.map((name, i) => [name, numbered ? Number(name) : i]));
}

/**
 * Lines of FILE,...,LABEL: the first cell is the file's name (or its path in the folder, with /), the last one the label, a number
 * or a class name. A first line that ends in `label` or `class` is a heading. Throws LabelError.
 */
export function parseLabels(text: string, where: string): ReadonlyMap<string, number> {
  const rows = text.replace(/^\ufeff/, '').split(/\r?\n/).map((line, i) => ({ cells: line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')), line: i + 1 })).filter(({ cells }) => cells.join('') !== '');
  if (/^(label|class)$/i.test(rows[0]?.cells.at(-1) ?? '')) rows.shift();
  const named = new Map<string, string>();
  for (const { cells, line } of rows) {
    const [file, last] = [cells[0] ?? '', cells.at(-1) ?? ''];
    if (cells.length < 2 || file === '' || last === '') throw new LabelError(`${where}, line ${line}`, JSON.stringify(cells.join(',')), 'FILE,LABEL');
    const known = named.get(file);
    if (known !== undefined && known !== last) throw new LabelError(`${where}, line ${line}`, `${file} is ${last} here and ${known} before`, 'one label for a file');
    named.set(file, last);
  }
  const numbers = classNumbers(named.values());
  return new Map([...named].map(([file, label]) => [file, numbers.get(label) as number]));
}

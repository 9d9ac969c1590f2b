// SPDX-License-Identifier: Apache-2.0
/** Reads the templates folder of the package, from source and from dist alike; knows no template. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefectError } from '../core/errors.js';

/** Nearest folder above this file that holds package.json. */
export function packageRoot(from = dirname(fileURLToPath(import.meta.url))): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new DefectError('package root', `no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}

/** Every template by its path inside templates/, with forward slashes, sorted; lines end with LF, however git wrote them here. */
export function loadTemplates(folder = join(packageRoot(), 'templates')): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.hbs'))
    .map((entry) => join(entry.parentPath, entry.name));
  const entries = files.map((file): [string, string] => [
    relative(folder, file).split(sep).join('/'),
    readFileSync(file, 'utf8').replaceAll('\r\n', '\n'),
  ]);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Writes images of digits:  npx tsx examples/digits/draw.ts arrays FOLDER [TRAIN CALIBRATION TEST]
 *                           npx tsx examples/digits/draw.ts pictures FOLDER SPLIT COUNT
 *                           npx tsx examples/digits/draw.ts sheet FILE.png [SPLIT COUNT]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arrays, pictureFolder, sheet, type Files } from './files.js';
import { digitImages, SPLITS, type Split } from './images.js';

function write(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

const [what, path, ...rest] = process.argv.slice(2);
const splitOf = (name: string | undefined): Split => SPLITS.find((split) => split === name) ?? 'train';
if (what === 'arrays' && path !== undefined) {
  const counts = SPLITS.map((_, i) => Number(rest[i] ?? [30_000, 200, 2000][i]));
  SPLITS.forEach((split, i) => write(path, arrays(split, counts[i] as number)));
} else if (what === 'pictures' && path !== undefined) {
  write(path, pictureFolder(digitImages(splitOf(rest[0]), Number(rest[1] ?? 100))));
} else if (what === 'sheet' && path !== undefined) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, sheet(digitImages(splitOf(rest[0]), Number(rest[1] ?? 400)), 20));
} else {
  console.error('usage: draw.ts arrays FOLDER [TRAIN CALIBRATION TEST] | pictures FOLDER SPLIT COUNT | sheet FILE.png [SPLIT COUNT]');
  process.exit(1);
}

// SPDX-License-Identifier: Apache-2.0
/** Finds the real models and images, which are not part of the repository. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Folder named by GEN_ACCEL_DATA, or `../shared/data` beside the repository. */
export const dataRoot = process.env['GEN_ACCEL_DATA'] ?? resolve(repositoryRoot, '../shared/data');

/** True when absent data must fail a test instead of skipping it. */
export const dataRequired = process.env['GEN_ACCEL_REQUIRE_DATA'] === '1';

/**
 * Absolute path of a data file, or undefined when it is absent (skip the test then, for example
 * with `it.skipIf(dataPath('x') === undefined)`). Throws when absence is forbidden.
 */
export function dataPath(relative: string): string | undefined {
  const path = resolve(dataRoot, relative);
  if (existsSync(path)) return path;
  if (dataRequired) throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${relative} is not in ${dataRoot}`);
  return undefined;
}

/** Bytes of a data file; call it only where `dataPath` gave a path. */
export function readData(relative: string): Uint8Array {
  const path = dataPath(relative);
  if (path === undefined) throw new Error(`${relative} is not in ${dataRoot}`);
  return new Uint8Array(readFileSync(path));
}

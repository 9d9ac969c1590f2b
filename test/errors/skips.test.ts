// SPDX-License-Identifier: Apache-2.0
/** Holds tests that only `make regress` runs to saying so where they are skipped: the summary of a run prints the reason. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts'));

it('no test is left out by the regress variable without a reason', () => {
  const silent = files.filter((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    const flags = [...text.matchAll(/const (\w+) = process\.env\['GEN_ACCEL_REGRESS'\] === '1';/g)].map(([, name]) => name as string);
    return flags.some((name) => new RegExp(`(?:runIf|skipIf)\\(!?${name}\\)`).test(text));
  });
  expect(files.length).toBeGreaterThan(100);
  expect(silent).toEqual([]);
});

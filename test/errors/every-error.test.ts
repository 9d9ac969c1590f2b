// SPDX-License-Identifier: Apache-2.0
/** Holds the errors to their rule: every typed error is named by some test. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const texts = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'every-error.test.ts')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

const sources = ['generator', 'sim'].flatMap(texts);
const errors = sources.flatMap((text) =>
  [...text.matchAll(/class (\w+) extends GenAccelError \{[^]*?super\(\s*'(E_\w+)'/g)].map(([, name, code]) => ({ name: name as string, code: code as string })),
);

it('no two errors share a code', () => {
  expect(errors.length).toBeGreaterThan(15);
  const codes = errors.map(({ code }) => code);
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
});

it('every error is named by a test', () => {
  const tests = texts('test').join('\n');
  const named = ({ name, code }: { name: string; code: string }): boolean => new RegExp(`\\b(${name}|${code})\\b`).test(tests);
  expect(errors.filter((error) => !named(error)).map(({ name }) => name)).toEqual([]);
});

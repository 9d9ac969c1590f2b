// SPDX-License-Identifier: Apache-2.0
/** Holds the table of limits in docs/models.md to the limits. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LIMITS, limitText } from '../../generator/graph/limits.js';

it('docs/models.md lists every limit with its value', () => {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\S+) \|/gm)].map(([, name, value]) => [name, value]);
  expect(rows).toEqual(Object.entries(LIMITS).map(([name, value]) => [name, limitText(value)]));
});

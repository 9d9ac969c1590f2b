// SPDX-License-Identifier: Apache-2.0
/** Checks that docs/sim.md names every field of the JSON result. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { networkResultSchema } from '../../generator/report/network-result.js';

interface Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly items?: Json;
}

/** Names of all fields, at every depth. */
const fields = ({ properties = {}, anyOf = [], oneOf = [], items }: Json): string[] => [
  ...Object.entries(properties).flatMap(([name, inner]) => [name, ...fields(inner)]),
  ...[...anyOf, ...oneOf, ...(items === undefined ? [] : [items])].flatMap(fields),
];

it('docs/sim.md names every field of --json', () => {
  const text = readFileSync(new URL('../../docs/sim.md', import.meta.url), 'utf8');
  const names = new Set(fields(z.toJSONSchema(networkResultSchema) as Json));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

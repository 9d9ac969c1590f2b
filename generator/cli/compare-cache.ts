// SPDX-License-Identifier: Apache-2.0
/** Owns what a comparison keeps between runs, by a hash of everything that it depends on: pruned networks and measured rows. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { parseConstraint, type ConstraintContext, type ConstraintKind } from '../prune/constraints/parse.js';
import type { PreparedNetwork } from '../compare/predict-row.js';
import { measuredRowSchema, type MeasuredRow } from '../compare/result.js';
import { sha256, stableHash } from '../core/stable-hash.js';

const generatorFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** Parts of the generator that decide a pruned network and its answers, and those that decide its cycles; the Verilog itself is hashed beside them. */
const PRUNING = ['core', 'tensor', 'graph', 'float', 'import', 'prune', 'quantize', 'model/golden', 'compare'];
const CYCLES = ['arch', 'compile', 'estimate', 'model', 'compare'];
/** Loaded only where a row asks for them, or no part of a measurement. */
const APART = /^prune\/(channels|sensitivity)\//;
const [PREPARES, PREDICTS] = [/^compare\/(?!prepare-row|score)/, /^compare\/(?!predict-row|storage|filter-order)/];

/** A hash of the sources of folders of the generator: rows that other sources measured are measured again. */
function sourceHash(folders: readonly string[], ...apart: readonly RegExp[]): string {
  const files = folders.flatMap((folder) => readdirSync(join(generatorFolder, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.[jt]s$/.test(path) && !apart.some((pattern) => pattern.test(path)))).sort();
  return stableHash(files.map((path) => [path, sha256(new Uint8Array(readFileSync(join(generatorFolder, path))))]));
}

/** The versions of what prunes (without and with its separate parts) and of what predicts and runs. */
export const sourceVersions = (): { readonly pruning: string; readonly channels: string; readonly cycles: string } =>
  ({ pruning: sourceHash(PRUNING, APART, PREPARES), channels: sourceHash(PRUNING, PREPARES), cycles: sourceHash(CYCLES, PREDICTS) });

const answersSchema = z.strictObject({ answers: z.string().regex(/^[01]+$/) });

export interface CompareCache {
  network(key: unknown, make: () => PreparedNetwork): PreparedNetwork;
  /** Undefined: it is not there. */
  answers(key: unknown): string | undefined;
  keepAnswers(key: unknown, answers: string): void;
  row(key: unknown): MeasuredRow | undefined;
  keepRow(key: unknown, row: MeasuredRow): void;
}

/** Files in a folder; what cannot be read counts as absent. Constraints travel as text and are read again. */
export function compareCache(folder: string, context: ConstraintContext, kinds: readonly ConstraintKind[]): CompareCache {
  const place = (key: unknown, ending: string): string => join(folder, `${stableHash(key, 24)}.${ending}`);
  const load = <T>(path: string, read: (bytes: Buffer) => T): T | undefined => {
    try {
      return read(readFileSync(path));
    } catch {
      return undefined;
    }
  };
  const keep = (path: string, content: string | Uint8Array): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  };
  const readJson = <T>(path: string, schema: { parse(value: unknown): T }): T | undefined => load(path, (bytes) => schema.parse(JSON.parse(bytes.toString('utf8'))));
  return {
    network(key, make) {
      const path = place(key, 'network');
      const known = load(path, (bytes) => {
        const { texts, prune, ...rest } = deserialize(bytes) as PreparedNetwork & { readonly texts: ReadonlyMap<string, string> };
        return { ...rest, prune: { ...prune, constraints: new Map([...texts].map(([name, text]) => [name, parseConstraint(text, context, kinds)])) } };
      });
      if (known !== undefined) return known;
      const { prune: { constraints, ...prune }, ...rest } = make();
      keep(path, serialize({ ...rest, prune, texts: new Map([...(constraints ?? [])].map(([name, { text }]) => [name, text])) }));
      return { ...rest, prune: { ...prune, ...(constraints === undefined ? {} : { constraints }) } };
    },
    answers: (key) => readJson(place(key, 'answers.json'), answersSchema)?.answers,
    keepAnswers: (key, answers) => keep(place(key, 'answers.json'), JSON.stringify({ answers })),
    row: (key) => readJson(place(key, 'row.json'), measuredRowSchema),
    keepRow: (key, row) => keep(place(key, 'row.json'), `${JSON.stringify(row, null, 1)}\n`),
  };
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Measures accuracy after one-shot pruning and prints a table; with all rows measured it writes docs/prune-accuracy.md. Rows are kept in build/ and measured again
 * where the sources have changed. `--only TEXT`: rows whose title contains it. One row of your own: --network NAME --constraint SPEC --method NAME
 * [--inputs N] [--bits float|8|4|2] [--seed N].
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { sha256, stableHash } from '../generator/core/stable-hash.js';
import { METHODS } from '../generator/cli/keep-option.js';
import type { WeightBits } from '../generator/prune/layer/levels.js';
import { accuracyDocument } from './accuracy/document.js';
import { measureRow, type AccuracyRow, type RowRequest } from './accuracy/measure.js';
import { plannedRows } from './accuracy/rows.js';
import { missingFiles, SUBJECTS } from './accuracy/subjects.js';

const root = resolve(import.meta.dirname, '..');
const STORE = resolve(root, 'build/prune-accuracy.json');
const DOCUMENT = resolve(root, 'docs/prune-accuracy.md');
const SOURCES = ['constraints', 'layer', 'methods', 'numeric'].map((folder) => `generator/prune/${folder}`);

const sourceHash = stableHash(SOURCES.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [join(entry.parentPath, entry.name).slice(root.length), sha256(new Uint8Array(readFileSync(join(entry.parentPath, entry.name))))] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))));

const words = process.argv.slice(2);
const option = (name: string): string | undefined => (words.includes(`--${name}`) ? words[words.indexOf(`--${name}`) + 1] : undefined);
const found = <T extends { readonly name: string }>(what: string, all: readonly T[], name: string): T => {
  const one = all.find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`--${what} ${name} is none of ${all.map((candidate) => candidate.name).join(', ')}`);
  return one;
};

/** The row that the command line describes. */
function ownRow(): RowRequest | undefined {
  const network = option('network');
  if (network === undefined) return undefined;
  const bits = option('bits') ?? 'float';
  return {
    subject: found('network', SUBJECTS, network), constraint: option('constraint') ?? 'balanced:4/8', method: found('method', METHODS, option('method') ?? 'second-order'),
    inputs: Number(option('inputs') ?? 500), bits: bits === 'float' ? bits : (Number(bits) as WeightBits), seed: Number(option('seed') ?? 1),
  };
}

const titleOf = ({ subject, constraint, method, inputs, bits, seed }: RowRequest): string => `${subject.name} ${constraint} ${method.name} ${inputs} inputs ${bits} seed ${seed}`;

const stored: Record<string, AccuracyRow> = existsSync(STORE) ? (JSON.parse(readFileSync(STORE, 'utf8')) as Record<string, AccuracyRow>) : {};
const own = ownRow();
const only = option('only') ?? '';
const rows: AccuracyRow[] = [];
const absent: string[] = [];
for (const request of own === undefined ? plannedRows() : [own]) {
  const title = titleOf(request);
  const missing = missingFiles(request.subject);
  if (missing.length > 0) {
    if (process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
    absent.push(title);
    continue;
  }
  const key = `${title} ${sourceHash}`;
  const known = words.includes('--fresh') ? undefined : stored[key];
  if (known === undefined && !title.includes(only)) {
    absent.push(title);
    continue;
  }
  let last = 0;
  const row = known ?? measureRow(request, (text) => {
    if (Date.now() - last < 10_000) return;
    last = Date.now();
    console.error(`bench: ${title}: ${text}`);
  });
  rows.push(row);
  if (known !== undefined) continue;
  console.error(`bench: ${title}: ${row.accuracy.toFixed(1)} %, loss ${row.loss.toFixed(1)} +- ${row.standardError.toFixed(1)} points, ${row.seconds} s`);
  stored[key] = row;
  mkdirSync(dirname(STORE), { recursive: true });
  writeFileSync(STORE, JSON.stringify(stored, null, 1));
}

const text = accuracyDocument(rows);
console.log(text);
if (own === undefined && absent.length === 0) writeFileSync(DOCUMENT, text);
else if (own === undefined) console.error(`bench: docs/prune-accuracy.md is not written, not measured: ${absent.join('; ')}`);

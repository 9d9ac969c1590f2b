// SPDX-License-Identifier: Apache-2.0
/**
 * Measures every network in RTL and writes docs/networks.md. `--only NAME` measures the networks whose name contains it; a
 * measurement is kept in build/ and taken again where program, hardware and inputs have not changed. `--fresh` measures all.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { validateConfig } from '../generator/arch/rules.js';
import { createSimulator } from '../sim/simulators/index.js';
import { networksDocument } from './networks/document.js';
import { measure, prepare, type NetworkRow } from './networks/measure.js';
import { INPUTS, missingFiles, SUBJECTS } from './networks/subjects.js';

const root = resolve(import.meta.dirname, '..');
const STORE = resolve(root, 'build/networks.json');
const DOCUMENT = resolve(root, 'docs/networks.md');

/** Depthwise 3 x 3 layers take 9 steps a pixel: the drain must not be slower. */
const NARROW = validateConfig({ pes: 16, group: 8, requant: 2 });
const WIDE = validateConfig({ pes: 32, group: 8, requant: 4 });
const WIDE_NAMES = ['person_detect', 'dscnn_kws'];

const words = process.argv.slice(2);
const only = words.includes('--only') ? (words[words.indexOf('--only') + 1] ?? '') : '';
const fresh = words.includes('--fresh');

const stored: Record<string, NetworkRow> = existsSync(STORE) ? (JSON.parse(readFileSync(STORE, 'utf8')) as Record<string, NetworkRow>) : {};
const rows: NetworkRow[] = [];
const absent: string[] = [];

for (const source of SUBJECTS) {
  const missing = missingFiles(source);
  if (missing.length > 0) {
    if (process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
    absent.push(source.name);
    continue;
  }
  for (const config of WIDE_NAMES.includes(source.name) ? [NARROW, WIDE] : [NARROW]) {
    const title = `${source.name}, ${config.pes} PEs`;
    const prepared = prepare(source, config, INPUTS);
    const known = stored[prepared.key];
    const wanted = source.name.includes(only);
    if (known !== undefined && !(fresh && wanted)) {
      rows.push(known);
      console.error(`bench: ${title}: unchanged`);
      continue;
    }
    if (!wanted) {
      absent.push(title);
      continue;
    }
    const started = Date.now();
    let last = 0;
    const row = await measure(prepared, (text) => {
      if (Date.now() - last < 2000) return;
      last = Date.now();
      console.error(`bench: ${title}: ${text}`);
    });
    console.error(`bench: ${title}: ${row.exact} of ${row.compared} operators exact on ${row.images} inputs, ${row.cycles} cycles, ${Math.round((Date.now() - started) / 1000)} s${row.mismatch === null ? '' : `; ${row.mismatch}`}`);
    rows.push(row);
    if (row.mismatch === null) stored[prepared.key] = row;
    mkdirSync(dirname(STORE), { recursive: true });
    writeFileSync(STORE, JSON.stringify(stored, null, 1));
  }
}

const { text, broken } = networksDocument(rows, { configs: [NARROW, WIDE], simulator: await createSimulator('verilator').version() });
console.log(text);
if (absent.length === 0) writeFileSync(DOCUMENT, text);
else console.error(`bench: docs/networks.md is not written, not measured: ${absent.join('; ')}`);
for (const line of broken) console.error(`bench: ${line}`);
if (broken.length > 0) process.exitCode = 1;

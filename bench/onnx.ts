// SPDX-License-Identifier: Apache-2.0
/**
 * Measures every ONNX model, in accuracy and in RTL, and writes docs/onnx-models.md. `--only NAME` measures the models whose name
 * contains it and prints their rows; a measurement is kept in build/ and taken again where program, hardware and inputs have not changed.
 * `--fresh` measures all.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { validateConfig } from '../generator/arch/rules.js';
import { createSimulator } from '../sim/simulators/index.js';
import { measure, prepare } from './networks/measure.js';
import { onnxDocument, type OnnxRow } from './networks/onnx-document.js';
import { ONNX_MODELS, type OnnxModel } from './networks/onnx-models.js';
import { scoreOnnx } from './networks/onnx-score.js';
import { absentOnnxFiles, loadOnnx, onnxSubject } from './networks/onnx-subjects.js';

const root = resolve(import.meta.dirname, '..');
const STORE = resolve(root, 'build/onnx.json');
const DOCUMENT = resolve(root, 'docs/onnx-models.md');

const SMALL = validateConfig({ pes: 16, group: 8, requant: 2 });
const LARGE = validateConfig({ pes: 16, group: 8, lanes: 4, requant: 2 });

/** What runs in RTL: inputs, and whether the model's zeros are work once and no work once more. */
const runsOf = ({ name }: OnnxModel) => {
  if (name === 'squeezenet') return { config: LARGE, inputs: 2, zeros: [false, true] };
  if (name === 'super_resolution') return { config: LARGE, inputs: 1, zeros: [false] };
  return { config: SMALL, inputs: 20, zeros: [false] };
};

const words = process.argv.slice(2);
const only = words.includes('--only') ? (words[words.indexOf('--only') + 1] ?? '') : '';
const fresh = words.includes('--fresh');

const stored: Record<string, OnnxRow> = existsSync(STORE) ? (JSON.parse(readFileSync(STORE, 'utf8')) as Record<string, OnnxRow>) : {};
const rows: OnnxRow[] = [];
const absent: string[] = [];

/** Says at most every two seconds how far it is. */
function progress(title: string): (text: string) => void {
  let last = 0;
  return (text) => {
    if (Date.now() - last < 2000) return;
    last = Date.now();
    console.error(`bench: ${title}: ${text}`);
  };
}

for (const model of ONNX_MODELS) {
  if (!model.name.includes(only)) {
    absent.push(model.name);
    continue;
  }
  const missing = absentOnnxFiles(model);
  if (missing.length > 0) {
    if (process.env['GEN_ACCEL_REQUIRE_DATA'] === '1') throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
    absent.push(model.name);
    continue;
  }
  const { config, inputs, zeros } = runsOf(model);
  const started = Date.now();
  const loaded = loadOnnx(model);
  const prepared = zeros.map((own) => prepare(onnxSubject(loaded, own ? { zeros: true } : {}), config, inputs));
  const key = createHash('sha256').update(loaded.recorded.inputsSha256).update(loaded.recorded.answers).update(prepared.map((each) => each.key).join(' ')).digest('hex').slice(0, 16);
  const known = stored[key];
  if (known !== undefined && !fresh) {
    rows.push(known);
    console.error(`bench: ${model.name}: unchanged`);
    continue;
  }
  const say = progress(model.name);
  const runs = [];
  for (const each of prepared) runs.push({ zeros: each.source.zeros === true, ...(await measure(each, say)) });
  const score = scoreOnnx(loaded.network, loaded.inputs, loaded.recorded, undefined, (done) => say(`scored ${done} of ${loaded.inputs.length}`));
  const { inputs: what, calibration } = model;
  const row: OnnxRow = { file: loaded.recorded.model, onnxruntime: loaded.recorded.onnxruntime, inputs: what, isPicture: model.isPicture === true, calibration: calibration?.what ?? null, lanes: config.lanes, runs, score };
  rows.push(row);
  const mismatch = runs.flatMap((run) => run.mismatch ?? []);
  console.error(`bench: ${model.name}: ${runs.map(({ exact, compared, images, cycles }) => `${exact} of ${compared} operators exact on ${images} inputs, ${cycles} cycles`).join('; ')}, ${Math.round((Date.now() - started) / 1000)} s ${mismatch.join('; ')}`);
  if (mismatch.length === 0) stored[key] = row;
  mkdirSync(dirname(STORE), { recursive: true });
  writeFileSync(STORE, JSON.stringify(stored, null, 1));
}

const { text, broken } = onnxDocument(rows, { configs: [SMALL, LARGE], simulator: await createSimulator('verilator').version() });
console.log(text);
if (absent.length === 0) writeFileSync(DOCUMENT, text);
else console.error(`bench: docs/onnx-models.md is not written, not measured: ${absent.join('; ')}`);
for (const line of broken) console.error(`bench: ${line}`);
if (broken.length > 0) process.exitCode = 1;

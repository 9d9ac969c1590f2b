// SPDX-License-Identifier: Apache-2.0
/**
 * Scores networks of models/ on dev500 and records them in models/models.json:
 *   npx tsx examples/retrain-pytorch/record.ts NAME=SCORES.json ...
 * SCORES.json is what `score.py --json` printed for the dense, the pruned and the retrained network: the results in float. Those in int8 are
 * counted here by the golden model. Without a name it writes models/README.md alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pairedLoss } from '../../bench/accuracy/measure.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import type { Network } from '../../generator/graph/network.js';
import type { RealImage } from '../../generator/import/images.js';
import { inspectNetwork } from '../../generator/inspect/inspect-network.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { modelsReadme, type ModelRecord, type Score } from './models-readme.js';
import { commandsOf, nameOf, RUNS, SCORED, type Run } from './runs.js';
import { CALIBRATED, floatNetwork, inData, int8Network, keptWeights, maskHash, modelBytes, MODELS, rightInt8, scoredImages } from './scoring.js';

const data = resolve(import.meta.dirname, '../..', process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
const RECORD = resolve(MODELS, 'models.json');

const packages = readFileSync(resolve(import.meta.dirname, 'requirements.txt'), 'utf8').trim().split('\n');
const round = (value: number): number => Math.round(100 * value) / 100;
const score = ({ right, of, loss, standardError }: Score): Score => ({ right, of, loss: round(loss), standardError: round(standardError) });

const ARRAY = validateConfig({});
/** Cycles of an image on 16 PEs with groups of 8 by the cycle law, from the zeros that the network has. */
const lawCycles = (network: Network): number =>
  inspectNetwork(network, ARRAY, pruneNetwork(network, { group: ARRAY.group, default: { existing: 'unconstrained' }, layers: new Map() })).totals.cycles;

interface DenseResult {
  readonly right: readonly boolean[];
  readonly cycles: number;
}

/** Right answers of the dense network in int8, kept in build/ since they are the same for many rows. */
function denseResult(run: Run, source: Uint8Array, images: readonly RealImage[]): DenseResult {
  const place = resolve(import.meta.dirname, `../../build/dense-int8-${sha256(source).slice(0, 16)}.json`);
  if (existsSync(place)) return JSON.parse(readFileSync(place, 'utf8')) as DenseResult;
  const network = int8Network(floatNetwork(source, 'dense'), run.source, data);
  const result = { right: rightInt8(network, images), cycles: inspectNetwork(network, ARRAY).totals.denseCycles };
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify(result));
  return result;
}

function record(run: Run, scores: readonly Score[]): ModelRecord {
  const name = nameOf(run);
  const [dense, oneShot, retrained] = scores.map(score);
  if (dense === undefined || oneShot === undefined || retrained === undefined || scores.length !== 3) throw new Error(`${name}: ${scores.length} scores; expected dense, pruned and retrained. Pass what the score command of runs.ts prints with --json.`);
  const bytes = modelBytes(run);
  const source = new Uint8Array(readFileSync(inData(data, run.source.model)));
  const network = floatNetwork(bytes, name);
  const images = scoredImages(run.source, data);
  const quantized = int8Network(network, run.source, data);
  const [before, right] = [denseResult(run, source, images), rightInt8(quantized, images)];
  const count = (answers: readonly boolean[]): Score => score({ right: answers.filter(Boolean).length, of: answers.length, ...pairedLoss(before.right, answers) });
  const { kept } = keptWeights(network);
  const { all } = keptWeights(floatNetwork(source, 'dense'));
  return {
    name, file: run.file, sha256: sha256(bytes),
    source: { name: run.source.name, model: run.source.model, sha256: sha256(source), origin: run.source.origin, licence: run.source.licence },
    constraint: run.channels === undefined ? run.constraint : `channels:${run.channels}`, layers: run.layers, seed: 1, epochs: run.epochs, packages, commands: commandsOf(run), kept, all, cycles: { law: lawCycles(quantized), dense: before.cycles }, maskHash: maskHash(network), scored: SCORED,
    float: { dense, oneShot, retrained }, int8: { calibration: CALIBRATED, dense: count(before.right), retrained: count(right) },
  };
}

let records = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as ModelRecord[]) : [];
for (const word of process.argv.slice(2)) {
  const [name, file] = word.split('=') as [string, string | undefined];
  const run = RUNS.find((one) => nameOf(one) === name);
  if (run === undefined || file === undefined) throw new Error(`${word} is not NAME=SCORES.json with a name of ${RUNS.map(nameOf).join(', ')}`);
  const made = record(run, JSON.parse(readFileSync(file, 'utf8')) as Score[]);
  records = RUNS.flatMap((one) => (nameOf(one) === name ? [made] : records.filter((other) => other.name === nameOf(one))));
  writeFileSync(RECORD, `${JSON.stringify(records, null, 2)}\n`);
  console.log(`${name}: float ${made.float.retrained.right}, int8 ${made.int8.retrained.right} of ${made.int8.retrained.of} right, dense in int8 ${made.int8.dense.right}`);
}
writeFileSync(resolve(MODELS, 'README.md'), modelsReadme(records));

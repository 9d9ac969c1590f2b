// SPDX-License-Identifier: Apache-2.0
/**
 * Holds the networks that examples/retrain-pytorch made to their record: the bytes, the zeros that the constraint allows, and accuracy in int8 on
 * images that neither retraining nor calibration saw.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelsReadme, type ModelRecord } from '../../examples/retrain-pytorch/models-readme.js';
import { nameOf, RUNS } from '../../examples/retrain-pytorch/runs.js';
import { floatNetwork, int8Network, keptWeights, maskHash, modelBytes, MODELS, rightInt8, scoredImages } from '../../examples/retrain-pytorch/scoring.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import { isFloatWeighted } from '../../generator/float/network.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { dataPath, dataRoot } from '../support/data.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const records = JSON.parse(readFileSync(resolve(MODELS, 'models.json'), 'utf8')) as ModelRecord[];
const runOf = (name: string) => RUNS.find((run) => nameOf(run) === name)!;

/** What was asked of a layer; `balanced:2/8` leaves dense the first layer too, whose inputs are less than a group. */
const wordsOf = ({ constraint, layers }: ModelRecord, layer: string): string => layers.find((one) => one.startsWith(`${layer}=`))?.slice(layer.length + 1) ?? (layer === 'conv2d_1' ? 'dense' : constraint);

it('every committed network is recorded, small, and in the table of the README', () => {
  expect(records.map(({ name }) => name)).toEqual(RUNS.map(nameOf).filter((name) => records.some((record) => record.name === name)));
  for (const { file } of records) expect(statSync(resolve(MODELS, file)).size, file).toBeLessThan(400_000);
  expect(readFileSync(resolve(MODELS, 'README.md'), 'utf8')).toBe(modelsReadme(records));
});

describe.each(records.map((record) => [record.name, record] as const))('%s', (name, record) => {
  const bytes = modelBytes(runOf(name));
  const network = floatNetwork(bytes, name);

  it('has the recorded bytes, zeros and number of weights', () => {
    expect({ sha256: sha256(bytes), maskHash: maskHash(network), kept: keptWeights(network).kept }).toEqual({ sha256: record.sha256, maskHash: record.maskHash, kept: record.kept });
    expect(record.kept / record.all).toBeLessThan(0.3);
  });

  it.skipIf(runOf(name).channels !== undefined)('is zero wherever its constraint says so', () => {
    for (const op of network.ops.filter(isFloatWeighted)) {
      const words = wordsOf(record, op.name);
      if (words === 'dense') continue;
      const allowed = parseConstraint(words, { pes: 16, group: 8 }).project(op.weights.data.map(Math.abs), op.weights.shape);
      expect(op.weights.data.filter((value, i) => value !== 0 && allowed[i] === 0).length, `${op.name}, ${words}`).toBe(0);
      expect(allowed.reduce((sum, bit) => sum + bit, 0), op.name).toBeLessThan(allowed.length / 1.5);
    }
  });
});

describe.skipIf(dataPath('cifar10/dev500_cifarbin.bin') === undefined || dataPath('cifar10/train4000_cifarbin.bin') === undefined)('in int8', () => {
  for (const record of records.filter(({ name }) => regress || name === 'resnet8-2of8')) {
    const run = runOf(record.name);
    it(`${record.name}: --keep existing finds what was pruned, and ${regress ? 'the recorded number of answers is right' : 'the first 100 answers are mostly right'}`, () => {
      const network = int8Network(floatNetwork(modelBytes(run), record.name), run.source, dataRoot);
      if (record.constraint === 'balanced:2/8') {
        const { keep } = pruneNetwork(network, { group: 8, default: { existing: 'balanced' }, layers: new Map() });
        for (const [layer, found] of keep) expect(found, layer).toBe(wordsOf(record, layer) === 'dense' ? 'dense' : Number(/:(\d)/.exec(wordsOf(record, layer))![1]));
      }
      const right = rightInt8(network, scoredImages(run.source, dataRoot, regress ? Infinity : 100)).filter(Boolean).length;
      process.stdout.write(`${record.name}: int8 ${right} right\n`);
      if (regress) expect(right).toBe(record.int8.retrained.right);
      else expect(right).toBeGreaterThanOrEqual(80);
    }, 1_200_000);
  }
});

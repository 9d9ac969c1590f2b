// SPDX-License-Identifier: Apache-2.0
/** Holds the split: calibration, sensitivity, retraining and early stopping see train4000 (the first 100 keyword inputs), scores count dev500 (the other 150). */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingFiles, SUBJECTS } from '../../bench/accuracy/subjects.js';
import type { ModelRecord } from '../../examples/retrain-pytorch/models-readme.js';
import { commandsOf, nameOf, RUNS, SCORED, TRAINING } from '../../examples/retrain-pytorch/runs.js';
import { CalibrationOverlapError } from '../../generator/quantize/post-training/errors.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { dataPath, readData } from '../support/data.js';

const root = resolve(import.meta.dirname, '../..');
const records = JSON.parse(readFileSync(resolve(root, 'examples/retrain-pytorch/models/models.json'), 'utf8')) as ModelRecord[];
const imagesIn = (command: string): string[] => command.split(' ').filter((word) => word.endsWith('.bin'));

const RECORD = 3073;
const pictures = (path: string): Float32Array[] => {
  const bytes = readData(path);
  return Array.from({ length: bytes.length / RECORD }, (_, i) => Float32Array.from(bytes.subarray(RECORD * i + 1, RECORD * (i + 1))));
};

describe('retrained networks', () => {
  it.each(RUNS.map((run) => [nameOf(run), run] as const))('%s: pruned and trained on train4000, scored on dev500', (_, run) => {
    const { prune, retrain, score } = commandsOf(run);
    expect([...imagesIn(prune), TRAINING].every((path) => path === TRAINING), prune).toBe(true);
    expect(imagesIn(retrain)).toEqual([TRAINING]);
    expect(imagesIn(score)).toEqual([SCORED]);
  });

  it('are recorded with these commands', () => {
    expect(records.length).toBeGreaterThan(0);
    for (const { name, commands, scored } of records) {
      expect(commands, name).toEqual(commandsOf(RUNS.find((run) => nameOf(run) === name)!));
      expect(scored).toBe(SCORED);
    }
  });
});

describe('accuracy rows', () => {
  it.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s: no calibration input is scored', (_, subject) => {
    if (missingFiles(subject).length > 0) return;
    const [calibration, scored] = [subject.calibration(4000), subject.scored()];
    expect([calibration.length, scored.length]).toEqual(subject.name === 'dscnn' ? [100, 150] : [4000, 500]);
    expect(() => requireDisjoint(calibration.map(({ data }) => data), scored.map(({ data }) => data))).not.toThrow();
  }, 60_000);
});

describe.skipIf(dataPath('cifar10/dev500_cifarbin.bin') === undefined || dataPath('cifar10/train4000_cifarbin.bin') === undefined)('train4000 and dev500', () => {
  it('share no image, and one that they did share would be found', () => {
    const [train, dev] = [pictures('cifar10/train4000_cifarbin.bin'), pictures('cifar10/dev500_cifarbin.bin')];
    expect([train.length, dev.length]).toEqual([4000, 500]);
    expect(() => requireDisjoint(train, dev)).not.toThrow();
    expect(() => requireDisjoint(train, [...dev.slice(0, 3), Float32Array.from(train[3999]!)])).toThrow(CalibrationOverlapError);
  });
});

it('no document, example or bench calibrates or trains with scored images, or scores training images', () => {
  const wrong = ['bench', 'docs', 'examples', 'README.md', 'scripts'].flatMap((place) => {
    const files = place.endsWith('.md') ? [place] : readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((file) => join(place, file));
    return files.filter((file) => /\.(md|ts|py|json|sh)$/.test(file)).flatMap((file) =>
      readFileSync(join(root, file), 'utf8').split('\n').flatMap((line) => {
        const calibrated = /--calibration[= ]\S*dev500|retrain\.py[^&|;]*dev500/.test(line);
        const scored = (/--images[= ]\S*train4000/.test(line) && !/retrain\.py/.test(line)) || /score\.py \S*train4000/.test(line);
        return calibrated || scored ? [`${file}: ${line.trim().slice(0, 120)}`] : [];
      }));
  });
  expect(wrong).toEqual([]);
});

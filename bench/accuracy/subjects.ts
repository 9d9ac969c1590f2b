// SPDX-License-Identifier: Apache-2.0
/** Owns the networks whose accuracy after pruning is measured, with the inputs that calibrate and those that score. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FloatNetwork } from '../../generator/float/network.js';
import { readSources } from '../../generator/import/images.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { readTflite } from '../../generator/import/tflite/import.js';

const root = resolve(import.meta.dirname, '../..');
const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');

export interface Labelled {
  readonly label: number;
  readonly data: Float32Array;
}

export interface Subject {
  readonly name: string;
  readonly model: string;
  /** What the calibration inputs are the first of, and what is scored. */
  readonly calibrationSplit: string;
  readonly scoredSplit: string;
  calibration(count: number): Labelled[];
  scored(): Labelled[];
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(resolve(data, path)));

/** The value of pixel x of a channel. */
type PixelRule = (x: number, channel: number) => number;

const [MEAN, DEVIATION] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
const imagenet: PixelRule = (x, channel) => (x / 255 - (MEAN[channel] as number)) / (DEVIATION[channel] as number);

function cifar(path: string, rule: PixelRule, count = Infinity): Labelled[] {
  return readSources(path, bytesOf(path), [1, 32, 32, 3]).slice(0, count).map(({ label, values }) => {
    if (values.kind !== 'pixels' || label === undefined) throw new Error(`${path} has no labelled pixels`);
    return { label, data: Float32Array.from(values.data, (x, i) => rule(x, i % 3)) };
  });
}

const cifarSubject = (name: string, model: string, rule: PixelRule): Subject => ({
  name, model, calibrationSplit: 'train4000', scoredSplit: 'dev500',
  calibration: (count) => cifar('cifar10/train4000_cifarbin.bin', rule, count),
  scored: () => cifar('cifar10/dev500_cifarbin.bin', rule),
});

const KEYWORDS = 490;
const KEYWORD_CALIBRATION = 100;

/** Inputs of the int8 DS-CNN, as the real numbers that they stand for. */
function keywords(): Labelled[] {
  const values = new Int8Array(bytesOf('eembc-kws01/dev250_x_i8_250x49x10.bin'));
  const labels = new TextDecoder().decode(bytesOf('eembc-kws01/dev250_labels.csv')).trim().split('\n').map((line) => Number(line.split(',').at(-1)));
  const scale = Math.fround(0.5847029089927673);
  return labels.map((label, i) => ({ label, data: Float32Array.from(values.subarray(KEYWORDS * i, KEYWORDS * (i + 1)), (value) => (value - 83) * scale) }));
}

export const SUBJECTS: readonly Subject[] = [
  cifarSubject('resnet20', 'akamaster/resnet20_opset13.onnx', imagenet),
  cifarSubject('resnet8', 'mlcommons-tiny/resnet8_float.tflite', (x) => x),
  {
    name: 'dscnn', model: 'mlperf-tiny-results/dscnn_kws_float.tflite', calibrationSplit: 'dev250', scoredSplit: 'dev250[100:250]',
    calibration: (count) => keywords().slice(0, Math.min(count, KEYWORD_CALIBRATION)),
    scored: () => keywords().slice(KEYWORD_CALIBRATION),
  },
];

/** Files of a subject that are not there. */
export const missingFiles = ({ model, name }: Subject): string[] =>
  [model, ...(name === 'dscnn' ? ['eembc-kws01/dev250_x_i8_250x49x10.bin'] : ['cifar10/train4000_cifarbin.bin', 'cifar10/dev500_cifarbin.bin'])].filter((path) => !existsSync(resolve(data, path)));

export function readSubject({ model, name }: Subject): { readonly network: FloatNetwork; readonly bytes: Uint8Array } {
  const bytes = bytesOf(model);
  const imported = model.endsWith('.onnx') ? readOnnx(bytes, name) : readTflite(bytes, name);
  if (imported.kind !== 'float32') throw new Error(`${model} is not float`);
  return { network: imported.network, bytes };
}

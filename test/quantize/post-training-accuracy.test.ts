// SPDX-License-Identifier: Apache-2.0
/** Holds quantization to its bar on the real networks: int8 loses less than one point against float on images that calibration never saw. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import { readSources, toRealImage, type RealImage } from '../../generator/import/images.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { dataPath, readData } from '../support/data.js';
import { dequantize } from '../support/float-network.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const RESNET = 'mlcommons-tiny/resnet8_float.tflite';
const DSCNN = 'mlperf-tiny-results/dscnn_kws_float.tflite';

function floatModel(path: string): FloatNetwork {
  const imported = readTflite(readData(path), path);
  if (imported.kind !== 'float32') throw new Error(`${path} is not float`);
  return imported.network;
}

const cifar = (path: string): RealImage[] => readSources(path, readData(path), [1, 32, 32, 3]).map((image) => toRealImage(image));

/** Inputs of the int8 DS-CNN, as the real numbers that they stand for. */
function keywords(): RealImage[] {
  const values = new Int8Array(readData('eembc-kws01/dev250_x_i8_250x49x10.bin'));
  const labels = new TextDecoder().decode(readData('eembc-kws01/dev250_labels.csv')).trim().split('\n').map((line) => Number(line.split(',').at(-1)));
  const quantization = { scale: Math.fround(0.5847029089927673), zeroPoint: 83 };
  return labels.map((label, i) => ({ label, data: dequantize(values.subarray(490 * i, 490 * (i + 1)), quantization) }));
}

const winner = (values: ArrayLike<number>): number => Array.from(values).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);

interface Score {
  readonly float: number;
  readonly int8: number;
  readonly agree: number;
}

/** Right answers of the float network and of its int8 form. */
function score(network: FloatNetwork, calibration: readonly RealImage[], scored: readonly RealImage[]): Score {
  requireDisjoint(calibration.map(({ data }) => data), scored.map(({ data }) => data));
  const quantized = quantizeNetwork(network, calibration.map(({ data }) => data));
  const input = quantized.tensors[quantized.inputs[0]!]!.quantization;
  const sum = { float: 0, int8: 0, agree: 0 };
  for (const { label, data } of scored) {
    const real = winner(floatOutput(network, runFloat(network, data)));
    const golden = winner(goldenOutput(quantized, runGolden(quantized, realToInt8(data, input))).data);
    if (real === label) sum.float++;
    if (golden === label) sum.int8++;
    if (real === golden) sum.agree++;
  }
  return sum;
}

function report(what: string, { float, int8, agree }: Score, calibration: number, scored: number): void {
  const percent = (n: number): string => ((100 * n) / scored).toFixed(1);
  process.stdout.write(`${what}: float ${percent(float)} %, int8 ${percent(int8)} %, same answer ${percent(agree)} % of ${scored}; calibrated on ${calibration}\n`);
}

const contents = (images: readonly RealImage[]): string[] => images.map(({ data }) => createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex'));

describe.skipIf(dataPath(RESNET) === undefined)('ResNet-8', () => {
  it('calibration images (train4000) and scored images (dev500) have no content in common', () => {
    const [train, dev] = [contents(cifar('cifar10/train4000_cifarbin.bin')), new Set(contents(cifar('cifar10/dev500_cifarbin.bin')))];
    expect([train.length, dev.size]).toEqual([4000, 500]);
    expect(train.filter((hash) => dev.has(hash))).toEqual([]);
  });

  const [count, calibrated, bar] = regress ? [500, 200, 1] : [100, 48, 2];
  it(`int8 loses less than ${bar} point${bar === 1 ? '' : 's'} on ${count} images${regress ? '' : ' (GEN_ACCEL_REGRESS=1: 1 point on 500)'}`, () => {
    const calibration = cifar('cifar10/train4000_cifarbin.bin').slice(0, calibrated);
    const found = score(floatModel(RESNET), calibration, cifar('cifar10/dev500_cifarbin.bin').slice(0, count));
    report('resnet8_float', found, calibrated, count);
    expect((100 * (found.float - found.int8)) / count).toBeLessThan(bar);
    expect(found.float / count).toBeGreaterThan(0.85);
    if (regress) expect(found.float).toBe(439);
  }, 600_000);
});

describe.skipIf(dataPath(DSCNN) === undefined)('DS-CNN', () => {
  it('int8 loses less than a point on 150 keywords, calibrated on 100 others', () => {
    const all = keywords();
    const [calibration, scored] = [all.slice(0, 100), all.slice(100)];
    const seen = new Set(contents(calibration));
    expect(contents(scored).filter((hash) => seen.has(hash))).toEqual([]);
    const found = score(floatModel(DSCNN), calibration, scored);
    report('dscnn_kws_float', found, 100, 150);
    expect((100 * (found.float - found.int8)) / 150).toBeLessThan(1);
    expect(found.float).toBe(138);
  }, 600_000);
});

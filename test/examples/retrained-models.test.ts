// SPDX-License-Identifier: Apache-2.0
/**
 * Holds the networks that examples/retrain-pytorch made to their figures: pruned as said, and accuracy in int8 on images that neither
 * retraining nor calibration saw. dev500 is scored; train4000 alone is trained and calibrated on.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { readSources, toRealImage, type RealImage } from '../../generator/import/images.js';
import { importOnnxFloat } from '../../generator/import/onnx/import.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { density, layerWork } from '../../generator/prune/accounting.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { dataPath, readData } from '../support/data.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const folder = resolve(import.meta.dirname, '../../examples/retrain-pytorch/models');
const CALIBRATED = 100;

type Pixels = (values: Float32Array) => Float32Array;

const cifar = (file: string, count: number, pixels: Pixels): RealImage[] =>
  readSources(file, readData(`cifar10/${file}`), [1, 32, 32, 3]).slice(0, count).map((image) => toRealImage(image)).map((image) => ({ ...image, data: pixels(image.data) }));

const winner = (values: ArrayLike<number>): number => Array.from(values).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);

function quantized(bytes: Uint8Array, pixels: Pixels): Network {
  return quantizeNetwork(importOnnxFloat(bytes, 'net').network, cifar('train4000_cifarbin.bin', CALIBRATED, pixels).map(({ data }) => data));
}

function right(network: Network, images: readonly RealImage[]): number {
  const { quantization } = tensorById(network, network.inputs[0]!);
  return images.filter(({ data, label }) => winner(goldenOutput(network, runGolden(network, realToInt8(data, quantization))).data) === label).length;
}

const existing = (network: Network) => pruneNetwork(network, { group: 8, default: { existing: 'balanced' }, layers: new Map() });

const asIs: Pixels = (values) => values;

interface Case {
  readonly name: string;
  readonly file: string;
  readonly pixels: Pixels;
  /** K of the convolutions in order. */
  readonly keep: readonly (number | 'dense')[];
  /** Largest share of the weights that is kept. */
  readonly density: number;
  readonly count: number;
  /** Least share of right answers in int8. */
  readonly bar: number;
}

const CASES: readonly Case[] = [
  { name: 'ResNet-8 at 2 of 8', file: 'resnet8-2of8.onnx', pixels: asIs, keep: ['dense', ...Array.from({ length: 9 }, () => 2)], density: 0.255, count: regress ? 500 : 100, bar: 0.8 },
];

describe.skipIf(dataPath('cifar10/dev500_cifarbin.bin') === undefined || dataPath('cifar10/train4000_cifarbin.bin') === undefined)('a network that was retrained', () => {
  for (const { name, file, pixels, keep, density: most, count, bar } of CASES) {
    it(`${name}: pruned as said, and right in at least ${100 * bar} of 100 of ${count} images in int8`, () => {
      const bytes = new Uint8Array(readFileSync(resolve(folder, file)));
      const network = quantized(file.endsWith('.gz') ? new Uint8Array(gunzipSync(bytes)) : bytes, pixels);
      const found = existing(network);
      expect([...found.keep.values()]).toEqual(keep);
      expect(density(layerWork(network, found.masks))).toBeLessThan(most);
      const images = cifar('dev500_cifarbin.bin', count, pixels);
      requireDisjoint(cifar('train4000_cifarbin.bin', 4000, pixels).map(({ data }) => data), images.map(({ data }) => data));
      const score = right(network, images);
      process.stdout.write(`${name}: int8 ${score} of ${count} right (${((100 * score) / count).toFixed(1)} %), ${(100 * density(layerWork(network, found.masks))).toFixed(1)} % of the weights\n`);
      expect(score / count).toBeGreaterThanOrEqual(bar);
    }, 1_200_000);
  }
});

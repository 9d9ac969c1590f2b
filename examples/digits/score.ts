// SPDX-License-Identifier: Apache-2.0
/**
 * Counts the right answers of the two networks on digits that none of them was trained on, in float and in int8 by the golden model:
 *   npx tsx examples/digits/score.ts [COUNT]
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { importOnnxFloat } from '../../generator/import/onnx/import.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { markdownTable } from '../../generator/report/markdown-table.js';
import { digitImages, type DigitImage } from './images.js';

/** The trained networks, beside this file. */
export const DENSE = resolve(import.meta.dirname, 'digits.onnx');
export const RETRAINED = resolve(import.meta.dirname, 'digits-2of8.onnx');

/** Images that the ranges of activations come from. */
export const CALIBRATION = 100;
export const GROUP = 8;

export const floatDigits = (path: string): FloatNetwork => importOnnxFloat(readFileSync(path), basename(path, '.onnx')).network;

const real = ({ pixels }: DigitImage): Float32Array => Float32Array.from(pixels);

/** In int8, calibrated on the first images of that split. */
export const int8Digits = (network: FloatNetwork): Network => quantizeNetwork(network, digitImages('calibration', CALIBRATION).map(real));

/** One-shot: the largest of every group of eight stay, nothing is trained again. */
export function prunedDigits(network: Network, keep: number | 'existing'): Network {
  return applyMasks(network, pruneNetwork(network, keepPlan(GROUP, keep)).masks);
}

const winner = (values: ArrayLike<number>): number => Array.from(values).reduce((best, value, i, all) => (value > (all[best] as number) ? i : best), 0);

/** Right answers on these images. */
export function rightInt8(network: Network, images: readonly DigitImage[]): number {
  const { quantization } = tensorById(network, network.inputs[0] as number);
  return images.filter((image) => winner(goldenOutput(network, runGolden(network, realToInt8(real(image), quantization))).data) === image.label).length;
}

export const rightFloat = (network: FloatNetwork, images: readonly DigitImage[]): number =>
  images.filter((image) => winner(floatOutput(network, runFloat(network, real(image)))) === image.label).length;

/** The table of the README, on the first `count` test images. */
export function scoreTable(count: number): string {
  const images = digitImages('test', count);
  const [dense, retrained] = [floatDigits(DENSE), floatDigits(RETRAINED)];
  const int8 = int8Digits(dense);
  const row = (name: string, right: number): string[] => [name, `${right} of ${count}`, `${((100 * right) / count).toFixed(1)} %`];
  return markdownTable(['network', 'right', 'accuracy'], [
    row('dense, float', rightFloat(dense, images)),
    row('dense, int8', rightInt8(int8, images)),
    row('2 of 8, retrained, float', rightFloat(retrained, images)),
    row('2 of 8, one-shot by magnitude, int8', rightInt8(prunedDigits(int8, 2), images)),
    row('2 of 8, retrained, int8', rightInt8(prunedDigits(int8Digits(retrained), 'existing'), images)),
  ]);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) console.log(scoreTable(Number(process.argv[2] ?? 500)));

// SPDX-License-Identifier: Apache-2.0
/** Owns how the retrained networks are read and scored: calibrated on the first training images, counted on dev500, float and int8. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sha256 } from '../../generator/core/stable-hash.js';
import { isFloatWeighted, type FloatNetwork } from '../../generator/float/network.js';
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { readSources, toRealImage, type RealImage } from '../../generator/import/images.js';
import { importOnnxFloat } from '../../generator/import/onnx/import.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { SCORED, TRAINING, type Run, type Source } from './runs.js';

export const MODELS = resolve(import.meta.dirname, 'models');

/** Training images that ranges of activations come from. */
export const CALIBRATED = 100;

/** $DATA/... below the data folder. */
export const inData = (root: string, path: string): string => path.replace('$DATA', root);

const FILE_SHAPE = [1, 32, 32, 3];

/** Records of CIFAR-10 as the network reads them. */
export function cifarImages(path: string, { normalization }: Source, count = Infinity): RealImage[] {
  const sources = readSources(path, new Uint8Array(readFileSync(path)), FILE_SHAPE).slice(0, count);
  return normalization === undefined ? sources.map((image) => toRealImage(image)) : sources.map((image) => toRealImage(image, 'unit', path, normalization));
}

/** The bytes of a file in models/, unpacked. */
export function modelBytes({ file }: Run): Uint8Array {
  const bytes = readFileSync(resolve(MODELS, file));
  return new Uint8Array(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

export const floatNetwork = (bytes: Uint8Array, name: string): FloatNetwork => importOnnxFloat(bytes, name).network;

/** SHA-256 over one byte a weight, 1: not zero, of all layers in order, as the network holds them. */
export const maskHash = (network: FloatNetwork): string =>
  sha256(Uint8Array.from(network.ops.filter(isFloatWeighted).flatMap(({ weights }) => Array.from(weights.data, (value) => (value === 0 ? 0 : 1)))));

export function keptWeights(network: FloatNetwork): { readonly kept: number; readonly all: number } {
  const weights = network.ops.filter(isFloatWeighted).map((op) => op.weights.data);
  return { kept: weights.reduce((sum, data) => sum + data.reduce((n, value) => n + (value === 0 ? 0 : 1), 0), 0), all: weights.reduce((sum, data) => sum + data.length, 0) };
}

/** In int8, calibrated on the first training images. */
export const int8Network = (network: FloatNetwork, source: Source, data: string): Network =>
  quantizeNetwork(network, cifarImages(inData(data, TRAINING), source, CALIBRATED).map((image) => image.data));

const winner = (values: ArrayLike<number>): number => Array.from(values).reduce((best, value, i, all) => (value > (all[best] as number) ? i : best), 0);

/** Which answers are right, by the integer golden model. */
export function rightInt8(network: Network, images: readonly RealImage[]): boolean[] {
  const { quantization } = tensorById(network, network.inputs[0] as number);
  return images.map(({ data, label }) => winner(goldenOutput(network, runGolden(network, realToInt8(data, quantization))).data) === label);
}

/** The first scored images. Throws CalibrationOverlapError where one of them is a training image. */
export function scoredImages(source: Source, data: string, count = Infinity): RealImage[] {
  const images = cifarImages(inData(data, SCORED), source, count);
  requireDisjoint(cifarImages(inData(data, TRAINING), source).map((image) => image.data), images.map((image) => image.data));
  return images;
}

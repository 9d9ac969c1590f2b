// SPDX-License-Identifier: Apache-2.0
/** Holds whole networks without recorded outputs to other ways of computing them: real arithmetic, and uint8 kernels. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { inputOf, outputOf, weightedOps } from '../../generator/graph/query.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { readBmp } from '../../generator/import/bmp.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { readTfliteModel } from '../../generator/import/tflite/schema.js';
import { goldenAccumulators, goldenOutput, runGolden } from '../../generator/model/golden.js';
import { dataPath, readData } from '../support/data.js';
import { expectSame } from '../support/mismatch.js';
import { runUint8 } from '../support/uint8-reference.js';

const AD = 'mlcommons-tiny/ad01_autoencoder_int8.tflite';
const SPEECH = 'tflite-micro/micro_speech_quantized.tflite';
const MOBILENET = 'coral/mobilenet_v1_0.25_128_quant.tflite';

/** Every weighted layer: dot products in doubles from real values, then the distance to the golden output, at most 3/4 of a step. */
function expectNearReal(network: Network, input: Int8Array): void {
  const tensors = runGolden(network, input);
  for (const op of weightedOps(network)) {
    const [from, to] = [inputOf(network, op), outputOf(network, op)];
    const found = tensors.get(op.outputs[0])!.data;
    const accumulators = goldenAccumulators(network, op, tensors.get(op.inputs[0])!);
    const channels = op.bias.length;
    found.forEach((value, i) => {
      const channel = i % channels;
      const scale = from.quantization.scale * op.weights.scales[op.weights.scales.length === 1 ? 0 : channel]!;
      let sum = accumulators[i]!;
      if (op.kind === 'fully-connected') {
        sum = op.bias[channel]!;
        tensors.get(op.inputs[0])!.data.forEach((q, c) => { sum += (q - from.quantization.zeroPoint) * op.weights.data[channel * op.weights.shape[3] + c]!; });
      }
      const real = (sum * scale) / to.quantization.scale + to.quantization.zeroPoint;
      const clamped = Math.min(op.activationMax, Math.max(op.activationMin, real));
      if (Math.abs(value - clamped) > 0.751) expect.fail(`${op.name}, element ${i}: ${value}, real ${real}`);
    });
  }
}

describe('the autoencoder and micro speech', () => {
  it.skipIf(dataPath(AD) === undefined)('ad01: ten fully connected layers are within 3/4 of a step of real arithmetic', () => {
    const network = importTflite(readData(AD), 'ad01');
    expect(network.ops.map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => 'fully-connected'));
    for (const seed of [1, 2]) expectNearReal(network, randomInput(network, seed));
  });

  it.skipIf(dataPath(SPEECH) === undefined)('micro speech: eight filters on one channel, and probabilities of 1 in all', () => {
    const network = importTflite(readData(SPEECH), 'micro_speech');
    expect(network.ops.map(({ name }) => name)).toEqual(['reshape_1', 'depthwise_1', 'fc_1', 'softmax_1']);
    expect(network.ops[1]).toMatchObject({ depthMultiplier: 8 });
    for (const seed of [1, 2, 3]) {
      const input = randomInput(network, seed);
      expectNearReal(network, input);
      const sum = goldenOutput(network, runGolden(network, input)).data.reduce((total, q) => total + q + 128, 0);
      expect(Math.abs(sum - 256)).toBeLessThanOrEqual(2);
    }
  });
});

/** A picture of 128 x 128 pixels: the mean of each cell of the larger one. */
function shrink(file: string): Uint8Array {
  const image = readBmp(readData(file));
  const edge = (at: number, size: number): number => Math.floor((at * size) / 128);
  return Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 384), Math.floor(i / 3) % 128, i % 3];
    const values: number[] = [];
    for (let row = edge(y, image.height); row < edge(y + 1, image.height); row++) {
      for (let column = edge(x, image.width); column < edge(x + 1, image.width); column++) values.push(image.data[(row * image.width + column) * 3 + c]!);
    }
    return Math.round(values.reduce((a, b) => a + b, 0) / values.length);
  });
}

const toInt8 = (image: Uint8Array): Int8Array => Int8Array.from(image, (pixel) => pixel - 128);

describe.skipIf(dataPath(MOBILENET) === undefined)('coral’s uint8 MobileNet, converted to int8', () => {
  it.each<[string, RegExp]>([['cat', /cat/], ['bird', /^chickadee$/]])('knows the %s', (name, label) => {
    const network = importTflite(readData(MOBILENET), 'mobilenet');
    const labels = new TextDecoder().decode(readData('coral/imagenet_labels.txt')).split('\n').map((line) => line.trim());
    const { data } = goldenOutput(network, runGolden(network, toInt8(shrink(`coral/${name}.bmp`))));
    expect(labels[data.indexOf(Math.max(...data))]).toMatch(label);
  });

  it('equals the uint8 kernels in every layer, for a picture and for noise', () => {
    const bytes = readData(MOBILENET);
    const [network, model] = [importTflite(bytes, 'mobilenet'), readTfliteModel(bytes)];
    const random = createRandom(1);
    const noise = Uint8Array.from({ length: 128 * 128 * 3 }, () => random.integer(0, 255));
    for (const image of [shrink('coral/cat.bmp'), noise]) {
      const tensors = runGolden(network, toInt8(image));
      const reference = runUint8(model, image);
      expect(reference.length).toBe(network.ops.length - 1);
      reference.forEach((expected, i) => {
        const { name, outputs } = network.ops[i]!;
        expectSame(tensors.get(outputs[0])!.data, toInt8(expected), name);
      });
    }
  });
});

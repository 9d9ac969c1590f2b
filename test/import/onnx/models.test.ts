// SPDX-License-Identifier: Apache-2.0
/** Imports real ONNX models: their operators, and their outputs against recorded ones and against the same models as TFLite. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { foldNetwork } from '../../../generator/float/fold/fold-network.js';
import type { FloatNetwork } from '../../../generator/float/network.js';
import type { Network } from '../../../generator/graph/network.js';
import { importOnnxFloat, readOnnx } from '../../../generator/import/onnx/import.js';
import { readTflite } from '../../../generator/import/tflite/import.js';
import { goldenOutput, runGolden } from '../../../generator/model/golden.js';
import { dataPath, readData } from '../../support/data.js';
import { toNetwork } from '../../support/onnx-values.js';
import { npzArrays } from '../../support/npz.js';
import { readTar } from '../../support/tar.js';

const FOLDER = 'mlperf-tiny-results/onnx';

/** Of the first recorded image: what onnxruntime 1.32 gives for mnist-8. */
const MNIST_LOGITS = [-2702.903, -2044.031, -1144.478, 3431.759, -2802.408, 4449.7, -2858.962, 127.987, 912.245, 528.99];

/** Of super_resolution as opset 13, for seed 1: what onnxruntime 1.32 gives at row 67 i + 3, column 59 i + i mod 3. */
const SUPER_RESOLUTION = [
  0.7253525257110596, 0.14856833219528198, 0.34094667434692383, 0.35366517305374146, 0.44042274355888367, 0.4766302704811096, 0.04630449414253235, 0.02060900628566742, 0.31550538539886475,
  0.5559371113777161,
];

/** Path, kind, and how often the folded network has each operator. */
const MODELS: readonly (readonly [string, 'int8' | 'float32', string])[] = [
  [`${FOLDER}/resnet8_float.onnx`, 'float32', '3 add, 1 average-pool, 9 conv2d, 1 fully-connected, 1 softmax'],
  [`${FOLDER}/resnet8_qdq.onnx`, 'int8', '3 add, 9 conv2d, 1 depthwise-conv2d, 1 fully-connected, 1 softmax'],
  [`${FOLDER}/dscnn_kws_qdq.onnx`, 'int8', '5 conv2d, 5 depthwise-conv2d, 1 fully-connected, 2 reshape, 1 softmax'],
  [`${FOLDER}/ad_autoencoder_qdq.onnx`, 'int8', '10 fully-connected'],
  ['mlperf-tiny-results/alibaba_ic_mbconv.onnx', 'float32', '3 add, 18 conv2d, 8 depthwise-conv2d, 1 fully-connected, 1 mean'],
  ['akamaster/resnet20_opset13.onnx', 'float32', '9 add, 19 conv2d, 1 fully-connected, 1 mean, 2 pad, 2 slice'],
  ['mnist/mnist-8.onnx', 'float32', '2 conv2d, 1 fully-connected, 2 max-pool'],
  ['onnx-misc/super_resolution.onnx', 'float32', '2 concatenation, 4 conv2d, 2 reshape, 6 slice'],
  ['squeezenet-dc/squeezenet_v1.0_pruned_opset13.onnx', 'float32', '8 concatenation, 26 conv2d, 3 max-pool, 1 mean'],
];

function operators({ ops }: Network | FloatNetwork): string {
  const kinds = ops.map(({ kind }) => kind).toSorted();
  return [...new Set(kinds)].map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`).join(', ');
}

describe('the importer', () => {
  for (const [path, kind, expected] of MODELS) {
    it.skipIf(dataPath(path) === undefined)(`reads ${basename(path)} and leaves no operator that folding takes up`, () => {
      const imported = readOnnx(readData(path), basename(path));
      expect(imported.kind).toBe(kind);
      expect(operators(imported.kind === 'float32' ? foldNetwork(imported.network) : imported.network)).toBe(expected);
    });
  }
});

describe('outputs', () => {
  const float = `${FOLDER}/resnet8_float.onnx`;
  const tflite = 'mlcommons-tiny/resnet8_float.tflite';
  it.skipIf(dataPath(float) === undefined || dataPath(tflite) === undefined)('of resnet8_float are those of the same model in TFLite', () => {
    const [onnx, other] = [importOnnxFloat(readData(float), 'onnx').network, readTflite(readData(tflite), 'tflite')];
    if (other.kind !== 'float32') throw new Error('no float network');
    const random = createRandom(1);
    for (let i = 0; i < 3; i++) {
      const image = Float32Array.from({ length: 32 * 32 * 3 }, () => random.integer(0, 255));
      const [a, b] = [floatOutput(onnx, runFloat(onnx, image)), floatOutput(other.network, runFloat(other.network, image))];
      expect(Math.max(...a.map((value, c) => Math.abs(value - (b[c] as number))))).toBeLessThan(1e-4);
    }
  });

  const mnist = ['mnist/mnist-8.onnx', 'mnist/onnx-models-mnist-opset1.tar.gz'] as const;
  it.skipIf(mnist.some((path) => dataPath(path) === undefined))('of MNIST in opset 1 and 8 name the recorded digits', () => {
    const files = readTar(readData(mnist[1]));
    for (const model of [files.get('mnist/model.onnx') as Uint8Array, readData(mnist[0])]) {
      const { network, inputs } = importOnnxFloat(model, 'mnist');
      const found = [0, 1, 2].map((set) => {
        const arrays = npzArrays(files.get(`mnist/test_data_${set}.npz`) as Uint8Array);
        const values = floatOutput(network, runFloat(network, toNetwork(inputs[0] as (typeof inputs)[0], arrays.get('inputs') ?? [])));
        expect(values.indexOf(Math.max(...values))).toBe(arrays.get('outputs')?.indexOf(1));
        return values;
      });
      const worst = Math.max(...MNIST_LOGITS.map((value, c) => Math.abs(value - (found[0]?.[c] as number))));
      expect(worst).toBeLessThan(0.01);
    }
  });

  const resolution = 'onnx-misc/super_resolution.onnx';
  it.skipIf(dataPath(resolution) === undefined)('of super_resolution are those of onnxruntime', { timeout: 120_000 }, () => {
    const { network, outputs } = importOnnxFloat(readData(resolution), 'sr');
    expect(outputs[0]?.shape).toEqual([1, 1, 672, 672]);
    const random = createRandom(1);
    const values = floatOutput(network, runFloat(network, Float32Array.from({ length: 224 * 224 }, () => random.next())));
    const worst = Math.max(...SUPER_RESOLUTION.map((wanted, i) => Math.abs((values[(67 * i + 3) * 672 + 59 * i + (i % 3)] as number) / wanted - 1)));
    expect(worst).toBeLessThan(1e-4);
  });

  const quantized = [`${FOLDER}/resnet8_qdq.onnx`, 'mlcommons-tiny/resnet8_int8.tflite'] as const;
  it.skipIf(quantized.some((path) => dataPath(path) === undefined))('of resnet8_qdq run in integers', () => {
    const imported = readOnnx(readData(quantized[0]), 'qdq');
    if (imported.kind !== 'int8') throw new Error('no int8 network');
    const random = createRandom(2);
    const image = Int8Array.from({ length: 32 * 32 * 3 }, () => random.integer(-128, 127));
    const values = goldenOutput(imported.network, runGolden(imported.network, image)).data;
    expect(values.reduce((sum, q) => sum + q + 128, 0)).toBeGreaterThan(250);
    expect(values.reduce((sum, q) => sum + q + 128, 0)).toBeLessThan(262);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Imports real ONNX models and runs them. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import { dataPath, readData } from '../../support/data.js';

const MODELS = [
  'mlperf-tiny-results/onnx/resnet8_float.onnx', 'mlperf-tiny-results/onnx/resnet8_qdq.onnx', 'mlperf-tiny-results/onnx/dscnn_kws_qdq.onnx', 'mlperf-tiny-results/onnx/ad_autoencoder_qdq.onnx',
  'mlperf-tiny-results/alibaba_ic_mbconv.onnx', 'akamaster/resnet20_opset13.onnx', 'mnist/mnist-8.onnx', 'onnx-misc/super_resolution.onnx', 'squeezenet-dc/squeezenet_v1.0_pruned_opset13.onnx',
];
describe('models', () => {
  it.each(MODELS)('%s', (path) => {
    if (dataPath(path) === undefined) return;
    const r = readOnnx(readData(path), basename(path));
    console.log(r.kind, JSON.stringify(r.inputs), JSON.stringify(r.outputs), r.network.ops.map((o) => o.name).join(' '));
    expect(r.network.ops.length).toBeGreaterThan(0);
  });
});

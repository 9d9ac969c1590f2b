// SPDX-License-Identifier: Apache-2.0
/**
 * Has the ONNX files that are written opened and run by onnxruntime, where GEN_ACCEL_PYTHON names a Python that has onnx and onnxruntime:
 *   GEN_ACCEL_PYTHON=venv/bin/python npx vitest run test/exchange/onnxruntime.test.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { CHANNELS_FIRST, fileShape, isImage, permuted } from '../../generator/exchange/onnx/layout.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import { floatTensorById } from '../../generator/float/query.js';
import { importOnnxFloat } from '../../generator/import/onnx/import.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { elementCount } from '../../generator/tensor/tensor.js';
import { dataPath, readData } from '../support/data.js';
import { randomValues, realNetwork } from '../support/float-network.js';
import { randomGraph } from '../support/random-graph.js';

const python = process.env['GEN_ACCEL_PYTHON'];
const RANDOM_GRAPHS = 150;
const MODELS = ['akamaster/resnet20_opset13.onnx', 'mlperf-tiny-results/onnx/resnet8_float.onnx', 'mnist/mnist-8.onnx', 'mlperf-tiny-results/alibaba_ic_mbconv.onnx', 'mlcommons-tiny/resnet8_float.tflite', 'mlperf-tiny-results/dscnn_kws_float.tflite'];

function read(path: string): FloatNetwork {
  const imported = path.endsWith('.onnx') ? { kind: 'float32' as const, ...importOnnxFloat(readData(path), 'net') } : readTflite(readData(path), 'net');
  if (imported.kind !== 'float32') throw new Error(`${path} is not float`);
  return imported.network;
}

it.skipIf(python === undefined)(`onnxruntime gives the float reference's values, for ${RANDOM_GRAPHS} random graphs and the real models`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-accel-onnx-'));
  const random = createRandom(9);
  const networks = [...Array.from({ length: RANDOM_GRAPHS }, (_, i) => realNetwork(randomGraph(i + 1))), ...MODELS.filter((path) => dataPath(path) !== undefined).map(read)];
  networks.forEach((network, i) => {
    const { bytes, anyBatch } = writeOnnx(network);
    const port = (id: number, values: Float32Array): object => {
      const { shape } = floatTensorById(network, id);
      return { shape: fileShape(shape), data: [...(isImage(shape) ? permuted(values, shape, CHANNELS_FIRST) : values)] };
    };
    const given = network.inputs.map((id) => randomValues(random, elementCount(floatTensorById(network, id).shape)));
    const own = runFloat(network, given);
    writeFileSync(join(folder, `${i}.onnx`), bytes);
    writeFileSync(join(folder, `${i}.json`), JSON.stringify({ anyBatch, inputs: network.inputs.map((id, k) => port(id, given[k]!)), outputs: network.outputs.map((id) => port(id, own.get(id)!)) }));
  });
  try {
    const out = execFileSync(python as string, [join(import.meta.dirname, 'check_with_onnxruntime.py'), folder], { encoding: 'utf8' });
    process.stdout.write(out);
    expect(out).toContain(`${networks.length} files, 0 problems`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 600_000);

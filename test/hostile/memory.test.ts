// SPDX-License-Identifier: Apache-2.0
/** Holds the memory that an import takes to a multiple of the file: weights are copied a few times, and never listed one by one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { writeTflite } from '../support/tflite-writer.js';
import { floats, modelOf, node, TYPE, value } from './onnx-writing.js';
import { readTree, writeTree } from './tflite-tree.js';

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'memory-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** int8 weights of 1 x 1 x channels x channels. */
function tflite(channels: number): Uint8Array {
  const model = readTree(writeTflite(randomConvNetwork({ inputShape: [1, 1, 4], outChannels: 4, kernel: 1, activation: 'none', seed: 1 }))) as unknown as {
    buffers: { data: Uint8Array }[];
    subgraphs: [{ tensors: [{ shape: number[] }, { shape: number[] }, { shape: number[]; buffer: number; quantization: object }]; operators: [{ inputs: number[] }] }];
  };
  const [{ tensors: [input, output, weights], operators: [conv] }] = model.subgraphs;
  input.shape = output.shape = [1, 1, 1, channels];
  Object.assign(weights, { shape: [channels, 1, 1, channels], quantization: { scale: [1], zero_point: [0n], quantized_dimension: 0 } });
  model.buffers[weights.buffer]!.data = new Uint8Array(channels * channels);
  conv.inputs = [0, 2];
  return writeTree(model as never);
}

const onnx = (channels: number, type: number, bytes: number): Uint8Array => modelOf({
  nodes: [...(type === TYPE.float ? [] : [node('DequantizeLinear', ['w', 's'], 'real')]), node('Conv', ['x', type === TYPE.float ? 'w' : 'real'], 'y')],
  inputs: [value('x', [1, channels, 1, 1])],
  initializers: [{ name: 'w', dims: [channels, channels, 1, 1], data_type: type, raw_data: new Uint8Array(bytes * channels * channels) }, floats('s', [], [1])],
});

it.each([
  ['TFLite', 'int8 weights', (): Uint8Array => tflite(5600), 4],
  ['ONNX', 'float32 weights', (): Uint8Array => onnx(4000, TYPE.float, 4), 6],
  ['ONNX', 'int8 weights behind DequantizeLinear', (): Uint8Array => onnx(4000, TYPE.int8, 1), 24],
] as const)('%s, %s: not more than so many times the file', (format, what, make, most) => {
  const file = join(folder, 'model');
  writeFileSync(file, make());
  const megabytes = statSync(file).size / 2 ** 20;
  const worker = fileURLToPath(new URL('memory-worker.ts', import.meta.url));
  const { operators, before, peak } = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', worker, format, file], { encoding: 'utf8' })) as Record<'operators' | 'before' | 'peak', number>;
  console.log(`memory: ${format}, ${what}, ${megabytes.toFixed(0)} MB: ${(peak - before).toFixed(0)} MB, ${((peak - before) / megabytes).toFixed(1)} times the file`);
  expect(operators).toBe(1);
  expect(peak - before).toBeLessThan(most * megabytes + 50);
});

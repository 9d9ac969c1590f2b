// SPDX-License-Identifier: Apache-2.0
/** Holds quantized channels without weights to the value of their bias, and long lists of scales to an error at once. */
import { expect, it } from 'vitest';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import { goldenOutput, runGolden } from '../../../generator/model/golden.js';
import { floats, int, INT8, integers, node, onnxModel, value } from '../../support/onnx-model.js';

/** A convolution of two channels between QuantizeLinear: weights in steps of 0.01 and 1, a bias in float, an output in steps of 0.01. */
const model = (weights: readonly number[], biases: readonly number[]): Uint8Array => onnxModel({
  nodes: [
    node('QuantizeLinear', ['x', 'xs', 'z'], 'xq'), node('DequantizeLinear', ['xq', 'xs', 'z'], 'xd'),
    node('DequantizeLinear', ['w', 'ws', 'wz'], 'wd', [int('axis', 0)]),
    node('Conv', ['xd', 'wd', 'b'], 'c'),
    node('QuantizeLinear', ['c', 'ys', 'z'], 'yq'), node('DequantizeLinear', ['yq', 'ys', 'z'], 'y'),
  ],
  inputs: [value('x', [1, 1, 1, 1])],
  initializers: [
    floats('xs', [], [0.5]), floats('ys', [], [0.01]), integers('z', [], [0], INT8),
    integers('w', [2, 1, 1, 1], weights, INT8), floats('ws', [2], [0.01, 1]), integers('wz', [2], [0, 0], INT8), floats('b', [2], biases),
  ],
});

function outputs(weights: readonly number[], biases: readonly number[]): number[] {
  const imported = readOnnx(model(weights, biases), 'm');
  if (imported.kind !== 'int8') throw new Error('no integers');
  return Array.from(goldenOutput(imported.network, runGolden(imported.network, Int8Array.of(2))).data);
}

it('a channel whose weights are all 0 keeps its bias, however coarse its scale', () => {
  // 1 * 0.1 = 10 steps of 0.01; and 0.21 alone, which in steps of 0.5 would be nothing.
  expect(outputs([10, 0], [0, 0.21])).toEqual([10, 21]);
  expect(outputs([10, 0], [0, -0.333])).toEqual([10, -33]);
  expect(outputs([10, 0], [0, 1e6])).toEqual([10, 127]);
});

it('a channel with weights keeps the scale of the file', () => {
  const imported = readOnnx(model([10, 1], [0, 0.21]), 'm');
  const [op] = imported.network.ops.filter(({ kind }) => kind === 'conv2d');
  expect(op !== undefined && 'weights' in op && 'scales' in op.weights ? op.weights.scales : []).toEqual([Math.fround(0.01), 1]);
});

it('long lists of scales at many nodes are refused without comparing them', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => node('QuantizeLinear', ['x', 'list'], `q${i}`));
  const bytes = onnxModel({ nodes: [...many, node('Relu', ['x'], 'y')], initializers: [floats('list', [50_000], new Float32Array(50_000).fill(0.5))] });
  expect(() => readOnnx(bytes, 'm')).toThrow('(QuantizeLinear, opset 13): 50000 scales for an activation; expected one scale');
}, 30_000);

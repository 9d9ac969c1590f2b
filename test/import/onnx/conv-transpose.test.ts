// SPDX-License-Identifier: Apache-2.0
/** Holds ConvTranspose to its definition, and to the array: one convolution, a pixel shuffle, a slice. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { UnsupportedOnnxOpError } from '../../../generator/import/onnx/errors.js';
import { importOnnxFloat, readOnnx } from '../../../generator/import/onnx/import.js';
import type { AttributeProto } from '../../../generator/import/onnx/proto.js';
import { goldenOutput, runGolden } from '../../../generator/model/golden.js';
import { randomValues } from '../../support/float-network.js';
import { onArray } from '../../support/onnx-array.js';
import { floats, INT8, int, INT32, integers, ints, node, onnxModel, text, value, type ModelParts } from '../../support/onnx-model.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';

interface Case {
  readonly c: number;
  readonly o: number;
  /** Rows and columns, or columns alone. */
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly more?: readonly number[];
  readonly bias?: boolean;
  /** Attributes that say the same otherwise. */
  readonly stated?: readonly AttributeProto[];
}

const ones = (list: readonly number[]): number[] => list.map(() => 1);

/** Every input value times the kernel, added where it lies; what padding cuts off is left out. */
function scattered({ c, o, size, kernel, strides = ones(size), dilations = ones(size), pads = size.flatMap(() => [0, 0]), more = size.map(() => 0) }: Case, x: Float32Array, w: Float32Array, b: Float32Array): number[] {
  const rank = size.length;
  const out = size.map((n, d) => (n - 1) * strides[d]! + (kernel[d]! - 1) * dilations[d]! + 1 + more[d]! - pads[d]! - pads[rank + d]!);
  const places = (list: readonly number[]): number[][] => list.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);
  const flat = (at: readonly number[], list: readonly number[]): number => at.reduce((sum, i, d) => sum * list[d]! + i, 0);
  const sums = Array.from({ length: o }, (_, channel) => places(out).map(() => b[channel] ?? 0));
  for (const at of places(size)) {
    for (const tap of places(kernel)) {
      const to = at.map((i, d) => i * strides[d]! + tap[d]! * dilations[d]! - pads[d]!);
      if (to.some((i, d) => i < 0 || i >= out[d]!)) continue;
      for (let from = 0; from < c; from++) {
        for (let channel = 0; channel < o; channel++) {
          sums[channel]![flat(to, out)]! += x[flat([from, ...at], [c, ...size])]! * w[flat([from, channel, ...tap], [c, o, ...kernel])]!;
        }
      }
    }
  }
  return sums.flat();
}

const CASES: readonly (readonly [string, Case])[] = [
  ['2 x 2 with stride 2, as U-Nets have it', { c: 5, o: 3, size: [3, 4], kernel: [2, 2], strides: [2, 2], bias: true }],
  ['3 x 3 with stride 2, pads 1 and output_padding 1', { c: 2, o: 4, size: [4, 3], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], more: [1, 1] }],
  ['4 x 4 with stride 2 and pads 1', { c: 3, o: 2, size: [3, 3], kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1], bias: true }],
  ['stride 1', { c: 2, o: 3, size: [4, 4], kernel: [3, 2], pads: [1, 0, 0, 1] }],
  ['unequal strides and pads', { c: 2, o: 2, size: [3, 5], kernel: [4, 3], strides: [3, 1], pads: [2, 1, 0, 2], bias: true }],
  ['a stride wider than the kernel', { c: 2, o: 1, size: [2, 3], kernel: [1, 2], strides: [3, 4], more: [2, 1], bias: true }],
  ['pads wider than the kernel', { c: 2, o: 2, size: [5, 4], kernel: [2, 3], strides: [2, 2], pads: [3, 5, 2, 0], bias: true }],
  ['dilations', { c: 1, o: 2, size: [3, 3], kernel: [2, 3], strides: [2, 2], dilations: [3, 2], pads: [1, 2, 2, 0] }],
  ['rows of samples', { c: 3, o: 2, size: [6], kernel: [5], strides: [3], pads: [1, 2], bias: true }],
  ['auto_pad SAME_UPPER', { c: 1, o: 1, size: [3, 3], kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1], stated: [text('auto_pad', 'SAME_UPPER')] }],
  ['auto_pad SAME_LOWER', { c: 1, o: 1, size: [3, 3], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 0, 0], stated: [text('auto_pad', 'SAME_LOWER')] }],
  ['output_shape', { c: 1, o: 2, size: [3, 2], kernel: [3, 3], strides: [3, 2], pads: [1, 1, 0, 0], stated: [ints('output_shape', [8, 4])] }],
];

const random = createRandom(7);
const valuesOf = ({ c, o, size, kernel, bias }: Case): [Float32Array, Float32Array, Float32Array] =>
  [randomValues(random, [c, ...size].reduce((a, b) => a * b)), randomValues(random, [c, o, ...kernel].reduce((a, b) => a * b)), bias === true ? randomValues(random, o) : new Float32Array()];

function modelOf({ c, o, size, kernel, strides, dilations, pads, more, stated }: Case, w: Float32Array, b: Float32Array): Uint8Array {
  const list = (name: string, of: readonly number[] | undefined): AttributeProto[] => (of === undefined ? [] : [ints(name, of)]);
  const attributes = [...list('strides', strides), ...list('dilations', dilations), ...(stated ?? [...list('pads', pads), ...list('output_padding', more)])];
  return onnxModel({
    nodes: [node('ConvTranspose', ['x', 'w', ...(b.length > 0 ? ['b'] : [])], 'y', attributes)], inputs: [value('x', [1, c, ...size])],
    initializers: [floats('w', [c, o, ...kernel], w), ...(b.length > 0 ? [floats('b', [o], b)] : [])],
  });
}

describe.each(CASES)('ConvTranspose of %s', (_what, one) => {
  it('is the sum of its definition', () => {
    const [x, w, b] = valuesOf(one);
    const { network, inputs, outputs } = importOnnxFloat(modelOf(one, w, b), 'm');
    const found = Array.from(fromNetwork(outputs[0]!, floatOutput(network, runFloat(network, toNetwork(inputs[0]!, Array.from(x))))));
    const wanted = scattered(one, x, w, b);
    expect(found.length).toBe(wanted.length);
    expect(Math.max(...wanted.map((sum, i) => Math.abs(sum - found[i]!)))).toBeLessThan(1e-5);
  });

  it('is the array\'s', () => {
    const [, w, b] = valuesOf(one);
    const { differences, hosted, steps } = onArray(modelOf(one, w, b));
    expect([differences, hosted]).toEqual([[], []]);
    expect(steps).toBeLessThan(2);
  });
});

it('a quantized ConvTranspose keeps its integers, with a scale for each output channel', () => {
  const weights = Array.from({ length: 16 }, () => random.integer(-127, 127));
  const parts: ModelParts = {
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], 'xq'), node('DequantizeLinear', ['xq', 's', 'z'], 'xr'), node('DequantizeLinear', ['wq', 'ws', 'wz'], 'w', [int('axis', 1)]),
      node('DequantizeLinear', ['bq', 'bs', 'bz'], 'b', [int('axis', 0)]), node('ConvTranspose', ['xr', 'w', 'b'], 'c', [ints('strides', [2, 2])]),
      node('QuantizeLinear', ['c', 'sy', 'z'], 'yq'), node('DequantizeLinear', ['yq', 'sy', 'z'], 'y'),
    ],
    inputs: [value('x', [1, 2, 2, 2])],
    initializers: [
      floats('s', [], [0.5]), integers('z', [], [0], INT8), integers('wq', [2, 2, 2, 2], weights, INT8), floats('ws', [2], [0.25, 0.125]), integers('wz', [2], [0, 0], INT8),
      integers('bq', [2], [80, -40], INT32), floats('bs', [2], [0.125, 0.0625]), integers('bz', [2], [0, 0], INT32), floats('sy', [], [4]),
    ],
  };
  const imported = readOnnx(onnxModel(parts), 'm');
  if (imported.kind !== 'int8') throw new Error('no int8 network');
  const x = Int8Array.from([3, -7, 20, 100, -100, 5, 0, 64]);
  const found = Array.from(fromNetwork(imported.outputs[0]!, goldenOutput(imported.network, runGolden(imported.network, Int8Array.from(toNetwork(imported.inputs[0]!, Array.from(x))))).data));
  const real = scattered({ c: 2, o: 2, size: [2, 2], kernel: [2, 2], strides: [2, 2] }, Float32Array.from(x, (q) => q / 2), Float32Array.from(weights, (q, i) => (Math.floor(i / 4) % 2 === 0 ? q / 4 : q / 8)), Float32Array.from([10, -2.5]));
  expect(found).toEqual(real.map((sum) => Math.max(-128, Math.min(127, Math.sign(sum) * Math.round(Math.abs(sum / 4)) + 0))));
  const { differences, hosted } = onArray(onnxModel(parts));
  expect([differences, hosted]).toEqual([[], []]);
});

it('a small U-Net runs on the array from end to end', () => {
  const conv = (n: number, o: number, i: number, k: number) => [floats(`w${n}`, [o, i, k, k], randomValues(random, o * i * k * k, 0.5)), floats(`b${n}`, [o], randomValues(random, o, 0.1))];
  const same = [ints('pads', [1, 1, 1, 1])];
  const nodes = [
    node('Conv', ['x', 'w1', 'b1'], 'a', same), node('Relu', ['a'], 'down'), node('MaxPool', ['down'], 'pooled', [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]),
    node('Conv', ['pooled', 'w2', 'b2'], 'c', same), node('Relu', ['c'], 'bottom'), node('ConvTranspose', ['bottom', 'w3', 'b3'], 'up', [ints('strides', [2, 2])]),
    node('Concat', ['up', 'down'], 'joined', [int('axis', 1)]), node('Conv', ['joined', 'w4', 'b4'], 'y', same),
  ];
  const initializers = [...conv(1, 6, 3, 3), ...conv(2, 10, 6, 3), floats('w3', [10, 6, 2, 2], randomValues(random, 240, 0.5)), floats('b3', [6], randomValues(random, 6)), ...conv(4, 2, 12, 3)];
  const { differences, hosted, steps } = onArray(onnxModel({ nodes, inputs: [value('x', [1, 3, 8, 8])], initializers }));
  expect([differences, hosted]).toEqual([[], []]);
  expect(steps).toBeLessThan(5);
});

it('groups, and weights that do not fit, are refused', () => {
  const refused = (attributes: readonly AttributeProto[], weights: readonly number[]) => () => readOnnx(onnxModel({
    nodes: [node('ConvTranspose', ['x', 'w'], 'y', attributes)], inputs: [value('x', [1, 2, 3, 3])], initializers: [floats('w', weights, new Float32Array(weights.reduce((a, b) => a * b)))],
  }), 'm');
  expect(refused([int('group', 2)], [2, 1, 2, 2])).toThrow(UnsupportedOnnxOpError);
  expect(refused([int('group', 2)], [2, 1, 2, 2])).toThrow('(ConvTranspose, opset 13): 2 groups; expected one. Use Resize (nearest) and a Conv with groups.');
  expect(refused([], [3, 1, 2, 2])).toThrow('weights 3x1x2x2 for 2 channels; expected weights that read all channels');
  expect(refused([ints('pads', [9, 9, 9, 9])], [2, 1, 2, 2])).toThrow('padding 9 and 9 of 4 values; expected one value that is left');
});

// SPDX-License-Identifier: Apache-2.0
/** Holds operators that move, repeat, cut or compare values to plain definitions and to the array: slices, concatenations, maxima. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { importOnnxFloat, readOnnx } from '../../../generator/import/onnx/import.js';
import { progressions } from '../../../generator/import/onnx/operators/slicing.js';
import { goldenOutput, runGolden } from '../../../generator/model/golden.js';
import { randomValues } from '../../support/float-network.js';
import { onArray } from '../../support/onnx-array.js';
import { floats, INT32, INT8, int, integers, ints, node, onnxModel, text, UINT8, value, type ModelParts } from '../../support/onnx-model.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';

const random = createRandom(9);

/** y of x, as ONNX orders them: of the float reference, or of the golden model where the model is one of integers. */
function run(parts: ModelParts, x: readonly number[]): number[] {
  const imported = readOnnx(onnxModel(parts), 'm');
  const given = toNetwork(imported.inputs[0]!, x);
  const { network } = imported;
  const found = imported.kind === 'float32' ? floatOutput(imported.network, runFloat(imported.network, Float32Array.from(given))) : goldenOutput(imported.network, runGolden(imported.network, Int8Array.from(given))).data;
  expect(network.ops.filter(({ kind }) => kind === 'transpose')).toEqual([]);
  return Array.from(fromNetwork(imported.outputs[0]!, found));
}

/** Everything on the array, its values those of the float reference. */
function expectOnArray(parts: ModelParts): void {
  const { differences, hosted, steps } = onArray(onnxModel(parts));
  expect([differences, hosted]).toEqual([[], []]);
  expect(steps).toBeLessThan(1e-4);
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const messageOf = (parts: ModelParts): string => {
  try {
    readOnnx(onnxModel(parts), 'm');
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

it('places are cut into rising progressions', () => {
  expect(progressions([2, 1, 0, 1, 2, 3, 2])).toEqual([
    { begin: 2, step: 1, count: 1 }, { begin: 1, step: 1, count: 1 }, { begin: 0, step: 1, count: 4 }, { begin: 2, step: 1, count: 1 },
  ]);
  expect(progressions([0, 3, 6, 6, 1])).toEqual([{ begin: 0, step: 3, count: 3 }, { begin: 6, step: 1, count: 1 }, { begin: 1, step: 1, count: 1 }]);
  expect(progressions([])).toEqual([]);
});

describe('Pad', () => {
  /** Rows and columns of two channels of 3 x 4. */
  const parts = (mode: string, pads: readonly number[], type = 1): ModelParts =>
    ({ nodes: [node('Pad', ['x', 'p'], 'y', [text('mode', mode)])], inputs: [value('x', [1, 2, 3, 4], type)], initializers: [integers('p', [8], [0, 0, ...pads.slice(0, 2), 0, 0, ...pads.slice(2)])], opset: 19 });
  const picked = (rows: readonly number[], columns: readonly number[]): number[] => [0, 1].flatMap((c) => rows.flatMap((y) => columns.map((x) => 12 * c + 4 * y + x)));

  it.each([
    ['edge', [2, 1, 1, 3], [0, 0, 0, 1, 2, 2], [0, 0, 1, 2, 3, 3, 3, 3]],
    ['reflect', [2, 1, 1, 3], [2, 1, 0, 1, 2, 1], [1, 0, 1, 2, 3, 2, 1, 0]],
    ['wrap', [2, 1, 1, 3], [1, 2, 0, 1, 2, 0], [3, 0, 1, 2, 3, 0, 1, 2]],
    ['edge', [-1, 2, 0, -1], [1, 2], [0, 0, 0, 1, 2]],
  ] as const)('in mode %s by %j repeats rows and columns', (mode, pads, rows, columns) => {
    expect(run(parts(mode, pads), counted(24))).toEqual(picked(rows, columns));
    expect(run(parts(mode, pads, INT8), counted(24))).toEqual(picked(rows, columns));
    expectOnArray(parts(mode, pads));
    expectOnArray(parts(mode, pads, UINT8));
  });

  it('that repeats too much is refused', () => {
    expect(messageOf(parts('edge', [80, 0, 80, 0]))).toContain('(Pad, opset 19): 161 slices along dimension 2; expected at most 128');
    expect(messageOf(parts('wrap', [5000, 0, 0, 0]))).toContain('5000 repeated places along dimension 2; expected at most 4096');
  });
});

describe('Slice and Gather', () => {
  const sliced = (starts: readonly number[], ends: readonly number[], steps: readonly number[]): ModelParts => ({
    nodes: [node('Slice', ['x', 's', 'e', 'a', 't'], 'y')], inputs: [value('x', [1, 3, 4, 5])],
    initializers: [integers('s', [3], starts), integers('e', [3], ends), integers('a', [3], [1, 2, 3]), integers('t', [3], steps)],
  });

  it('take channels, rows and columns backwards', () => {
    const wanted = [2, 1, 0].flatMap((c) => [3, 1].flatMap((y) => [1, 3].map((x) => 20 * c + 5 * y + x)));
    expect(run(sliced([-1, 3, 1], [-9, -9, 9], [-1, -2, 2]), counted(60))).toEqual(wanted);
    expectOnArray(sliced([-1, 3, 1], [-9, -9, 9], [-1, -2, 2]));
  });

  it.each([[1, [2, 0, 0]], [2, [3, 1, 2]], [3, [4, -1, 0, 2]]])('take places of dimension %i in the order %j', (axis, indices) => {
    const parts: ModelParts = { nodes: [node('Gather', ['x', 'i'], 'y', [int('axis', axis)])], inputs: [value('x', [1, 3, 4, 5])], initializers: [integers('i', [indices.length], indices)] };
    const sizes = [3, 4, 5];
    const lists = sizes.map((size, d) => (d + 1 === axis ? indices.map((i) => (i + size) % size) : counted(size)));
    expect(run(parts, counted(60))).toEqual(lists[0]!.flatMap((c) => lists[1]!.flatMap((y) => lists[2]!.map((x) => 20 * c + 5 * y + x))));
    expectOnArray(parts);
  });

  it('with a negative step over more than 128 places are refused', () => {
    const parts: ModelParts = {
      nodes: [node('Slice', ['x', 's', 'e', 'a', 't'], 'y')], inputs: [value('x', [1, 1, 129, 2])],
      initializers: [integers('s', [1], [-1]), integers('e', [1], [-999]), integers('a', [1], [2]), integers('t', [1], [-1])],
    };
    expect(messageOf(parts)).toContain('(Slice, opset 13): step -1 over 129 places; expected a negative step over at most 128 places');
  });
});

describe('MaxPool with dilations', () => {
  it.each([
    ['both dimensions', { kernel: [3, 2], dilations: [2, 3], strides: [1, 1], pads: [0, 0, 0, 0] }],
    ['strides and padding', { kernel: [3, 3], dilations: [2, 2], strides: [2, 3], pads: [2, 1, 1, 2] }],
    ['one dimension', { kernel: [2, 3], dilations: [3, 1], strides: [1, 2], pads: [1, 1, 2, 0] }],
  ])('over %s', (_what, { kernel, dilations, strides, pads }) => {
    const [channels, size] = [3, [7, 8]];
    const parts = (type: number): ModelParts => ({
      nodes: [node('MaxPool', ['x'], 'y', [ints('kernel_shape', kernel), ints('dilations', dilations), ints('strides', strides), ints('pads', pads)])], inputs: [value('x', [1, channels, ...size], type)],
    });
    const x = Array.from({ length: channels * 56 }, () => random.integer(-128, 127));
    const outputs = [0, 1].map((d) => Math.floor((size[d]! + pads[d]! + pads[d + 2]! - (kernel[d]! - 1) * dilations[d]! - 1) / strides[d]!) + 1);
    const wanted = counted(channels).flatMap((c) => counted(outputs[0]!).flatMap((oy) => counted(outputs[1]!).map((ox) => {
      const taps = counted(kernel[0]!).flatMap((ky) => counted(kernel[1]!).map((kx) => [oy * strides[0]! + ky * dilations[0]! - pads[0]!, ox * strides[1]! + kx * dilations[1]! - pads[1]!] as const));
      return Math.max(...taps.filter(([y, z]) => y >= 0 && z >= 0 && y < 7 && z < 8).map(([y, z]) => x[(c * 7 + y) * 8 + z]!));
    })));
    expect(run(parts(1), x)).toEqual(wanted);
    expect(run(parts(INT8), x)).toEqual(wanted);
    expectOnArray(parts(1));
    expectOnArray(parts(INT8));
  });

  it('and a window without any value is refused', () => {
    const parts: ModelParts = { nodes: [node('MaxPool', ['x'], 'y', [ints('kernel_shape', [2, 2]), ints('dilations', [2, 2]), ints('pads', [1, 1, 1, 1])])], inputs: [value('x', [1, 1, 1, 1])] };
    expect(messageOf(parts)).toContain('(MaxPool, opset 13): a window without any value; expected windows that reach into the input');
  });
});

describe('integers', () => {
  it('from end to end are the int8 values themselves', () => {
    const parts: ModelParts = {
      nodes: [node('MaxPool', ['x'], 'm', [ints('kernel_shape', [2, 2])]), node('Clip', ['m', 'low', 'high'], 'c'), node('Transpose', ['c'], 'y', [ints('perm', [0, 2, 3, 1])])],
      inputs: [value('x', [1, 2, 3, 3], UINT8)], initializers: [integers('low', [], [20], UINT8), integers('high', [], [200], UINT8)],
    };
    const x = Array.from({ length: 18 }, () => random.integer(0, 255));
    const imported = readOnnx(onnxModel(parts), 'm');
    expect(imported.kind).toBe('int8');
    const wanted = [0, 1].flatMap((y) => [0, 1].flatMap((z) => [0, 1].map((c) => Math.min(200, Math.max(20, ...[0, 1].flatMap((dy) => [0, 1].map((dx) => x[9 * c + 3 * (y + dy) + z + dx]!)))))));
    expect(run(parts, x.map((q) => q - 128))).toEqual(wanted.map((q) => q - 128));
    expectOnArray(parts);
  });

  it('between QuantizeLinear and DequantizeLinear are clipped on their scale', () => {
    const parts: ModelParts = {
      nodes: [node('QuantizeLinear', ['x', 's', 'z'], 'q'), node('Clip', ['q', 'low', 'high'], 'c'), node('DequantizeLinear', ['c', 's', 'z'], 'y')],
      inputs: [value('x', [1, 4])], initializers: [floats('s', [], [0.3]), integers('z', [], [7], UINT8), integers('low', [], [0], UINT8), integers('high', [], [99], UINT8)],
    };
    expect(run(parts, [-128, -100, -29, 127])).toEqual([-128, -100, -29, -29]);
  });

  it('that are cast are real numbers, for a network that is calibrated', () => {
    const parts: ModelParts = {
      nodes: [node('Cast', ['x'], 'f', [int('to', 1)]), node('Mul', ['f', 'k'], 'y')], inputs: [value('x', [1, 1, 1, 3], UINT8)], initializers: [floats('k', [], [0.5])],
    };
    expect(importOnnxFloat(onnxModel(parts), 'm').network.ops.map(({ kind }) => kind)).toEqual(['mul']);
    expect(run(parts, [0, 255, 3])).toEqual([0, 127.5, 1.5]);
  });

  it('that are added are refused: they wrap', () => {
    expect(messageOf({ nodes: [node('Add', ['x', 'x'], 'y')], inputs: [value('x', [1, 2], INT8)] })).toContain('(Add, opset 13): input 0 of int8; expected float32: DequantizeLinear before it');
  });

  it('of more than 8 bits move as they are', () => {
    const parts: ModelParts = { nodes: [node('Pad', ['x', 'p'], 'y', [text('mode', 'reflect')])], inputs: [value('x', [1, 3], INT32)], initializers: [integers('p', [4], [0, 1, 0, 2])] };
    expect(run(parts, [70000, 1, -5])).toEqual([1, 70000, 1, -5, 1, 70000]);
  });
});

it('a network of all of them, between convolutions, runs on the array', () => {
  const conv = (n: number, o: number, i: number) => [floats(`w${n}`, [o, i, 3, 3], randomValues(random, 9 * o * i, 0.4))];
  const nodes = [
    node('Pad', ['x', 'p'], 'padded', [text('mode', 'reflect')]), node('Conv', ['padded', 'w1'], 'a'), node('MaxPool', ['a'], 'm', [ints('kernel_shape', [2, 2]), ints('dilations', [2, 2])]),
    node('Slice', ['m', 's', 'e', 'ax', 't'], 'flipped'), node('Concat', ['m', 'flipped'], 'joined', [int('axis', 1)]), node('Gather', ['joined', 'order'], 'shuffled', [int('axis', 1)]), node('Conv', ['shuffled', 'w2'], 'y'),
  ];
  const initializers = [
    integers('p', [8], [0, 0, 1, 1, 0, 0, 1, 1]), ...conv(1, 3, 2), ...conv(2, 4, 6), integers('s', [1], [-1]), integers('e', [1], [-99]), integers('ax', [1], [3]), integers('t', [1], [-1]),
    integers('order', [6], [0, 3, 1, 4, 2, 5]),
  ];
  const { differences, hosted, steps } = onArray(onnxModel({ nodes, inputs: [value('x', [1, 2, 8, 8])], initializers }));
  expect([differences, hosted]).toEqual([[], []]);
  expect(steps).toBeLessThan(4);
});

// SPDX-License-Identifier: Apache-2.0
/** Holds operators that move values to nested loops and to each other. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { InvalidNetworkError } from '../../generator/graph/errors.js';
import { runGoldenOp } from '../../generator/model/golden.js';
import { nearestIndex } from '../../generator/graph/nearest-index.js';
import { elementCount, int8Tensor, type Shape } from '../../generator/tensor/tensor.js';
import { opNetwork, type OpRequest } from '../support/op-network.js';

const random = createRandom(11);
const values = (shape: Shape): Int8Array => Int8Array.from({ length: elementCount(shape) }, () => random.integer(-128, 127));

/** Runs one operator on data of these shapes. */
function run(op: OpRequest, shapes: readonly Shape[], data: readonly Int8Array[], output: Shape): number[] {
  const network = opNetwork(op, shapes.map((shape) => ({ shape })), { shape: output });
  return [...runGoldenOp(network, network.ops[0]!, shapes.map((shape, i) => int8Tensor(shape, data[i]!))).data];
}

/** Element (y, x, c) of an image. */
const at = (shape: Shape, data: Int8Array, y: number, x: number, c: number): number => data[(y * shape[2]! + x) * shape[3]! + c]!;

/** Values of a function of (y, x, c) over an output of this shape. */
function over(shape: Shape, value: (y: number, x: number, c: number) => number): number[] {
  const out: number[] = [];
  for (let y = 0; y < shape[1]!; y++) for (let x = 0; x < shape[2]!; x++) for (let c = 0; c < shape[3]!; c++) out.push(value(y, x, c));
  return out;
}

describe('moving operators', () => {
  const shape = [1, 4, 5, 3];
  const data = values(shape);

  it('transpose swaps rows and columns, and carries channels', () => {
    expect(run({ kind: 'transpose', permutation: [0, 2, 1, 3] }, [shape], [data], [1, 5, 4, 3])).toEqual(over([1, 5, 4, 3], (y, x, c) => at(shape, data, x, y, c)));
    expect(run({ kind: 'transpose', permutation: [0, 3, 1, 2] }, [shape], [data], [1, 3, 4, 5])).toEqual(over([1, 3, 4, 5], (y, x, c) => at(shape, data, x, c, y)));
  });

  it('pad surrounds every dimension', () => {
    const to = [1, 7, 6, 6];
    const inside = (y: number, x: number, c: number): boolean => y >= 1 && y < 5 && x >= 0 && x < 5 && c >= 2 && c < 5;
    expect(run({ kind: 'pad', before: [0, 1, 0, 2], after: [0, 2, 1, 1], value: -77 }, [shape], [data], to))
      .toEqual(over(to, (y, x, c) => (inside(y, x, c) ? at(shape, data, y - 1, x, c - 2) : -77)));
  });

  it('slice takes every second column from the second on', () => {
    expect(run({ kind: 'slice', begin: [0, 1, 1, 0], strides: [1, 1, 2, 1] }, [shape], [data], [1, 3, 2, 3]))
      .toEqual(over([1, 3, 2, 3], (y, x, c) => at(shape, data, y + 1, 2 * x + 1, c)));
  });

  it.each([1, 2, 3])('concatenation along dimension %i is undone by slices', (axis) => {
    const shapes = [2, 3, 1].map((size) => shape.map((dim, d) => (d === axis ? size : dim)));
    const parts = shapes.map(values);
    const total = shape.map((dim, d) => (d === axis ? 6 : dim));
    const joined = Int8Array.from(run({ kind: 'concatenation', axis }, shapes, parts, total));
    let first = 0;
    shapes.forEach((part, i) => {
      const begin = shape.map((_, d) => (d === axis ? first : 0));
      expect(run({ kind: 'slice', begin, strides: [1, 1, 1, 1] }, [total], [joined], part)).toEqual([...parts[i]!]);
      first += part[axis]!;
    });
  });

  it('resize repeats the nearest pixel', () => {
    const plain = { kind: 'resize-nearest', alignCorners: false, halfPixelCenters: false } as const;
    expect(run(plain, [shape], [data], [1, 8, 10, 3])).toEqual(over([1, 8, 10, 3], (y, x, c) => at(shape, data, y >> 1, x >> 1, c)));
    expect(run(plain, [shape], [data], [1, 2, 3, 3])).toEqual(over([1, 2, 3, 3], (y, x, c) => at(shape, data, 2 * y, Math.floor((5 / 3) * x), c)));
  });

  it('nearest indices follow TensorFlow with aligned corners and half pixel centres', () => {
    const indices = (inputs: number, outputs: number, alignCorners: boolean, halfPixelCenters: boolean): number[] =>
      Array.from({ length: outputs }, (_, i) => nearestIndex(i, inputs, outputs, { alignCorners, halfPixelCenters }));
    expect(indices(4, 7, true, false)).toEqual([0, 1, 1, 2, 2, 3, 3]);
    expect(indices(4, 2, false, true)).toEqual([1, 3]);
    expect(indices(2, 5, false, true)).toEqual([0, 0, 1, 1, 1]);
    expect(indices(3, 1, true, false)).toEqual([0]);
  });
});

describe('moving operators that contradict themselves are refused', () => {
  it.each<[string, OpRequest, readonly Shape[], Shape, string]>([
    ['a permutation', { kind: 'transpose', permutation: [0, 1, 1, 3] }, [[1, 2, 2, 3]], [1, 2, 2, 3], '0,1,1,3 is no permutation'],
    ['a rank', { kind: 'transpose', permutation: [0, 1] }, [[1, 2, 2, 3]], [1, 2], 'a permutation of 2 dimensions for the input 1x2x2x3'],
    ['a slice outside', { kind: 'slice', begin: [0, 1], strides: [1, 1] }, [[1, 4]], [1, 4], 'takes 1x4 from 0,1 in steps of 1,1 out of 1x4'],
    ['a padding', { kind: 'pad', before: [0, -1], after: [0, 0], value: 0 }, [[1, 4]], [1, 3], 'op_1: padding 0,-1 before and 0,0 after'],
    ['a padding value', { kind: 'pad', before: [0, 1], after: [0, 0], value: 128 }, [[1, 4]], [1, 5], 'op_1: padding value 128 is not in -128..127'],
    ['a concatenation', { kind: 'concatenation', axis: 1 }, [[1, 4, 2], [1, 4, 3]], [1, 8, 2], 'concatenates 1x4x2, 1x4x3 along dimension 1'],
    ['an axis', { kind: 'concatenation', axis: 0 }, [[1, 4], [1, 4]], [2, 4], 'concatenates 1x4 along dimension 0'],
    ['a broadcast', { kind: 'mul' }, [[1, 4], [1, 3]], [1, 4], '1x4 and 1x3 do not broadcast'],
    ['a slope', { kind: 'leaky-relu', alpha: NaN }, [[1, 4]], [1, 4], 'alpha NaN is not a finite number'],
    ['a probability', { kind: 'logistic' }, [[1, 4]], [1, 4], 'op_1: output scale 0.05000000074505806 zero point 0, not 1/256 and -128'],
  ])('%s', (_what, op, inputs, output, problem) => {
    const build = (): unknown => opNetwork(op, inputs.map((shape) => ({ shape })), { shape: output });
    expect(build).toThrow(InvalidNetworkError);
    expect(build).toThrow(problem);
  });

  it('every input of a concatenation has the output’s scale', () => {
    expect(() => opNetwork({ kind: 'concatenation', axis: 1 }, [{ shape: [1, 2] }, { shape: [1, 2], scale: 0.5 }], { shape: [1, 4] }))
      .toThrow('op_1: input scale 0.5 zero point 0 differs from output scale 0.05000000074505806 zero point 0');
  });
});

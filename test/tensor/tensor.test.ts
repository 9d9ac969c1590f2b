// SPDX-License-Identifier: Apache-2.0
/** Holds shapes and tensors to their contracts. */

import { describe, expect, it } from 'vitest';
import { elementCount, formatShape, imageSize, indexOfLargest, int32Tensor, int8Tensor, shapesEqual, TensorShapeError } from '../../generator/tensor/tensor.js';

describe('tensors', () => {
  it('count, print and compare shapes', () => {
    expect([elementCount([1, 2, 3]), elementCount([])]).toEqual([6, 1]);
    expect([formatShape([1, 32, 32, 3]), formatShape([])]).toEqual(['1x32x32x3', 'scalar']);
    expect([shapesEqual([1, 2], [1, 2]), shapesEqual([1, 2], [2, 1]), shapesEqual([1], [1, 1])]).toEqual([true, false, false]);
  });

  it('are zero-filled without data and refuse data of another size', () => {
    expect([...int8Tensor([1, 2]).data]).toEqual([0, 0]);
    expect(() => int32Tensor([2, 2], new Int32Array(3))).toThrow(TensorShapeError);
    expect(() => int32Tensor([2, 2], new Int32Array(3))).toThrow('int32 tensor: 3 elements; expected 4 (2x2). Pass data and shape that belong together.');
  });

  it('have a first largest value, however many values there are', () => {
    expect([indexOfLargest([]), indexOfLargest([-3, 5, 5]), indexOfLargest(Int8Array.of(-1, -2))]).toEqual([0, 1, 0]);
    expect(indexOfLargest(new Int8Array(1_000_000).fill(1, 400_000))).toBe(400_000);
  });

  it('read as one image when batch is 1', () => {
    expect(imageSize([1, 4, 5, 6])).toEqual({ height: 4, width: 5, channels: 6 });
    expect(imageSize([1, 64])).toEqual({ height: 1, width: 1, channels: 64 });
    expect(imageSize([1, 5, 6])).toEqual({ height: 1, width: 5, channels: 6 });
    expect(imageSize([1, 2, 3, 5, 6])).toEqual({ height: 6, width: 5, channels: 6 });
    for (const shape of [[2, 4, 5, 6], [1], []]) expect(() => imageSize(shape)).toThrow(TensorShapeError);
  });
});

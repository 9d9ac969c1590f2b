// SPDX-License-Identifier: Apache-2.0
/** Owns the operators of the float reference that move values: output positions looked up in the input. */

import { elementCount, stridesOf, type Shape } from '../../tensor/tensor.js';
import { assertNever } from '../../core/errors.js';
import type { FloatMovingOp } from '../network.js';

/** A tensor with its shape, as an operator reads it. */
export interface FloatValues {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** out[i] = pick(position of i). */
function fromPositions(shape: Shape, pick: (position: readonly number[]) => number): Float32Array {
  const out = new Float32Array(elementCount(shape));
  const position = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = pick(position);
    for (let d = shape.length - 1; d >= 0; d--) {
      position[d] = (position[d] as number) + 1;
      if ((position[d] as number) < (shape[d] as number)) break;
      position[d] = 0;
    }
  }
  return out;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** `values` repeated along dimensions of 1 until it has `shape` (TensorFlow's broadcasting). */
export function broadcast(values: FloatValues, shape: Shape): Float32Array {
  if (values.data.length === elementCount(shape)) return values.data;
  const missing = shape.length - values.shape.length;
  const own = stridesOf(values.shape);
  const strides = shape.map((_, d) => (d < missing || values.shape[d - missing] === 1 ? 0 : (own[d - missing] as number)));
  return fromPositions(shape, (position) => values.data[dot(position, strides)] as number);
}

/** TFLite's nearest neighbour: the input row or column of an output one. */
function nearest(at: number, from: number, to: number, alignCorners: boolean, halfPixelCenters: boolean): number {
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const place = Math.fround((halfPixelCenters ? at + 0.5 : at) * Math.fround(scale));
  return Math.max(0, Math.min(from - 1, alignCorners ? Math.floor(place + 0.5) : Math.floor(place)));
}

export function move(op: FloatMovingOp, inputs: readonly FloatValues[], shape: Shape): Float32Array {
  const first = inputs[0] as FloatValues;
  const strides = stridesOf(first.shape);
  switch (op.kind) {
    case 'reshape':
      return first.data;
    case 'concatenation': {
      const out = new Float32Array(elementCount(shape));
      const inner = elementCount(shape.slice(op.axis + 1));
      const outRow = inner * (shape[op.axis] as number);
      let start = 0;
      for (const { shape: own, data } of inputs) {
        const row = inner * (own[op.axis] as number);
        for (let from = 0, to = start; from < data.length; from += row, to += outRow) out.set(data.subarray(from, from + row), to);
        start += row;
      }
      return out;
    }
    case 'pad':
      return fromPositions(shape, (position) => {
        const at = position.map((p, d) => p - (op.before[d] as number));
        const inside = at.every((p, d) => p >= 0 && p < (first.shape[d] as number));
        return inside ? (first.data[dot(at, strides)] as number) : op.value;
      });
    case 'transpose': {
      const moved = op.permutation.map((d) => strides[d] as number);
      return fromPositions(shape, (position) => first.data[dot(position, moved)] as number);
    }
    case 'slice': {
      const steps = strides.map((stride, d) => stride * (op.strides[d] as number));
      const start = dot(op.begin, strides);
      return fromPositions(shape, (position) => first.data[start + dot(position, steps)] as number);
    }
    case 'resize-nearest': {
      const [, height = 1, width = 1] = first.shape;
      const [, outHeight = 1, outWidth = 1] = shape;
      return fromPositions(shape, (position) => {
        const [, y = 0, x = 0, c = 0] = position;
        const row = nearest(y, height, outHeight, op.alignCorners, op.halfPixelCenters);
        const column = nearest(x, width, outWidth, op.alignCorners, op.halfPixelCenters);
        return first.data[dot([0, row, column, c], strides)] as number;
      });
    }
    default:
      return assertNever(op, 'move');
  }
}

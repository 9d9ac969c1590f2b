// SPDX-License-Identifier: Apache-2.0
/** Owns the references of operators that move values: reshape, concatenation, pad, transpose, slice, resize, and broadcasting. */

import { assertNever, DefectError } from '../../core/errors.js';
import { nearestIndex } from '../../graph/nearest-index.js';
import type { MovingOp } from '../../graph/network.js';
import { elementCount, imageSize, int8Tensor, shapesEqual, stridesOf, type Int8Tensor, type Shape } from '../../tensor/tensor.js';

/** An int8 tensor of this shape; `valueAt` gives each element's value from its position, which it must not keep. */
function build(shape: Shape, valueAt: (position: readonly number[]) => number): Int8Tensor {
  const position = shape.map(() => 0);
  const data = new Int8Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = valueAt(position);
    // The last dimension runs fastest.
    for (let d = shape.length - 1; d >= 0; d--) {
      position[d] = (position[d] as number) + 1;
      if ((position[d] as number) < (shape[d] as number)) break;
      position[d] = 0;
    }
  }
  return int8Tensor(shape, data);
}

/** Element of the input at sum(coordinate(d) * stride(d)). */
function gather({ shape, data }: Int8Tensor, output: Shape, coordinate: (position: readonly number[], d: number) => number): Int8Tensor {
  const strides = stridesOf(shape);
  return build(output, (position) => data[strides.reduce((at, stride, d) => at + coordinate(position, d) * stride, 0)] as number);
}

/** A tensor repeated along its dimensions of 1 until it has this shape; shapes are aligned at their ends. */
export function broadcastInt8(input: Int8Tensor, shape: Shape): Int8Tensor {
  if (shapesEqual(input.shape, shape)) return input;
  const missing = shape.length - input.shape.length;
  return gather(input, shape, (position, d) => (input.shape[d] === 1 ? 0 : (position[d + missing] as number)));
}

function concatenate(axis: number, inputs: readonly Int8Tensor[], shape: Shape): Int8Tensor {
  const output = int8Tensor(shape);
  const row = elementCount(shape.slice(axis));
  let first = 0;
  for (const input of inputs) {
    const size = elementCount(input.shape.slice(axis));
    for (let at = 0; at * size < input.data.length; at++) output.data.set(input.data.subarray(at * size, (at + 1) * size), at * row + first);
    first += size;
  }
  return output;
}

/** Runs an operator that moves values; `shape` is the output's. */
export function moveInt8(op: MovingOp, inputs: readonly Int8Tensor[], shape: Shape): Int8Tensor {
  const [input] = inputs;
  if (input === undefined) throw new DefectError(`moveInt8, ${op.name}`, 'no input tensor');
  switch (op.kind) {
    case 'reshape':
      return int8Tensor(shape, input.data.slice());
    case 'concatenation':
      return concatenate(op.axis, inputs, shape);
    case 'transpose': {
      const place = op.permutation.map((_, d) => op.permutation.indexOf(d));
      return gather(input, shape, (position, d) => position[place[d] as number] as number);
    }
    case 'slice':
      return gather(input, shape, (position, d) => (op.begin[d] as number) + (position[d] as number) * (op.strides[d] as number));
    case 'pad': {
      const strides = stridesOf(input.shape);
      return build(shape, (position) => {
        const from = position.map((at, d) => at - (op.before[d] as number));
        const inside = from.every((at, d) => at >= 0 && at < (input.shape[d] as number));
        return inside ? (input.data[from.reduce((sum, at, d) => sum + at * (strides[d] as number), 0)] as number) : op.value;
      });
    }
    case 'resize-nearest': {
      const [from, to] = [imageSize(input.shape), imageSize(shape)];
      return gather(input, shape, (position, d) => {
        const at = position[d] as number;
        if (d === 1) return nearestIndex(at, from.height, to.height, op);
        return d === 2 ? nearestIndex(at, from.width, to.width, op) : at;
      });
    }
    default:
      return assertNever(op, 'moveInt8');
  }
}

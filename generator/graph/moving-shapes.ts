// SPDX-License-Identifier: Apache-2.0
/** Owns shape inference of broadcasting, concatenation, padding, transposition and slicing; throws RangeError with a sentence. */

import { formatShape, type Shape } from '../tensor/tensor.js';
import type { PadOp, SliceOp, TransposeOp } from './network.js';

/** TensorFlow's broadcasting: shapes are aligned at their ends, a dimension of 1 is repeated. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, d: number): number => shape[d - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, d) => {
    const [x, y] = [at(a, d), at(b, d)];
    if (x !== y && x !== 1 && y !== 1) throw new RangeError(`${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    return Math.max(x, y);
  });
}

/** Every dimension but the axis is the same in all inputs. */
export function concatenatedShape(axis: number, inputs: readonly Shape[]): Shape {
  const first = inputs[0] as Shape;
  if (!(axis >= 1 && axis < first.length)) throw new RangeError(`concatenates ${formatShape(first)} along dimension ${axis}`);
  const fits = inputs.every((shape) => shape.length === first.length && shape.every((dim, d) => d === axis || dim === first[d]));
  if (!fits) throw new RangeError(`concatenates ${inputs.map(formatShape).join(', ')} along dimension ${axis}`);
  return first.map((dim, d) => (d === axis ? inputs.reduce((sum, shape) => sum + (shape[d] as number), 0) : dim));
}

/** The output shape of an operator that moves the values of one input. */
export function movedShape(op: PadOp | TransposeOp | SliceOp, input: Shape, declared: Shape): Shape {
  const rank = input.length;
  const checkRank = (what: string, list: readonly number[]): void => {
    if (list.length !== rank) throw new RangeError(`${what} of ${list.length} dimensions for the input ${formatShape(input)}`);
  };
  switch (op.kind) {
    case 'pad':
      checkRank('padding', op.before);
      checkRank('padding', op.after);
      return input.map((dim, d) => dim + (op.before[d] as number) + (op.after[d] as number));
    case 'transpose': {
      checkRank('a permutation', op.permutation);
      const isPermutation = op.permutation.toSorted((a, b) => a - b).every((dim, d) => dim === d);
      if (!isPermutation) throw new RangeError(`${op.permutation.join(',')} is no permutation`);
      return op.permutation.map((dim) => input[dim] as number);
    }
    case 'slice': {
      checkRank('a slice', op.begin);
      checkRank('a slice', op.strides);
      checkRank('an output', declared);
      const inside = input.every((dim, d) => {
        const [begin, stride, count] = [op.begin[d] as number, op.strides[d] as number, declared[d] as number];
        return Number.isInteger(begin) && begin >= 0 && Number.isInteger(stride) && stride >= 1 && begin + (count - 1) * stride < dim;
      });
      if (!inside) throw new RangeError(`takes ${formatShape(declared)} from ${op.begin.join(',')} in steps of ${op.strides.join(',')} out of ${formatShape(input)}`);
      return declared;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns operators that reshape, move, take or join the values of constants. */

import { elementCount, stridesOf, type Shape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import type { OnnxTensor } from '../tensors.js';
import { rearranged, upTo, type ConstantValue } from '../values.js';
import { constantAt, limited, made, result } from './made-constants.js';
import { permutationOf, reshapedShape, squeezedShape, unsqueezedShape } from './reshaping.js';
import { sliceRange } from './slicing.js';

const withShape = ({ tensor, grid, dynamic }: ConstantValue, to: Shape): ConstantValue =>
  result({ ...tensor, shape: to }, grid?.axis === undefined ? grid : undefined, dynamic);

export const reshape: Convert = (context) => {
  const value = constantAt(context, 0);
  const wanted = context.list('shape', 1);
  if (wanted === undefined) throw context.malformed('no shape', 'one');
  return withShape(value, reshapedShape(context, value.tensor.shape, wanted));
};

export const squeeze: Convert = (context) => {
  const value = constantAt(context, 0);
  return withShape(value, squeezedShape(context, value.tensor.shape));
};

export const unsqueeze: Convert = (context) => {
  const value = constantAt(context, 0);
  return withShape(value, unsqueezedShape(context, value.tensor.shape));
};

export const flatten: Convert = (context) => {
  const value = constantAt(context, 0);
  const { shape: own } = value.tensor;
  const axis = context.int('axis', 1);
  const at = axis < 0 ? axis + own.length : axis;
  return withShape(value, [elementCount(own.slice(0, at)), elementCount(own.slice(at))]);
};

export const transpose: Convert = (context) => {
  const { tensor, grid, dynamic } = constantAt(context, 0);
  const permutation = permutationOf(context, tensor.shape.length);
  const moved = { ...tensor, shape: permutation.map((d) => tensor.shape[d] as number), data: rearranged(tensor.data, tensor.shape, permutation) };
  return result(moved, grid?.axis === undefined ? grid : { ...grid, axis: permutation.indexOf(grid.axis) }, dynamic);
};

/** Values of `tensor` at the places that `pick` gives for an output position. */
function picked(context: OperatorContext, tensor: OnnxTensor, to: Shape, pick: (position: readonly number[]) => number): ConstantValue {
  limited(context, to);
  const strides = stridesOf(to);
  const data = Array.from({ length: elementCount(to) }, (_, i) => tensor.data[pick(strides.map((stride, d) => Math.floor(i / stride) % (to[d] as number)))] as number);
  return made(context, tensor.type, to, data);
}

export const slice: Convert = (context) => {
  const tensor = context.constant(0);
  const { begin, strides, shape: to } = sliceRange(context, tensor.shape);
  const own = stridesOf(tensor.shape);
  return picked(context, tensor, to, (position) => position.reduce((sum, p, d) => sum + ((begin[d] as number) + p * (strides[d] as number)) * (own[d] as number), 0));
};

export const gather: Convert = (context) => {
  const [tensor, indices] = [context.constant(0), context.constant(1)];
  const axis = axisIn(context, context.int('axis', 0), tensor.shape.length);
  const chosen = Array.from(indices.data, (index) => axisIn(context, index, tensor.shape[axis] as number));
  const to = [...tensor.shape.slice(0, axis), ...indices.shape, ...tensor.shape.slice(axis + 1)];
  const inner = elementCount(tensor.shape.slice(axis + 1));
  const outer = elementCount(tensor.shape.slice(0, axis));
  limited(context, to);
  const data = upTo(outer).flatMap((o) => chosen.flatMap((index) => upTo(inner).map((i) => tensor.data[(o * (tensor.shape[axis] as number) + index) * inner + i] as number)));
  return made(context, tensor.type, to, data);
};

export const concat: Convert = (context) => {
  const tensors = upTo(context.inputCount).map((position) => context.constant(position));
  const [first] = tensors;
  if (first === undefined) throw context.malformed('no input', 'at least one');
  const axis = axisIn(context, context.int('axis', 1), first.shape.length);
  if (!tensors.every(({ shape: own }) => own.length === first.shape.length && own.every((dim, d) => d === axis || dim === first.shape[d]))) throw context.malformed('shapes that do not fit', `equal ones but for dimension ${axis}`);
  const to = first.shape.map((dim, d) => (d === axis ? tensors.reduce((sum, tensor) => sum + (tensor.shape[d] as number), 0) : dim));
  const inner = elementCount(first.shape.slice(axis + 1));
  const data = upTo(elementCount(first.shape.slice(0, axis))).flatMap((o) => tensors.flatMap((tensor) => {
    const row = (tensor.shape[axis] as number) * inner;
    return Array.from(tensor.data.subarray(o * row, (o + 1) * row));
  }));
  return made(context, first.type, to, data);
};

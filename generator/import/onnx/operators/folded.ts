// SPDX-License-Identifier: Apache-2.0
/** Owns operators on constants, which are computed at import: above all the arithmetic of shapes. */

import { exp, pow } from '../../../core/real-functions.js';
import { broadcastShape } from '../../../graph/moving-shapes.js';
import { elementCount, stridesOf, type Shape } from '../../../tensor/tensor.js';
import type { Convert } from '../context.js';
import { tensorOf, typeName, valuesOf, type ElementType, type OnnxTensor } from '../tensors.js';
import { upTo, type ConstantValue, type Value } from '../values.js';
import { concat, flatten, gather, reshape, slice, squeeze, transpose, unsqueeze } from './folded-shapes.js';
import { constantAt, limited, made, result } from './made-constants.js';

const constant: Convert = (context) => {
  for (const name of ['value', 'value_float', 'value_int', 'value_floats', 'value_ints']) {
    const attribute = context.attribute(name);
    switch (attribute?.kind) {
      case 'tensor':
        return result({ ...attribute.value, name: context.outputName });
      case 'float':
      case 'int':
        return made(context, attribute.kind === 'int' ? 'int64' : 'float32', [], [attribute.value]);
      case 'floats':
      case 'ints':
        return made(context, attribute.kind === 'ints' ? 'int64' : 'float32', [attribute.value.length], attribute.value);
      default:
    }
  }
  throw context.unsupported('a constant without numbers', 'value, value_float, value_int, value_floats or value_ints');
};

/** Also of activations: their shapes are known. */
const shapeOf = (value: Value): Shape => (value.kind === 'constant' ? value.tensor.shape : value.shape);

const shape: Convert = (context) => {
  const sizes = shapeOf(context.value(0));
  const [start, end] = [context.int('start', 0), context.int('end', sizes.length)];
  const part = sizes.slice(start, end);
  return made(context, 'int64', [part.length], part);
};

const size: Convert = (context) => made(context, 'int64', [], [elementCount(shapeOf(context.value(0)))]);

const constantOfShape: Convert = (context) => {
  const sizes = limited(context, Array.from(context.constant(0).data));
  const value = context.attribute('value');
  const [type, fill] = value?.kind === 'tensor' ? [value.value.type, value.value.data[0] ?? 0] : ['float32' as const, 0];
  return result({ name: context.outputName, type, shape: sizes, data: valuesOf(type, new Float32Array(elementCount(sizes))).fill(fill) });
};

const identity: Convert = (context) => constantAt(context, 0);

/** Real numbers become integers by dropping their fraction. */
const cast: Convert = (context) => {
  const { shape: own, data } = context.constant(0);
  const to = typeName(context.int('to', 1));
  const type = to === 'float16' || to === 'bfloat16' ? 'float32' : (['float32', 'float64', 'bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const).find((name) => name === to);
  if (type === undefined) throw context.unsupported(`a cast to ${to}`, 'numbers of 8 to 64 bits');
  const isReal = type === 'float32' || type === 'float64' || type === 'bool';
  return made(context, type, own, isReal ? data : Array.from(data, Math.trunc));
};

const isInteger = (type: ElementType): boolean => type !== 'float32' && type !== 'float64';

/** Element by element; shapes broadcast. */
const binary = (compute: (a: number, b: number) => number, type?: ElementType): Convert => (context) => {
  const [a, b] = [context.constant(0), context.constant(1)];
  let to: Shape;
  try {
    to = limited(context, broadcastShape(a.shape, b.shape));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw context.malformed(error.message, 'shapes that broadcast');
  }
  const spread = ({ shape: own, data }: OnnxTensor): ((i: number) => number) => {
    if (data.length === 1) return () => data[0] as number;
    const [from, strides] = [stridesOf(own), stridesOf(to)];
    const missing = to.length - own.length;
    return (i) => data[own.reduce((sum, dim, d) => sum + (dim === 1 ? 0 : (Math.floor(i / (strides[d + missing] as number)) % dim) * (from[d] as number)), 0)] as number;
  };
  const [x, y] = [spread(a), spread(b)];
  return made(context, type ?? a.type, to, Array.from({ length: elementCount(to) }, (_, i) => compute(x(i), y(i))));
};

/** The scale of a dynamic quantization times a constant is one of its scales too. */
const mul: Convert = (context) => {
  const operands = [constantAt(context, 0), constantAt(context, 1)];
  const [dynamic, ...others] = operands.flatMap((operand) => operand.dynamic ?? []);
  if (others.length > 0) throw context.unsupported('the product of two scales of DynamicQuantizeLinear', 'constant weights');
  const product = binary((a, b) => a * b)({ ...context, constant: (position) => (operands[position] as ConstantValue).tensor }) as ConstantValue;
  return result(product.tensor, undefined, dynamic);
};

const unary = (compute: (value: number) => number): Convert => (context) => {
  const { type, shape: own, data } = context.constant(0);
  return made(context, type, own, Array.from(data, compute));
};

const div: Convert = (context) => {
  const whole = isInteger(context.constant(0).type);
  return binary((a, b) => (whole ? Math.trunc(a / b) : a / b))(context);
};

const expand: Convert = (context) => {
  const tensor = context.constant(0);
  const wanted = Array.from(context.constant(1).data);
  const ones = tensorOf('', tensor.type, limited(context, wanted), new Float64Array(elementCount(wanted)));
  return binary((a) => a)({ ...context, constant: (position) => (position === 0 ? tensor : ones) });
};

const where: Convert = (context) => {
  const [condition, a, b] = [context.constant(0), context.constant(1), context.constant(2)];
  const pair = (x: OnnxTensor, y: OnnxTensor, compute: (p: number, q: number) => number): OnnxTensor =>
    (binary(compute, y.type)({ ...context, constant: (position) => (position === 0 ? x : y) }) as ConstantValue).tensor;
  const [yes, no] = [pair(condition, a, (c, value) => (c === 0 ? 0 : value)), pair(condition, b, (c, value) => (c === 0 ? value : 0))];
  return result(pair(yes, no, (x, y) => x + y));
};

const range: Convert = (context) => {
  const [start, limit, delta] = [0, 1, 2].map((position) => context.constant(position).data[0] ?? 0) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  limited(context, [count]);
  return made(context, context.constant(0).type, [count], upTo(count).map((i) => start + i * delta));
};

const reduceProduct: Convert = (context) => {
  const { type, data } = context.constant(0);
  if (context.list('axes', 1) !== undefined && context.constant(0).shape.length > 1) throw context.unsupported('some dimensions', 'all');
  return made(context, type, context.int('keepdims', 1) === 0 ? [] : context.constant(0).shape.map(() => 1), [Array.from(data).reduce((a, b) => a * b, 1)]);
};

/** Operators whose result is a constant, whatever their inputs are. */
export const ALWAYS_CONSTANT: Readonly<Record<string, Convert>> = { Constant: constant, Shape: shape, Size: size };

/** Operators on constants alone. */
export const ON_CONSTANTS: Readonly<Record<string, Convert>> = {
  Add: binary((a, b) => a + b), Cast: cast, Ceil: unary(Math.ceil), Concat: concat, ConstantOfShape: constantOfShape, Div: div, Dropout: identity,
  Equal: binary((a, b) => (a === b ? 1 : 0), 'bool'), Exp: unary(exp), Expand: expand, Flatten: flatten, Floor: unary(Math.floor), Gather: gather,
  Greater: binary((a, b) => (a > b ? 1 : 0), 'bool'), Identity: identity, Less: binary((a, b) => (a < b ? 1 : 0), 'bool'),
  Max: binary(Math.max), Min: binary(Math.min), Mul: mul, Neg: unary((value) => -value), Pow: binary(pow), Range: range,
  Reciprocal: unary((value) => 1 / value), ReduceProd: reduceProduct, Reshape: reshape, Slice: slice, Sqrt: unary(Math.sqrt), Squeeze: squeeze,
  Sub: binary((a, b) => a - b), Transpose: transpose, Unsqueeze: unsqueeze, Where: where, Abs: unary(Math.abs),
};

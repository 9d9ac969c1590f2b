// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of element-wise operators: sums, products, activations. */

import { NO_REAL_CLAMP } from '../../../float/network.js';
import { broadcastShape } from '../../../graph/moving-shapes.js';
import type { Quantization } from '../../../graph/network.js';
import { quantizationOf } from '../../../quantize/post-training/activation-scales.js';
import { elementCount, formatShape, type Shape } from '../../../tensor/tensor.js';
import type { NewOp } from '../builder.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { tensorOf, type OnnxTensor } from '../tensors.js';
import { anyValues, handedOn } from './handed-on.js';
import { FILLER, floatValues, physicalShape, upTo, type ActivationValue, type Value } from '../values.js';

interface Range {
  readonly activationMin: number;
  readonly activationMax: number;
}

/** An operator on single values keeps the layout. */
export function unary(context: OperatorContext, value: ActivationValue, op: (id: number) => NewOp, name = context.outputName): ActivationValue {
  const { builder } = context;
  return { ...value, id: builder.emit(op(value.id), name, builder.shapeOf(value.id)) };
}

function broadcast(context: OperatorContext, a: Shape, b: Shape): Shape {
  try {
    return broadcastShape(a, b);
  } catch (error) {
    throw context.malformed((error as Error).message, 'shapes that broadcast');
  }
}

/** Leading dimensions of 1 are added until the rank is `rank`. */
function ranked(value: ActivationValue, rank: number): ActivationValue {
  const more = rank - value.shape.length;
  return more === 0 ? value : { ...value, shape: [...Array.from({ length: more }, () => 1), ...value.shape], dims: value.dims.map((dim) => (dim === FILLER ? dim : dim + more)) };
}

/** A constant as an operand in the memory order `dims` of a tensor with `rank` dimensions. */
function constantOperand(context: OperatorContext, { name, shape, type, data }: OnnxTensor, dims: readonly number[], rank: number): number {
  if (type !== 'float32' && type !== 'float64') throw context.unsupported(`a constant of ${type}`, 'float32');
  const full = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  if (elementCount(shape) === 1) return context.builder.constant(name, [1], Float32Array.from(data));
  return context.builder.constant(name, physicalShape(full, dims), floatValues({ name, shape: full, type, data }, dims));
}

function binary(context: OperatorContext, kind: 'add' | 'mul', a: Value, b: Value, range: Range, name: string): Value {
  const { builder } = context;
  const shapeOf = (value: Value): Shape => (value.kind === 'constant' ? value.tensor.shape : value.shape);
  const shape = broadcast(context, shapeOf(a), shapeOf(b));
  const widened = upTo(shape.length);
  // The activation with more values keeps its layout.
  const sizes = [a, b].map((value) => (value.kind === 'constant' ? -1 : elementCount(value.shape)));
  const main = (sizes[0] as number) >= (sizes[1] as number) ? a : b;
  if (main.kind === 'constant') throw context.unsupported('two constants', 'an activation');
  const own = ranked(main, shape.length);
  const { dims } = builder.spread(own, widened.filter((d) => own.shape[d] !== shape[d]));
  const operand = (value: Value): number =>
    value.kind === 'constant' ? constantOperand(context, value.tensor, dims, shape.length) : builder.arrange(ranked(value, shape.length), dims).id;
  const id = builder.emit({ kind, inputs: [operand(a), operand(b)], ...range }, name, physicalShape(shape, dims));
  return { kind: 'activation', id, shape, dims };
}

export const addValues = (context: OperatorContext, a: Value, b: Value, range: Range = NO_REAL_CLAMP, name = context.outputName): Value => binary(context, 'add', a, b, range, name);
export const mulValues = (context: OperatorContext, a: Value, b: Value, range: Range = NO_REAL_CLAMP, name = context.outputName): Value => binary(context, 'mul', a, b, range, name);

const scalar = (value: number): Value => ({ kind: 'constant', tensor: tensorOf(`${value}`, 'float32', [], [value]) });

const mapped = ({ tensor }: Extract<Value, { kind: 'constant' }>, name: string, change: (value: number) => number): Value =>
  ({ kind: 'constant', tensor: { ...tensor, name: `${name}(${tensor.name})`, data: Float32Array.from(tensor.data, change), type: 'float32' } });

/** A float input, constant or not. */
function operandAt(context: OperatorContext, position: number): Value {
  const value = context.value(position);
  return value.kind === 'constant' ? value : context.activation(position);
}

/** Both inputs; before opset 7 the second one is aligned at `axis` of the first. */
function operands(context: OperatorContext): readonly [Value, Value] {
  const [a, b] = [operandAt(context, 0), operandAt(context, 1)];
  const axis = context.node.opset < 7 ? context.attribute('axis') : undefined;
  if (axis?.kind !== 'int' || b.kind !== 'constant' || a.kind === 'constant') return [a, b];
  const rank = a.shape.length;
  const { tensor } = b;
  const shape = [...tensor.shape, ...Array.from({ length: Math.max(0, rank - axisIn(context, axis.value, rank) - tensor.shape.length) }, () => 1)];
  return [a, { ...b, tensor: { ...tensor, shape } }];
}

export const add: Convert = (context) => addValues(context, ...operands(context));

export const sum: Convert = (context) => {
  if (context.inputCount === 0) throw context.malformed('no input', 'at least one');
  return upTo(context.inputCount).map((position) => operandAt(context, position)).reduce((a, b) => addValues(context, a, b, NO_REAL_CLAMP, `${context.outputName}/sum`));
};

/** (-1) * y; where y is quantized, its mirror image on the same scale loses nothing. */
function negative(context: OperatorContext, y: Value): Value {
  if (y.kind === 'constant') return mapped(y, '-', (value) => -value);
  const negated = mulValues(context, y, scalar(-1), NO_REAL_CLAMP, `${context.outputName}/negative`);
  const quantization = context.builder.quantizationOf(y.id);
  if (quantization === undefined || negated.kind === 'constant') return negated;
  return context.builder.quantized(negated, { scale: quantization.scale, zeroPoint: -1 - quantization.zeroPoint });
}

/** x - y is x + (-1) * y. */
export const sub: Convert = (context) => {
  const [a, b] = operands(context);
  return addValues(context, a, negative(context, b));
};

/** By a constant. */
export const div: Convert = (context) => {
  const [a, b] = operands(context);
  if (b.kind !== 'constant') throw context.unsupported('a divisor that is computed when the model runs', 'a constant divisor');
  return mulValues(context, a, mapped(b, '1/', (value) => 1 / value));
};

export const neg: Convert = (context) => mulValues(context, context.activation(0), scalar(-1));

/** Also x * hard sigmoid of x, which is hard swish. */
export const mul: Convert = (context) => {
  const [a, b] = operands(context);
  for (const [gate, x] of [[a, b], [b, a]] as const) {
    if (gate.kind !== 'activation' || x.kind !== 'activation') continue;
    const input = context.builder.hardSigmoids.get(gate.id);
    if (input?.id === x.id && input.dims.join() === x.dims.join() && gate.dims.join() === x.dims.join()) return unary(context, x, (id) => ({ kind: 'hard-swish', inputs: [id] }));
  }
  return mulValues(context, a, b);
};

const clamp = (context: OperatorContext, value: ActivationValue, activationMin: number, activationMax: number): Value => {
  if (!(activationMin <= activationMax)) throw context.unsupported(`the range ${activationMin}..${activationMax}`, 'a minimum that is not above the maximum');
  return handedOn(context, value, unary(context, value, (id) => ({ kind: 'relu', inputs: [id], activationMin, activationMax })));
};

export const relu: Convert = (context) => clamp(context, context.activation(0), 0, Infinity);

/** The single value of a constant input. */
function bound(context: OperatorContext, name: string, position: number, otherwise: number): number {
  if (context.attribute(name) !== undefined) return context.float(name, otherwise);
  const tensor = context.optionalConstant(position);
  if (tensor === undefined) return otherwise;
  if (elementCount(tensor.shape) !== 1) throw context.malformed(`${name} of shape ${formatShape(tensor.shape)}`, 'one value');
  return Math.fround(tensor.data[0] as number);
}

/** Of integers too, whose bounds are integers on their scale. */
export const clip: Convert = (context) => {
  const value = anyValues(context, 0);
  const { integer } = value;
  if (integer?.dynamic !== undefined) context.activation(0);
  const real = (b: number): number => {
    const quantization = integer?.quantization;
    return quantization === undefined ? b : (b - (integer?.type === 'uint8' ? 128 : 0) - quantization.zeroPoint) * quantization.scale;
  };
  return clamp(context, value, real(bound(context, 'min', 1, -Infinity)), real(bound(context, 'max', 2, Infinity)));
};

export const leakyRelu: Convert = (context) =>
  unary(context, context.activation(0), (id) => ({ kind: 'leaky-relu', inputs: [id], alpha: context.float('alpha', Math.fround(0.01)) }));

export const sigmoid: Convert = (context) => unary(context, context.activation(0), (id) => ({ kind: 'logistic', inputs: [id] }));

export const hardSwish: Convert = (context) => unary(context, context.activation(0), (id) => ({ kind: 'hard-swish', inputs: [id] }));

/** max(0, min(1, alpha * x + beta)). */
export const hardSigmoid: Convert = (context) => {
  const x = context.activation(0);
  const [alpha, beta] = [context.float('alpha', Math.fround(0.2)), context.float('beta', 0.5)];
  const scaled = mulValues(context, x, scalar(alpha), NO_REAL_CLAMP, `${context.outputName}/scaled`);
  const result = addValues(context, scaled, scalar(beta), { activationMin: 0, activationMax: 1 });
  const isSixth = Math.abs(alpha - 1 / 6) < 1e-4 && beta === 0.5;
  if (isSixth && result.kind === 'activation') context.builder.hardSigmoids.set(result.id, x);
  return result;
};

/** The finest scale for slope * min(0, x), where x is quantized. */
function slopedQuantization({ scale, zeroPoint }: Quantization, slopes: ArrayLike<number>): Quantization {
  const lowest = (-128 - zeroPoint) * scale;
  const ends = Array.from(slopes, (slope) => slope * lowest);
  return quantizationOf({ min: ends.reduce((a, b) => Math.min(a, b), 0), max: ends.reduce((a, b) => Math.max(a, b), 0) });
}

/** max(0, x) + slope * min(0, x), the slope a constant. */
export const prelu: Convert = (context) => {
  const x = context.activation(0);
  const slope = context.constant(1);
  const { outputName } = context;
  // One slope per channel may come without the dimensions behind it.
  const isPerChannel = slope.shape.length === 1 && x.shape.length > 2 && slope.shape[0] === x.shape[1] && slope.shape[0] !== x.shape.at(-1);
  const shape = isPerChannel ? [...slope.shape, ...x.shape.slice(2).map(() => 1)] : slope.shape;
  const above = unary(context, x, (id) => ({ kind: 'relu', inputs: [id], activationMin: 0, activationMax: Infinity }), `${outputName}/above`);
  const below = unary(context, x, (id) => ({ kind: 'relu', inputs: [id], activationMin: -Infinity, activationMax: 0 }), `${outputName}/below`);
  const sloped = mulValues(context, below, { kind: 'constant', tensor: { ...slope, shape } }, NO_REAL_CLAMP, `${outputName}/sloped`);
  const quantization = context.builder.quantizationOf(x.id);
  const isQuantized = quantization !== undefined && sloped.kind === 'activation';
  return addValues(context, above, isQuantized ? context.builder.quantized(sloped, slopedQuantization(quantization, slope.data)) : sloped);
};

/** Over one dimension; before opset 13 over all from `axis` on. */
export const softmax: Convert = (context) => {
  const { builder } = context;
  const x = context.activation(0);
  const { shape } = x;
  const rank = shape.length;
  const isOld = context.node.opset < 13;
  const axis = axisIn(context, context.int('axis', isOld ? 1 : -1), rank);
  const axes = isOld ? upTo(rank).slice(axis) : [axis];
  const others = upTo(rank).filter((dim) => !axes.includes(dim));
  const wide = axes.filter((dim) => (shape[dim] as number) > 1);
  const emit = (id: number): number => builder.emit({ kind: 'softmax', inputs: [id], beta: 1 }, context.outputName, builder.shapeOf(id));
  if (wide.length <= 1) {
    const along = wide[0] ?? (axes[0] as number);
    const full = builder.spread(x, []);
    const last = full.dims.at(-1) === along ? full : builder.arrange(x, [FILLER, ...upTo(rank).filter((dim) => dim !== along), along]);
    return { ...last, id: emit(last.id) };
  }
  const ordered = builder.arrange(x, [FILLER, ...others, ...axes]);
  const length = elementCount(axes.map((dim) => shape[dim] as number));
  const flat = emit(builder.reshape(ordered.id, [1, elementCount(shape) / length, length]));
  return { ...ordered, id: builder.reshape(flat, physicalShape(shape, ordered.dims)) };
};

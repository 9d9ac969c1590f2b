// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of sums and products. */

import { NO_REAL_CLAMP } from '../../../float/network.js';
import { broadcastShape } from '../../../graph/moving-shapes.js';
import { elementCount, type Shape } from '../../../tensor/tensor.js';
import type { NewOp } from '../built-network.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { tensorOf, type OnnxTensor } from '../tensors.js';
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

export const scalar = (value: number): Value => ({ kind: 'constant', tensor: tensorOf(`${value}`, 'float32', [], [value]) });

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

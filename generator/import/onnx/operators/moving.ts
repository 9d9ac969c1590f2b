// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators that hand values through, join, cut or pad them. */

import { elementCount, formatShape, shapesEqual, type Shape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { typeName } from '../tensors.js';
import { FILLER, physicalShape, upTo, type ActivationValue } from '../values.js';
import { anyValues, handedOn } from './handed-on.js';
import { anyActivation, reshapeTo } from './reshaping.js';

export const identity: Convert = (context) => anyActivation(context, 0);

export const dropout: Convert = (context) => {
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the output mask', 'values alone');
  return context.activation(0);
};

/** To float32 alone, from integers without a scale too. */
export const cast: Convert = (context) => {
  const to = context.int('to', 1);
  if (to !== 1 && to !== 11) throw context.unsupported(`a cast of an activation to ${typeName(to)}`, 'float32');
  const value = context.value(0);
  if (value.kind === 'constant' || value.integer === undefined || value.integer.quantization !== undefined) return context.activation(0);
  const { integer: { dynamic, type }, ...real } = value;
  if (dynamic === undefined) return real;
  if (type !== 'int32') throw context.unsupported('a cast of the integers of DynamicQuantizeLinear', 'ConvInteger or MatMulInteger');
  return { ...real, unscaled: dynamic };
};

export const concat: Convert = (context) => {
  const { builder } = context;
  const values = upTo(context.inputCount).map((position) => anyValues(context, position));
  const [first] = values;
  if (first === undefined) throw context.malformed('no input', 'at least one');
  const rank = first.shape.length;
  const axis = axisIn(context, context.int('axis', 1), rank);
  const fits = values.every(({ shape }) => shape.length === rank && shape.every((size, d) => d === axis || size === first.shape[d]));
  if (!fits) throw context.malformed(values.map(({ shape }) => formatShape(shape)).join(', '), `shapes that differ along dimension ${axis} alone`);
  if (values.length === 1) return first;
  const quantizations = new Set(values.map(({ integer }) => `${integer?.quantization?.scale} ${integer?.quantization?.zeroPoint}`));
  if (quantizations.size > 1) throw context.unsupported('integers of different scales', 'one scale and zero point', 'Use com.microsoft.QLinearConcat, or DequantizeLinear before Concat.');
  const shape = first.shape.map((size, d) => (d === axis ? values.reduce((sum, value) => sum + (value.shape[d] as number), 0) : size));
  // The largest keeps its order in memory.
  const main = values.reduce((a, b) => (elementCount(b.shape) > elementCount(a.shape) ? b : a));
  const { dims } = builder.spread(main, [axis]);
  const [head, ...rest] = values.map((value) => builder.arrange(value, dims).id) as [number, ...number[]];
  const id = builder.emit({ kind: 'concatenation', inputs: [head, ...rest], axis: dims.indexOf(axis) }, context.outputName, physicalShape(shape, dims));
  return handedOn(context, first, { kind: 'activation', id, shape, dims });
};

/** `begin`, `strides` and sizes per dimension of the ONNX tensor. */
function sliceBy(context: OperatorContext, value: ActivationValue, begin: readonly number[], strides: readonly number[], shape: Shape, name = context.outputName): ActivationValue {
  if (shape.some((size) => size < 1)) throw context.unsupported(`an empty result (${formatShape(shape)})`, 'at least one value');
  if (shapesEqual(shape, value.shape)) return value;
  const { id, dims } = context.builder.spread(value, []);
  const at = (list: readonly number[], otherwise: number): number[] => dims.map((dim) => (dim === FILLER ? otherwise : (list[dim] as number)));
  const op = { kind: 'slice', inputs: [id], begin: at(begin, 0), strides: at(strides, 1) } as const;
  return { ...value, id: context.builder.emit(op, name, physicalShape(shape, dims)), shape, dims };
}

interface SliceRange {
  readonly begin: number[];
  readonly strides: number[];
  readonly shape: number[];
}

/** Slice's bounds, clamped to the tensor; steps may be negative. */
export function sliceRange(context: OperatorContext, from: Shape): SliceRange {
  const [starts, ends] = [context.list('starts', 1), context.list('ends', 2)];
  if (starts === undefined || ends === undefined || starts.length !== ends.length) throw context.malformed('no starts and ends of one length', 'both');
  const axes = (context.list('axes', 3) ?? upTo(starts.length)).map((axis) => axisIn(context, axis, from.length));
  const steps = context.optionalConstant(4) === undefined ? starts.map(() => 1) : Array.from((context.constant(4)).data);
  if (axes.length !== starts.length || steps.length !== starts.length) throw context.malformed(`${axes.length} axes and ${steps.length} steps for ${starts.length} starts`, 'lists of one length');
  const range: SliceRange = { begin: from.map(() => 0), strides: from.map(() => 1), shape: [...from] };
  axes.forEach((axis, i) => {
    const [size, step] = [from[axis] as number, steps[i] as number];
    if (step === 0) throw context.malformed('step 0', 'another step');
    const place = (value: number): number => (value < 0 ? value + size : value);
    const clampTo = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const begin = clampTo(place(starts[i] as number), 0, high);
    const end = clampTo(place(ends[i] as number), low, high);
    range.begin[axis] = begin;
    range.strides[axis] = step;
    range.shape[axis] = Math.max(0, Math.ceil((end - begin) / step));
  });
  return range;
}

export const slice: Convert = (context) => {
  const value = anyActivation(context, 0);
  const { begin, strides, shape } = sliceRange(context, value.shape);
  const negative = strides.findIndex((step, d) => step < 0 && (shape[d] as number) > 1);
  if (negative >= 0) throw context.unsupported(`step ${strides[negative] as number}`, 'positive steps');
  return sliceBy(context, value, begin, strides.map((step) => Math.max(1, step)), shape);
};

export const split: Convert = (context) => {
  const value = anyActivation(context, 0);
  const axis = axisIn(context, context.int('axis', 0), value.shape.length);
  const { outputs } = context.node;
  const size = value.shape[axis] as number;
  const part = Math.ceil(size / outputs.length);
  const sizes = context.list('split', 1) ?? outputs.map((_, i) => Math.min(part, size - i * part));
  if (sizes.length !== outputs.length || sizes.reduce((a, b) => a + b, 0) !== size) throw context.malformed(`parts ${sizes.join(', ')} of ${size}`, `${outputs.length} parts`);
  let start = 0;
  return sizes.map((own, i) => {
    const begin = value.shape.map((_, d) => (d === axis ? start : 0));
    start += own;
    return sliceBy(context, value, begin, begin.map(() => 1), value.shape.map((dim, d) => (d === axis ? own : dim)), outputs[i]);
  });
};

/** Gather with one index is a slice. */
export const gather: Convert = (context) => {
  const value = anyActivation(context, 0);
  const axis = axisIn(context, context.int('axis', 0), value.shape.length);
  const indices = context.constant(1);
  if (indices.data.length !== 1 || indices.shape.length > 1) throw context.unsupported(`${indices.data.length} indices`, 'one');
  const index = axisIn(context, indices.data[0] as number, value.shape[axis] as number);
  const begin = value.shape.map((_, d) => (d === axis ? index : 0));
  const taken = sliceBy(context, value, begin, begin.map(() => 1), value.shape.map((dim, d) => (d === axis ? 1 : dim)));
  return indices.shape.length === 1 ? taken : reshapeTo(context, taken, taken.shape.filter((_, d) => d !== axis));
};

/** The real number that fills; integers are filled with an integer. */
function padding(context: OperatorContext, { integer }: ActivationValue): number {
  const own = context.attribute('value') === undefined ? context.optionalConstant(2)?.data[0] : context.float('value', 0);
  const { quantization, type } = integer ?? {};
  if (quantization === undefined) return own ?? 0;
  return ((own ?? 0) - (type === 'uint8' ? 128 : 0) - quantization.zeroPoint) * quantization.scale;
}

/** Negative amounts cut off. */
export const pad: Convert = (context) => {
  const mode = context.text('mode', 'constant');
  if (mode !== 'constant') throw context.unsupported(`mode ${mode}`, 'mode constant');
  const value = anyValues(context, 0);
  const rank = value.shape.length;
  const list = context.list('pads', 1) ?? context.ints('paddings') ?? [];
  const axes = (context.list('axes', 3) ?? upTo(rank)).map((axis) => axisIn(context, axis, rank));
  if (list.length !== 2 * axes.length) throw context.malformed(`${list.length} amounts for ${axes.length} dimensions`, `${2 * axes.length}`);
  const amounts = (offset: number): number[] => upTo(rank).map((d) => (axes.includes(d) ? (list[axes.indexOf(d) + offset] as number) : 0));
  const [before, after] = [amounts(0), amounts(axes.length)];
  const fill = padding(context, value);
  const cut = (amount: number): number => Math.max(0, -amount);
  const shapeCut = value.shape.map((size, d) => size - cut(before[d] as number) - cut(after[d] as number));
  const inner = sliceBy(context, value, before.map(cut), before.map(() => 1), shapeCut, `${context.outputName}/cut`);
  const grow = (amount: number): number => Math.max(0, amount);
  const shape = shapeCut.map((size, d) => size + grow(before[d] as number) + grow(after[d] as number));
  if (shapesEqual(shape, shapeCut)) return inner;
  const { id, dims } = context.builder.spread(inner, upTo(rank).filter((d) => shape[d] !== shapeCut[d]));
  const at = (amounts_: readonly number[]): number[] => dims.map((dim) => (dim === FILLER ? 0 : grow(amounts_[dim] as number)));
  const op = { kind: 'pad', inputs: [id], before: at(before), after: at(after), value: fill } as const;
  return handedOn(context, value, { kind: 'activation', id: context.builder.emit(op, context.outputName, physicalShape(shape, dims)), shape, dims });
};

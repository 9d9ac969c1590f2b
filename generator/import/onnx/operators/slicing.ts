// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators that cut a tensor or take places of it, and the joining of parts. */

import { elementCount, formatShape, shapesEqual, type Shape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { FILLER, physicalShape, upTo, type ActivationValue } from '../values.js';
import { anyActivation, reshapeTo } from './reshaping.js';

/** More parts than this are not joined to one tensor. */
export const MAX_PARTS = 128;

/** Values of one scale behind each other along a dimension. */
export function joinedAlong(context: OperatorContext, values: readonly ActivationValue[], axis: number, name = context.outputName): ActivationValue {
  const { builder } = context;
  const [first] = values as [ActivationValue];
  if (values.length === 1) return first;
  const shape = first.shape.map((size, d) => (d === axis ? values.reduce((sum, value) => sum + (value.shape[d] as number), 0) : size));
  // The largest keeps its order in memory.
  const main = values.reduce((a, b) => (elementCount(b.shape) > elementCount(a.shape) ? b : a));
  const { dims } = builder.spread(main, [axis]);
  const [head, ...rest] = values.map((value) => builder.arrange(value, dims).id) as [number, ...number[]];
  return { ...first, id: builder.emit({ kind: 'concatenation', inputs: [head, ...rest], axis: dims.indexOf(axis) }, name, physicalShape(shape, dims)), shape, dims };
}

/** `begin`, `strides` and sizes per dimension of the ONNX tensor. */
export function sliceBy(context: OperatorContext, value: ActivationValue, begin: readonly number[], strides: readonly number[], shape: Shape, name = context.outputName): ActivationValue {
  if (shape.some((size) => size < 1)) throw context.unsupported(`an empty result (${formatShape(shape)})`, 'at least one value');
  if (shapesEqual(shape, value.shape)) return value;
  const { id, dims } = context.builder.spread(value, []);
  const at = (list: readonly number[], otherwise: number): number[] => dims.map((dim) => (dim === FILLER ? otherwise : (list[dim] as number)));
  const op = { kind: 'slice', inputs: [id], begin: at(begin, 0), strides: at(strides, 1) } as const;
  return { ...value, id: context.builder.emit(op, name, physicalShape(shape, dims)), shape, dims };
}

/** Places with one step between them. */
export interface Progression {
  readonly begin: number;
  readonly step: number;
  readonly count: number;
}

/** The list cut into as few pieces of rising places with equal steps as a look from its begin finds. */
export function progressions(places: readonly number[]): Progression[] {
  const found: Progression[] = [];
  for (const place of places) {
    const last = found.at(-1);
    const step = last === undefined ? 0 : place - (last.begin + (last.count - 1) * last.step);
    if (last !== undefined && step > 0 && (last.count === 1 || step === last.step)) found[found.length - 1] = { begin: last.begin, step, count: last.count + 1 };
    else found.push({ begin: place, step: 1, count: 1 });
  }
  return found;
}

/** The pieces of one dimension in this order: slices, and their concatenation. */
export function takenAlong(context: OperatorContext, value: ActivationValue, axis: number, pieces: readonly Progression[], name = context.outputName): ActivationValue {
  if (pieces.length > MAX_PARTS) throw context.unsupported(`${pieces.length} slices along dimension ${axis}`, `at most ${MAX_PARTS}`);
  const { shape } = value;
  const spread = context.builder.spread(value, [axis]);
  const at = (of: number, otherwise: (d: number) => number): number[] => upTo(shape.length).map((d) => (d === axis ? of : otherwise(d)));
  const parts = pieces.map(({ begin, step, count }) => sliceBy(context, spread, at(begin, () => 0), at(step, () => 1), at(count, (d) => shape[d] as number), pieces.length === 1 ? name : `${name}/part`));
  return joinedAlong(context, parts, axis, name);
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

/** Negative steps take places one by one. */
export const slice: Convert = (context) => {
  const value = anyActivation(context, 0);
  const { begin, strides, shape } = sliceRange(context, value.shape);
  const isDown = strides.map((step, d) => step < 0 && (shape[d] as number) > 1);
  const rising = sliceBy(
    context, value, begin.map((place, d) => (isDown[d] === true ? 0 : place)), strides.map((step) => Math.max(1, step)), shape.map((size, d) => (isDown[d] === true ? (value.shape[d] as number) : size)),
  );
  return upTo(shape.length).filter((d) => isDown[d]).reduce((taken, d) => {
    const [first, step, count] = [begin[d] as number, strides[d] as number, shape[d] as number];
    if (count > MAX_PARTS) throw context.unsupported(`step ${step} over ${count} places`, `a negative step over at most ${MAX_PARTS} places`);
    return takenAlong(context, taken, d, upTo(count).map((p) => ({ begin: first + p * step, step: 1, count: 1 })));
  }, rising);
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

/** Constant indices: a list of places, or one whose dimension is left out. */
export const gather: Convert = (context) => {
  const value = anyActivation(context, 0);
  const axis = axisIn(context, context.int('axis', 0), value.shape.length);
  const indices = context.constant(1);
  if (indices.data.length === 0 || indices.shape.length > 1) throw context.unsupported(`indices of shape ${formatShape(indices.shape)}`, 'one index or a list');
  const places = Array.from(indices.data, (index) => axisIn(context, index, value.shape[axis] as number));
  const taken = takenAlong(context, value, axis, progressions(places));
  return indices.shape.length === 1 ? taken : reshapeTo(context, taken, taken.shape.filter((_, d) => d !== axis));
};

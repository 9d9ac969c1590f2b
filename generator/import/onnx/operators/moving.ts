// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators that move values. */

import { DefectError } from '../../../core/errors.js';
import { elementCount, formatShape, shapesEqual, type Shape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { FILLER, inOwnOrder, physicalShape, sizeAt, upTo, wideDims, type ActivationValue } from '../values.js';
import { resizedIndices, sameIndices, type ResizeRule } from './nearest.js';

/** An activation, of integers too. */
export function anyActivation(context: OperatorContext, position: number): ActivationValue {
  const value = context.value(position);
  return value.kind === 'activation' ? value : context.activation(position);
}

/** Runs of old and new dimensions of more than 1 with equal products: what a reshape merges and splits. */
function runs(from: Shape, to: Shape): { readonly from: readonly number[]; readonly to: readonly number[] }[] {
  const [olds, news] = [from, to].map((shape) => upTo(shape.length).filter((d) => (shape[d] as number) > 1)) as [number[], number[]];
  const found: { from: number[]; to: number[] }[] = [];
  while (olds.length > 0 || news.length > 0) {
    const run = { from: [] as number[], to: [] as number[] };
    let [a, b] = [1, 1];
    do {
      const isOld = a <= b;
      const dim = (isOld ? olds : news).shift();
      if (dim === undefined) throw new DefectError('runs', `${formatShape(from)} to ${formatShape(to)}`);
      if (isOld) a *= from[dim] as number;
      else b *= to[dim] as number;
      run[isOld ? 'from' : 'to'].push(dim);
    } while (a !== b);
    found.push(run);
  }
  return found;
}

/** The same values row-major in another shape; where memory allows it, only the names of dimensions change. */
export function reshapeTo(context: OperatorContext, value: ActivationValue, shape: Shape): ActivationValue {
  const { builder } = context;
  const parts = runs(value.shape, shape);
  const order = wideDims(value.shape, value.dims);
  const inPlace = parts.every(({ from }) => {
    const at = order.indexOf(from[0] as number);
    return from.every((dim, i) => order[at + i] === dim);
  });
  if (!inPlace) {
    const ordered = builder.ownOrder(value);
    const dims = inOwnOrder(shape);
    const id = builder.reshape(ordered.id, physicalShape(shape, dims));
    builder.flattened.set(id, value);
    return { ...value, id, shape, dims };
  }
  if (parts.every(({ from, to }) => from.length === 1 && to.length === 1)) {
    // Nothing moves: dimensions of 1 come and go.
    const renamed = new Map(parts.map(({ from, to }) => [from[0] as number, to[0] as number]));
    const narrow = upTo(shape.length).filter((d) => shape[d] === 1);
    const dims = value.dims.map((dim) => (sizeAt(value.shape, dim) > 1 ? (renamed.get(dim) as number) : (narrow.shift() ?? FILLER)));
    return { ...value, shape, dims };
  }
  const wide = order.flatMap((dim) => parts.find(({ from }) => from[0] === dim)?.to ?? []);
  const isOrdered = wide.every((dim, i) => i === 0 || dim > (wide[i - 1] as number));
  const dims = isOrdered ? inOwnOrder(shape) : [FILLER, ...wide];
  return { ...value, id: builder.reshape(value.id, physicalShape(shape, dims)), shape, dims };
}

/** The sizes that Reshape's second input asks for: 0 copies one, -1 takes the rest. */
export function reshapedShape(context: OperatorContext, from: Shape, wanted: readonly number[]): Shape {
  const isZeroAllowed = context.int('allowzero', 0) !== 0;
  const sizes = wanted.map((size, d) => {
    if (size === 0 && !isZeroAllowed && from[d] === undefined) throw context.malformed(`a 0 in place ${d} for ${formatShape(from)}`, 'a dimension to copy');
    return size === 0 && !isZeroAllowed ? (from[d] as number) : size;
  });
  const known = sizes.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  const shape = sizes.map((size) => (size === -1 ? elementCount(from) / known : size));
  const isFit = sizes.filter((size) => size === -1).length <= 1 && shape.every((size) => Number.isInteger(size) && size >= 0) && elementCount(shape) === elementCount(from);
  if (!isFit) throw context.malformed(`${formatShape(from)} as [${wanted.join(', ')}]`, `a shape of ${elementCount(from)} values`);
  return shape;
}

export const reshape: Convert = (context) => {
  const value = anyActivation(context, 0);
  const wanted = context.list('shape', 1);
  if (wanted === undefined) throw context.malformed('no shape', 'one');
  return reshapeTo(context, value, reshapedShape(context, value.shape, wanted));
};

export const flatten: Convert = (context) => {
  const value = anyActivation(context, 0);
  const rank = value.shape.length;
  const axis = context.int('axis', 1);
  const at = axis === rank ? rank : axisIn(context, axis, Math.max(1, rank));
  return reshapeTo(context, value, [elementCount(value.shape.slice(0, at)), elementCount(value.shape.slice(at))]);
};

/** Dimensions of a list, in order and once each. */
const axesIn = (context: OperatorContext, list: readonly number[], rank: number): number[] => [...new Set(list.map((axis) => axisIn(context, axis, rank)))].toSorted((a, b) => a - b);

export function squeezedShape(context: OperatorContext, shape: Shape): Shape {
  const list = context.list('axes', 1);
  const axes = list === undefined ? upTo(shape.length).filter((d) => shape[d] === 1) : axesIn(context, list, shape.length);
  const bad = axes.find((d) => shape[d] !== 1);
  if (bad !== undefined) throw context.malformed(`dimension ${bad} of ${formatShape(shape)}`, 'a dimension of 1');
  return shape.filter((_, d) => !axes.includes(d));
}

export function unsqueezedShape(context: OperatorContext, shape: Shape): Shape {
  const list = context.list('axes', 1) ?? [];
  const axes = axesIn(context, list, shape.length + list.length);
  if (axes.length !== list.length) throw context.malformed(`axes ${list.join(', ')}`, 'every dimension once');
  const rest = [...shape];
  return upTo(shape.length + list.length).map((d) => (axes.includes(d) ? 1 : (rest.shift() as number)));
}

export const squeeze: Convert = (context) => {
  const value = anyActivation(context, 0);
  return reshapeTo(context, value, squeezedShape(context, value.shape));
};

export const unsqueeze: Convert = (context) => {
  const value = anyActivation(context, 0);
  return reshapeTo(context, value, unsqueezedShape(context, value.shape));
};

export function permutationOf(context: OperatorContext, rank: number): readonly number[] {
  const permutation = context.ints('perm') ?? upTo(rank).toReversed();
  if (permutation.toSorted((a, b) => a - b).join() !== upTo(rank).join()) throw context.malformed(`perm ${permutation.join(', ')} for ${rank} dimensions`, 'a permutation');
  return permutation;
}

/** Nothing moves until an operator asks for another order. */
export function transposeBy(value: ActivationValue, permutation: readonly number[]): ActivationValue {
  return { ...value, shape: permutation.map((d) => value.shape[d] as number), dims: value.dims.map((dim) => (dim === FILLER ? dim : permutation.indexOf(dim))) };
}

export const transpose: Convert = (context) => {
  const value = anyActivation(context, 0);
  return transposeBy(value, permutationOf(context, value.shape.length));
};

export const identity: Convert = (context) => anyActivation(context, 0);

export const dropout: Convert = (context) => {
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the output mask', 'values alone');
  return context.activation(0);
};

/** To float32 alone. */
export const cast: Convert = (context) => {
  const to = context.int('to', 1);
  if (to !== 1 && to !== 11) throw context.unsupported(`a cast of an activation to type ${to}`, 'float32');
  return context.activation(0);
};

export const concat: Convert = (context) => {
  const { builder } = context;
  const values = upTo(context.inputCount).map((position) => context.activation(position));
  const [first] = values;
  if (first === undefined) throw context.malformed('no input', 'at least one');
  const rank = first.shape.length;
  const axis = axisIn(context, context.int('axis', 1), rank);
  const fits = values.every(({ shape }) => shape.length === rank && shape.every((size, d) => d === axis || size === first.shape[d]));
  if (!fits) throw context.malformed(values.map(({ shape }) => formatShape(shape)).join(', '), `shapes that differ along dimension ${axis} alone`);
  if (values.length === 1) return first;
  const shape = first.shape.map((size, d) => (d === axis ? values.reduce((sum, value) => sum + (value.shape[d] as number), 0) : size));
  // The largest keeps its order in memory.
  const main = values.reduce((a, b) => (elementCount(b.shape) > elementCount(a.shape) ? b : a));
  const { dims } = builder.spread(main, [axis]);
  const [head, ...rest] = values.map((value) => builder.arrange(value, dims).id) as [number, ...number[]];
  const id = builder.emit({ kind: 'concatenation', inputs: [head, ...rest], axis: dims.indexOf(axis) }, context.outputName, physicalShape(shape, dims));
  return { kind: 'activation', id, shape, dims };
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

/** Negative amounts cut off. */
export const pad: Convert = (context) => {
  const mode = context.text('mode', 'constant');
  if (mode !== 'constant') throw context.unsupported(`mode ${mode}`, 'mode constant');
  const value = context.activation(0);
  const rank = value.shape.length;
  const list = context.list('pads', 1) ?? context.ints('paddings') ?? [];
  const axes = (context.list('axes', 3) ?? upTo(rank)).map((axis) => axisIn(context, axis, rank));
  if (list.length !== 2 * axes.length) throw context.malformed(`${list.length} amounts for ${axes.length} dimensions`, `${2 * axes.length}`);
  const amounts = (offset: number): number[] => upTo(rank).map((d) => (axes.includes(d) ? (list[axes.indexOf(d) + offset] as number) : 0));
  const [before, after] = [amounts(0), amounts(axes.length)];
  const fill = context.attribute('value') === undefined ? context.optionalConstant(2)?.data[0] : context.float('value', 0);
  const cut = (amount: number): number => Math.max(0, -amount);
  const shapeCut = value.shape.map((size, d) => size - cut(before[d] as number) - cut(after[d] as number));
  const inner = sliceBy(context, value, before.map(cut), before.map(() => 1), shapeCut, `${context.outputName}/cut`);
  const grow = (amount: number): number => Math.max(0, amount);
  const shape = shapeCut.map((size, d) => size + grow(before[d] as number) + grow(after[d] as number));
  if (shapesEqual(shape, shapeCut)) return inner;
  const { id, dims } = context.builder.spread(inner, upTo(rank).filter((d) => shape[d] !== shapeCut[d]));
  const at = (amounts_: readonly number[]): number[] => dims.map((dim) => (dim === FILLER ? 0 : grow(amounts_[dim] as number)));
  const op = { kind: 'pad', inputs: [id], before: at(before), after: at(after), value: fill ?? 0 } as const;
  return { kind: 'activation', id: context.builder.emit(op, context.outputName, physicalShape(shape, dims)), shape, dims };
};

/** Rows and columns by nearest neighbour. */
export const resize: Convert = (context) => {
  const mode = context.text('mode', 'nearest');
  if (mode !== 'nearest') throw context.unsupported(`mode ${mode}`, 'mode nearest');
  const value = context.activation(0);
  const { shape } = value;
  const isUpsample = context.node.type === 'Upsample';
  const isOld = isUpsample || context.node.opset < 11;
  const partial = context.ints('axes')?.map((axis) => axisIn(context, axis, shape.length));
  const whole = (list: readonly number[], otherwise: readonly number[]): readonly number[] => {
    if (list.length !== (partial ?? shape).length) throw context.malformed(`${list.length} sizes or scales for ${(partial ?? shape).length} dimensions`, 'one for each');
    return partial === undefined ? list : otherwise.map((size, d) => (partial.includes(d) ? (list[partial.indexOf(d)] as number) : size));
  };
  const attribute = context.attribute('scales');
  const given = attribute?.kind === 'floats' ? attribute.value : context.optionalConstant(isOld ? 1 : 2)?.data;
  const sizes = isOld ? undefined : context.optionalConstant(3)?.data;
  const policy = context.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') throw context.unsupported(`keep_aspect_ratio_policy ${policy}`, 'stretch');
  let to: readonly number[];
  let scales: readonly number[];
  if (given !== undefined && given.length > 0) {
    scales = whole(Array.from(given), shape.map(() => 1));
    to = shape.map((size, d) => Math.floor(size * (scales[d] as number)));
  } else if (sizes !== undefined) {
    to = whole(Array.from(sizes), shape);
    scales = to.map((size, d) => size / (shape[d] as number));
  } else throw context.malformed('neither scales nor sizes', 'one of both');
  if (!to.every((size) => Number.isSafeInteger(size) && size >= 1 && size < 2 ** 20)) throw context.malformed(`a result of ${to.join('x')}`, 'at least one value and at most 2^20 along each dimension');
  if (shapesEqual(to, shape)) return value;
  if (shape.length !== 4 || shape[0] !== 1 || to[0] !== 1 || to[1] !== shape[1]) throw context.unsupported(`${formatShape(shape)} to ${formatShape(to)}`, 'rows and columns of 1xCxHxW');
  const rule: ResizeRule = isOld
    ? { coordinates: 'asymmetric', rounding: 'floor' }
    : { coordinates: context.text('coordinate_transformation_mode', 'half_pixel'), rounding: context.text('nearest_mode', 'round_prefer_floor') };
  const wanted = [2, 3].map((d) => resizedIndices(rule, shape[d] as number, to[d] as number, scales[d] as number));
  const known = wanted.every((list) => list !== undefined);
  const op = known ? sameIndices(wanted, [shape[2] as number, shape[3] as number]) : undefined;
  if (op === undefined) throw context.unsupported(`${rule.coordinates} with nearest_mode ${rule.rounding} from ${formatShape(shape)} to ${formatShape(to)}`, 'asymmetric with floor, half_pixel with round_prefer_ceil, or align_corners', 'Export with mode nearest and an integer scale factor.');
  const input = context.builder.arrange(value, [0, 2, 3, 1]);
  return { ...input, shape: to, id: context.builder.emit({ kind: 'resize-nearest', inputs: [input.id], ...op }, context.outputName, physicalShape(to, input.dims)) };
};

/** Channels become rows and columns (or back): reshape, transpose, reshape. */
const blocks = (toSpace: boolean): Convert => (context) => {
  const value = context.activation(0);
  const [n = 1, c = 1, h = 1, w = 1] = value.shape;
  const b = context.int('blocksize', 0);
  const fits = value.shape.length === 4 && b >= 1 && (toSpace ? c % (b * b) === 0 : h % b === 0 && w % b === 0);
  if (!fits) throw context.malformed(`blocks of ${b} in ${formatShape(value.shape)}`, 'NxCxHxW that divides');
  if (!toSpace) return reshapeTo(context, transposeBy(reshapeTo(context, value, [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]);
  const mode = context.text('mode', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') throw context.malformed(`mode ${mode}`, 'DCR or CRD');
  const moved = mode === 'DCR'
    ? transposeBy(reshapeTo(context, value, [n, b, b, c / (b * b), h, w]), [0, 3, 4, 1, 5, 2])
    : transposeBy(reshapeTo(context, value, [n, c / (b * b), b, b, h, w]), [0, 1, 4, 2, 5, 3]);
  return reshapeTo(context, moved, [n, c / (b * b), h * b, w * b]);
};

export const depthToSpace = blocks(true);
export const spaceToDepth = blocks(false);


// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators that give the same values another shape or another order of dimensions. */

import { DefectError } from '../../../core/errors.js';
import { elementCount, formatShape, type Shape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { channelsLast, FILLER, inOwnOrder, physicalShape, sizeAt, upTo, wideDims, type ActivationValue } from '../values.js';
import { regrouped, splitsPixels } from './regrouping.js';

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

type Run = ReturnType<typeof runs>[number];

/** Runs whose dimensions lie apart in an image are brought together in it: pixel shuffle and its inverse. */
function mergedInImage({ builder, outputName }: OperatorContext, value: ActivationValue, shape: Shape, parts: readonly Run[]): ActivationValue | undefined {
  // Weights take up the order of what is flattened to one dimension.
  if (parts.length < 2) return undefined;
  const order = wideDims(value.shape, value.dims);
  for (const place of [Math.min, Math.max]) {
    const sorted = parts.toSorted((a, b) => place(...a.from.map((dim) => order.indexOf(dim))) - place(...b.from.map((dim) => order.indexOf(dim))));
    const moved = regrouped(builder, value, sorted.map(({ from }) => from), outputName);
    if (moved === undefined) continue;
    const wide = sorted.flatMap(({ to }) => to);
    const image = channelsLast(shape.length);
    const isImage = (shape.length === 3 || shape.length === 4) && wide.join() === wideDims(shape, image).join();
    const dims = isImage && shape[0] === 1 ? image : [FILLER, ...wide, ...moved.dims.slice(1 + order.length)];
    return { ...moved, id: builder.reshape(moved.id, physicalShape(shape, dims)), shape, dims };
  }
  return undefined;
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
  const merged = !inPlace || splitsPixels(builder, value, parts.map(({ from }) => from)) ? mergedInImage(context, value, shape, parts) : undefined;
  if (merged !== undefined) return merged;
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

/** Channels become rows and columns (or back): reshape, transpose, reshape. */
const blocks = (toSpace: boolean): Convert => (context) => {
  const value = anyActivation(context, 0);
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


// SPDX-License-Identifier: Apache-2.0
/** Owns shapes and plain tensors (typed array + shape, row-major); knows no network. */

import { GenAccelError } from '../core/errors.js';

/** Dimensions, outermost first. Activations are NHWC with N = 1, weights OHWI. */
export type Shape = readonly number[];

export interface Int8Tensor {
  readonly dtype: 'int8';
  readonly shape: Shape;
  /** Row-major: the last dimension is contiguous. */
  readonly data: Int8Array;
}

export interface Int32Tensor {
  readonly dtype: 'int32';
  readonly shape: Shape;
  readonly data: Int32Array;
}

export type Tensor = Int8Tensor | Int32Tensor;

/** The data of a tensor does not have the number of elements that its shape says. */
export class TensorShapeError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_TENSOR_SHAPE', 'input', {
      where,
      found,
      expected,
      remedy: 'Pass data and shape that belong together.',
    });
  }
}

export const elementCount = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

/** Elements from one position to the next, per dimension, of a row-major tensor. */
export const stridesOf = (shape: Shape): number[] => shape.map((_, d) => elementCount(shape.slice(d + 1)));

/** `1x32x32x3`; a scalar prints as `scalar`. */
export const formatShape = (shape: Shape): string => (shape.length === 0 ? 'scalar' : shape.join('x'));

export const shapesEqual = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Place of the first largest value; 0 without values. For any number of them. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function checkCount(where: string, shape: Shape, found: number): void {
  if (elementCount(shape) !== found) {
    throw new TensorShapeError(where, `${found} elements`, `${elementCount(shape)} (${formatShape(shape)})`);
  }
}

/** An int8 tensor; zero-filled without `data`. Throws TensorShapeError when the count differs. */
export function int8Tensor(shape: Shape, data?: Int8Array): Int8Tensor {
  const values = data ?? new Int8Array(elementCount(shape));
  checkCount('int8 tensor', shape, values.length);
  return { dtype: 'int8', shape, data: values };
}

/** An int32 tensor; zero-filled without `data`. Throws TensorShapeError when the count differs. */
export function int32Tensor(shape: Shape, data?: Int32Array): Int32Tensor {
  const values = data ?? new Int32Array(elementCount(shape));
  checkCount('int32 tensor', shape, values.length);
  return { dtype: 'int32', shape, data: values };
}

/** Height, width and channels of one image. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Reads an activation shape as one image: 1 x H x W x C as it is, 1 x C as one pixel, 1 x W x C as one row; of more
 * dimensions all but the last two become rows. Throws TensorShapeError for a batch other than 1 and for less.
 */
export function imageSize(shape: Shape): ImageSize {
  const channels = shape.at(-1);
  if (shape[0] !== 1 || shape.length < 2 || channels === undefined) {
    throw new TensorShapeError('activation shape', formatShape(shape), '1xHxWxC, 1xWxC or 1xC');
  }
  return { height: elementCount(shape.slice(1, -2)), width: shape.length === 2 ? 1 : (shape.at(-2) as number), channels };
}

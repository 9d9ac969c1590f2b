// SPDX-License-Identifier: Apache-2.0
/** Owns the constants that operators on constants read and make. */

import { elementCount, formatShape, type Shape } from '../../../tensor/tensor.js';
import type { OperatorContext } from '../context.js';
import { tensorOf, type ElementType, type OnnxTensor } from '../tensors.js';
import type { ConstantValue, Grid } from '../values.js';

/** More elements than this are not made out of a shape. */
const MAX_MADE_ELEMENTS = 2 ** 24;

export const result = (tensor: OnnxTensor, grid?: Grid, dynamic?: string): ConstantValue =>
  ({ kind: 'constant', tensor, ...(grid === undefined ? {} : { grid }), ...(dynamic === undefined ? {} : { dynamic }) });

export const made = (context: OperatorContext, type: ElementType, shape: Shape, data: ArrayLike<number>): ConstantValue => result(tensorOf(context.outputName, type, shape, data));

export function limited(context: OperatorContext, shape: Shape): Shape {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) throw context.malformed(`shape ${formatShape(shape)}`, 'no negative size');
  if (elementCount(shape) > MAX_MADE_ELEMENTS) throw context.unsupported(`a constant of shape ${formatShape(shape)}`, 'at most 2^24 values');
  // Value by value, which takes a while.
  context.builder.growth.spend(elementCount(shape));
  return shape;
}

export const constantAt = (context: OperatorContext, position: number): ConstantValue => {
  const value = context.orDynamic(position);
  return value?.kind === 'constant' ? value : result(context.constant(position));
};

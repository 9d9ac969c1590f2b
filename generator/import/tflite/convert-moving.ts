// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of TFLite operators that move values. */

import { base, options, unsupported, type Convert } from './conversion.js';
import { MalformedTfliteError } from './errors.js';
import { OPTIONS_TYPE } from './schema.js';
import { axesOf, toIntegers } from './tensors.js';

/** The output tensor's shape says all, also of squeeze and expand. */
export const reshape: Convert = (_operator, context) => ({ ...base('reshape', context), inputs: [context.activation(0).id] });

export const concatenation: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.concatenation);
  const activation = table.int8(1, 'fused_activation_function');
  if (activation !== 0) throw unsupported(operator, `fused activation ${activation}`, 'none');
  const [first, ...more] = operator.inputs.map((_, position) => context.activation(position));
  if (first === undefined) throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, '0 inputs', 'at least 1');
  const axis = table.int32(0, 'axis');
  return {
    ...base('concatenation', context),
    inputs: [first.id, ...more.map(({ id }) => id)],
    axis: axis < 0 ? axis + first.shape.length : axis,
  };
};

/** PAD with the zero point, PADV2 with a value of its own. */
export const pad: Convert = (_operator, context) => {
  const input = context.activation(0);
  const amounts = toIntegers(context.constant(1));
  return {
    ...base('pad', context),
    inputs: [input.id],
    before: amounts.filter((_, i) => i % 2 === 0),
    after: amounts.filter((_, i) => i % 2 === 1),
    value: context.padValue(2),
  };
};

export const transpose: Convert = (_operator, context) => ({
  ...base('transpose', context),
  inputs: [context.activation(0).id],
  permutation: toIntegers(context.constant(1)),
});

export const slice: Convert = (_operator, context) => {
  const input = context.activation(0);
  return { ...base('slice', context), inputs: [input.id], begin: toIntegers(context.constant(1)), strides: input.shape.map(() => 1) };
};

const STRIDED_SLICE_MASKS = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'] as const;

/** The end follows from the output's shape; a begin mask means the first element. */
export const stridedSlice: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.stridedSlice);
  const input = context.activation(0);
  for (const mask of STRIDED_SLICE_MASKS.slice(2)) {
    const value = table.int32(STRIDED_SLICE_MASKS.indexOf(mask), mask);
    if (value !== 0) throw unsupported(operator, `${mask} ${value}`, '0');
  }
  const beginMask = table.int32(0, 'begin_mask');
  const begin = toIntegers(context.constant(1)).map((at, d) => {
    if (((beginMask >> d) & 1) === 1) return 0;
    return at < 0 ? at + (input.shape[d] ?? 0) : at;
  });
  return { ...base('slice', context), inputs: [input.id], begin, strides: toIntegers(context.constant(3)) };
};

/** A slice for every output, one after the other along the axis. */
export const split: Convert = (operator, context) => {
  const input = context.activation(1);
  const [axis] = axesOf(context.constant(0), input.shape.length);
  if (axis === undefined) throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, 'no axis', 'one');
  let first = 0;
  return context.outputs.map((output) => {
    const begin = input.shape.map((_, d) => (d === axis ? first : 0));
    first += output.shape[axis] ?? 0;
    return { ...base('slice', context, output), inputs: [input.id], begin, strides: input.shape.map(() => 1) };
  });
};

export const resizeNearest: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.resizeNearest);
  return {
    ...base('resize-nearest', context),
    inputs: [context.activation(0).id],
    alignCorners: table.uint8(0, 'align_corners') !== 0,
    halfPixelCenters: table.uint8(1, 'half_pixel_centers') !== 0,
  };
};

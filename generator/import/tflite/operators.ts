// SPDX-License-Identifier: Apache-2.0
/** Owns the lists of TFLite operators that gen-accel executes, in int8 and in float models. */

import type { FloatOp } from '../../float/network.js';
import type { Op } from '../../graph/network.js';
import { add, hardSwish, leakyRelu, logistic, mean, mul, pool, quantize, relu, softmax } from './convert-arithmetic.js';
import { concatenation, pad, reshape, resizeNearest, slice, split, stridedSlice, transpose } from './convert-moving.js';
import { conv2d, depthwiseConv2d, fullyConnected } from './convert-weighted.js';
import type { Convert, OperatorContext } from './conversion.js';
import { UnsupportedOperatorError } from './errors.js';
import type { Float32Numbers, Int8Numbers, Numbers } from './number-system.js';
import { operatorName, type TfliteOperator } from './schema.js';

/** Builtin operator code -> conversion, for both kinds of model. */
const SHARED: readonly (readonly [number, Convert])[] = [
  [0, add],
  [1, pool('average-pool')],
  [2, concatenation],
  [3, conv2d],
  [4, depthwiseConv2d],
  [9, fullyConnected],
  [14, logistic],
  [17, pool('max-pool')],
  [18, mul],
  [19, relu(1)],
  [20, relu(2)],
  [21, relu(3)],
  [22, reshape],
  [25, softmax],
  [34, pad],
  [39, transpose],
  [40, mean],
  [43, reshape],
  [45, stridedSlice],
  [49, split],
  [60, pad],
  [65, slice],
  [70, reshape],
  [97, resizeNearest],
  [98, leakyRelu],
  [117, hardSwish],
];

type ConvertTo<N extends Numbers, O> = (operator: TfliteOperator, context: OperatorContext<N>) => O | readonly O[];

/** The conversions of one kind of model. */
export type Conversions<N extends Numbers, O> = ReadonlyMap<number, ConvertTo<N, O>>;

export const INT8_CONVERSIONS: Conversions<Int8Numbers, Op> = new Map<number, ConvertTo<Int8Numbers, Op>>([...SHARED, [114, quantize]]);

export const FLOAT32_CONVERSIONS: Conversions<Float32Numbers, FloatOp> = new Map<number, ConvertTo<Float32Numbers, FloatOp>>(SHARED);

const namesOf = (conversions: ReadonlyMap<number, unknown>): string => [...conversions.keys()].map(operatorName).toSorted().join(', ');

/** Throws UnsupportedOperatorError for a builtin without a conversion. */
export function conversionOf<N extends Numbers, O>(operator: TfliteOperator, conversions: Conversions<N, O>): ConvertTo<N, O> {
  const convert = conversions.get(operator.code);
  if (convert === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, 'it is not supported', `one of ${namesOf(conversions)}`);
  }
  return convert;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the list of TFLite operators that gen-accel executes. */

import { add, hardSwish, leakyRelu, logistic, mean, mul, pool, quantize, relu, softmax } from './convert-arithmetic.js';
import { concatenation, pad, reshape, resizeNearest, slice, split, stridedSlice, transpose } from './convert-moving.js';
import { conv2d, depthwiseConv2d, fullyConnected } from './convert-weighted.js';
import type { Convert } from './conversion.js';
import { UnsupportedOperatorError } from './errors.js';
import { operatorName, type TfliteOperator } from './schema.js';

/** Builtin operator code -> conversion. */
const CONVERSIONS: ReadonlyMap<number, Convert> = new Map<number, Convert>([
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
  [114, quantize],
  [117, hardSwish],
]);

export const SUPPORTED_OPERATORS = [...CONVERSIONS.keys()].map(operatorName).toSorted().join(', ');

/** Throws UnsupportedOperatorError for a builtin without a conversion. */
export function conversionOf(operator: TfliteOperator): Convert {
  const convert = CONVERSIONS.get(operator.code);
  if (convert === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, 'it is not supported', `one of ${SUPPORTED_OPERATORS}`);
  }
  return convert;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the exact 256-entry table of every operator on single values, from TFLite Micro's reference arithmetic. */

import { assertNever } from '../core/errors.js';
import { clamp } from '../core/integers.js';
import type { Network, Quantization, TableOp } from '../graph/network.js';
import { inputOf, outputOf } from '../graph/query.js';
import { multiplyByQuantizedMultiplier, roundingDivideByPOT, type Rounding } from './fixed-point.js';
import { hardSwish } from './hard-swish.js';
import { quantizeMultiplier, type QuantizedMultiplier } from './multiplier.js';
import { logistic } from './transcendental.js';

/** The output of every int8 input, at index value + 128. */
export function activationTable(network: Network, op: TableOp, rounding: Rounding = 'double'): Int8Array {
  const value = tableFunction(op, inputOf(network, op).quantization, outputOf(network, op).quantization, rounding);
  return Int8Array.from({ length: 256 }, (_, index) => clamp(value(index - 128), -128, 127));
}

/** int8 -> output value, which may still lie outside int8. */
function tableFunction(op: TableOp, input: Quantization, output: Quantization, rounding: Rounding): (q: number) => number {
  const rescale = (q: number, { multiplier, shift }: QuantizedMultiplier): number =>
    multiplyByQuantizedMultiplier(q - input.zeroPoint, multiplier, shift, rounding) + output.zeroPoint;
  /** TFLite divides scales in float32 here, except where a tensor is quantized anew. */
  const quotient = (numerator: number): QuantizedMultiplier => quantizeMultiplier(Math.fround(numerator / output.scale), op.name);
  switch (op.kind) {
    case 'requantize': {
      const factor = quantizeMultiplier(input.scale / output.scale, op.name);
      return (q) => rescale(q, factor);
    }
    case 'relu': {
      const factor = quotient(input.scale);
      return (q) => clamp(rescale(q, factor), op.activationMin, op.activationMax);
    }
    case 'leaky-relu': {
      const identity = quotient(input.scale);
      // The multiplier is not negative; a negative slope turns the value's sign instead.
      const slope = quotient(Math.fround(input.scale * Math.abs(op.alpha)));
      const turn = (q: number): number => (op.alpha < 0 ? 2 * input.zeroPoint - q : q);
      return (q) => (q >= input.zeroPoint ? rescale(q, identity) : rescale(turn(q), slope));
    }
    case 'logistic':
      return logisticFunction(input, op.name, rounding);
    case 'hard-swish':
      return hardSwish(input, output, op.name);
    default:
      return assertNever(op, 'tableFunction');
  }
}

/** Integer bits of logistic's input, a fixed-point number of 32 bits. */
const LOGISTIC_INTEGER_BITS = 4;

/** reference_integer_ops::Logistic: saturates where the input leaves its range. */
function logisticFunction({ scale, zeroPoint }: Quantization, where: string, rounding: Rounding): (q: number) => number {
  const { multiplier, shift } = quantizeMultiplier(scale * 2 ** (31 - LOGISTIC_INTEGER_BITS), where);
  const radius = Math.floor(((2 ** LOGISTIC_INTEGER_BITS - 1) * 2 ** (31 - LOGISTIC_INTEGER_BITS)) / 2 ** shift);
  return (q) => {
    const value = q - zeroPoint;
    if (value <= -radius) return -128;
    if (value >= radius) return 127;
    const result = logistic(multiplyByQuantizedMultiplier(value, multiplier, shift, rounding), LOGISTIC_INTEGER_BITS);
    return roundingDivideByPOT(result, 31 - 8) - 128;
  };
}

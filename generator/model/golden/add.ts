// SPDX-License-Identifier: Apache-2.0
/** Owns the integer ADD reference (TFLite int8, left shift 20). */

import type { Rounding } from '../../quantize/fixed-point.js';
import { requantize, rescaleAddInput, type AddInputRescaling, type AddRescaling } from '../../quantize/requantization.js';

/** The rescaled value of every int8 input, at index value + 128: exact, because there are only 256. */
export function addInputTable(rescaling: AddInputRescaling, rounding: Rounding = 'double'): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) => rescaleAddInput(index - 128, rescaling, rounding));
}

/** Element-wise a + b for int8 data of one length. */
export function addInt8(a: Int8Array, b: Int8Array, rescaling: AddRescaling, rounding: Rounding = 'double'): Int8Array {
  const [tableA, tableB] = [addInputTable(rescaling.inputs[0], rounding), addInputTable(rescaling.inputs[1], rounding)];
  const { output, outputZeroPoint, activationMin, activationMax } = rescaling;
  const sum = new Int8Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const raw = (tableA[(a[i] as number) + 128] as number) + (tableB[(b[i] as number) + 128] as number);
    sum[i] = requantize(raw, output.multiplier, output.shift, outputZeroPoint, activationMin, activationMax, rounding);
  }
  return sum;
}

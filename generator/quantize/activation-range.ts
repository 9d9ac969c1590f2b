// SPDX-License-Identifier: Apache-2.0
/** Owns the int8 clamp range that a fused activation leaves (TFLite CalculateActivationRangeQuantized). */

import { assertNever } from '../core/errors.js';
import type { Clamp, Quantization } from '../graph/network.js';

export type FusedActivation = 'none' | 'relu' | 'relu6' | 'relu-n1-to-1';

const LOWEST = -128;
const HIGHEST = 127;

/** round(value / scale) in float32, halves away from zero, plus the zero point. */
export function quantizeReal(value: number, { scale, zeroPoint }: Quantization): number {
  const quotient = Math.fround(value / scale);
  const floor = Math.floor(Math.abs(quotient));
  const rounded = Math.abs(quotient) - floor >= 0.5 ? floor + 1 : floor;
  return zeroPoint + Math.sign(quotient) * rounded;
}

/** The range of the output's int8 values under a fused activation. */
export function activationRange(activation: FusedActivation, output: Quantization): Clamp {
  const low = (value: number): number => Math.min(HIGHEST, Math.max(LOWEST, quantizeReal(value, output)));
  const high = (value: number): number => Math.max(LOWEST, Math.min(HIGHEST, quantizeReal(value, output)));
  switch (activation) {
    case 'none':
      return { activationMin: LOWEST, activationMax: HIGHEST };
    case 'relu':
      return { activationMin: low(0), activationMax: HIGHEST };
    case 'relu6':
      return { activationMin: low(0), activationMax: high(6) };
    case 'relu-n1-to-1':
      return { activationMin: low(-1), activationMax: high(1) };
    default:
      return assertNever(activation, 'activationRange');
  }
}

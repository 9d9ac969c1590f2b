// SPDX-License-Identifier: Apache-2.0
/** Owns operators that change no value: they take integers as they are. */

import type { OperatorContext } from '../context.js';
import type { ActivationValue } from '../values.js';

/** A float activation, or integers. */
export function anyValues(context: OperatorContext, position: number): ActivationValue {
  const value = context.value(position);
  return value.kind === 'activation' && value.integer !== undefined ? value : context.activation(position);
}

/** `to` holds values of `from`: integers of the same scale where those are integers. */
export function handedOn({ builder }: OperatorContext, from: ActivationValue, to: ActivationValue): ActivationValue {
  const { integer } = from;
  if (integer === undefined) return to;
  return { ...(integer.quantization === undefined ? to : builder.quantized(to, integer.quantization)), integer };
}

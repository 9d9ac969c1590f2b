// SPDX-License-Identifier: Apache-2.0
/** Owns TFLite's numbers of fused activations. */

import type { FusedActivation } from '../../quantize/activation-range.js';
import { UnsupportedOperatorError } from './errors.js';
import type { TfliteOperator } from './schema.js';

const ACTIVATIONS: readonly FusedActivation[] = ['none', 'relu', 'relu-n1-to-1', 'relu6'];

/** Throws UnsupportedOperatorError for tanh and sign, which do not clamp. */
export function fusedActivation(operator: TfliteOperator, code: number): FusedActivation {
  const activation = ACTIVATIONS[code];
  if (activation === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `fused activation ${code}`, `0..3 (${ACTIVATIONS.join(', ')})`);
  }
  return activation;
}

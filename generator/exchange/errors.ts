// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of writing files for other tools. */

import { GenAccelError } from '../core/errors.js';

/** An operator that ONNX at the opset that is written has no form of. */
export class UnwritableOpError extends GenAccelError {
  constructor(op: string, found: string, expected: string) {
    super('E_ONNX_WRITE', 'input', { where: `ONNX file, ${op}`, found, expected, remedy: 'Replace this operator in the model before export.' });
  }
}

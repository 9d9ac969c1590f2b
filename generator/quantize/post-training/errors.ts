// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of post-training quantization. */

import { GenAccelError } from '../../core/errors.js';

/** The calibration inputs give no range. */
export class CalibrationError extends GenAccelError {
  constructor(network: string, found: string) {
    super('E_CALIBRATION', 'input', {
      where: `calibration of ${network}`,
      found,
      expected: 'at least one input, and finite activations for every one',
      remedy: 'Pass real inputs, scaled as the network was trained.',
    });
  }
}

/** Images are scored that the calibration has seen. */
export class CalibrationOverlapError extends GenAccelError {
  constructor(scored: number, calibration: number, count: number) {
    super('E_CALIBRATION_OVERLAP', 'input', {
      where: `scored image ${scored}`,
      found: `it is calibration image ${calibration}${count > 1 ? `, and ${count - 1} more are calibration images too` : ''}`,
      expected: 'images that the calibration has not seen',
      remedy: 'Calibrate on other images, such as training images.',
    });
  }
}

/** An operator that has no int8 form in this place. */
export class UnquantizableError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_UNQUANTIZABLE', 'input', { where, found, expected, remedy: 'Export the model without this operator, or quantize it before it comes here.' });
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of the TFLite importer. */

import { GenAccelError } from '../../core/errors.js';
import { oneLine } from '../../core/text.js';

/** Longest part of a message that quotes the file. */
const MAX_PART = 600;

/** The bytes are not a well-formed TFLite file: an offset, length or index points outside. */
export class MalformedTfliteError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_TFLITE_MALFORMED', 'input', {
      where: oneLine(`TFLite ${where}`),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'The file is truncated or damaged; fetch or export it again.',
    });
  }
}

/** An operator, or a form of one, that gen-accel does not execute. */
export class UnsupportedOperatorError extends GenAccelError {
  constructor(index: number, name: string, found: string, expected: string) {
    super('E_TFLITE_OPERATOR', 'input', {
      where: oneLine(`TFLite operator ${index} (${name})`),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'Remove or replace this operator in the model before export.',
    });
  }
}

/** A tensor whose element type or quantization is none that TFLite has for int8 or legacy uint8 models. */
export class UnsupportedTypeError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_TFLITE_TYPE', 'input', {
      where: oneLine(`TFLite ${where}`),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'Export the model with full int8 quantization (post-training, int8 input and output).',
    });
  }
}

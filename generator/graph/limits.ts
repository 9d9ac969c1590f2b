// SPDX-License-Identifier: Apache-2.0
/** Owns how large a model may be: what is beyond is refused before memory is taken for it. docs/models.md has the table. */

import { GenAccelError } from '../core/errors.js';
import { clog2, isPowerOfTwo } from '../core/integers.js';
import { elementCount, formatShape, type Shape } from '../tensor/tensor.js';

export const LIMITS = {
  /** Bytes of a model file, and of each file of external data. */
  fileBytes: 2 ** 30,
  /** Bytes that lists and records of an ONNX file may take in memory; raw data is apart. */
  decodedBytes: 2 ** 29,
  /** Numbers and records in all lists of a TFLite file; data is apart. */
  listElements: 2 ** 22,
  /** Operators of a file, and of a network. */
  operators: 2 ** 14,
  /** Tensors of a file, and of a network. */
  tensors: 2 ** 16,
  /** Names and other texts of an ONNX file. */
  names: 2 ** 20,
  rank: 8,
  /** Values of one activation. */
  tensorValues: 2 ** 26,
  /** Values of all activations of a network together. */
  activationValues: 2 ** 28,
  /** Values of one constant, and of all weights of a network together. */
  weightValues: 2 ** 28,
  /** Rows or columns of a stride, a dilation, a pooling window or a padding. */
  windowExtent: 2 ** 16,
  /** Values of all tensors of a run in float32. */
  floatRunValues: 2 ** 27,
  /** Values of all calibration images together. */
  calibrationValues: 2 ** 28,
  /** Bytes of the accelerator's memory that a compiled network takes. */
  imageBytes: 2 ** 30,
  /** Values that may be computed from constants at import, beside four for every byte of the file. */
  computedValues: 2 ** 23,
} as const;

/** `2^26` for a power of two. */
export const limitText = (limit: number): string => (isPowerOfTwo(limit) && limit >= 1024 ? `2^${clog2(limit)}` : `${limit}`);

/** E_LIMIT: a model asks for more than any network here may have. */
export class LimitError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy = 'Use a smaller model, or a smaller input. docs/models.md has the limits.') {
    super('E_LIMIT', 'input', { where, found, expected, remedy });
  }
}

/** Why a tensor of this shape is none that a network may have; undefined when it is one. Dimensions are natural numbers. */
export function shapeProblem(shape: Shape, most: number = LIMITS.tensorValues): string | undefined {
  if (shape.length > LIMITS.rank) return `${shape.length} dimensions, more than ${LIMITS.rank}`;
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 1)) return `shape ${formatShape(shape)} has a dimension below 1`;
  return elementCount(shape) > most ? `shape ${formatShape(shape)} has more than ${limitText(most)} elements` : undefined;
}

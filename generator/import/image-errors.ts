// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of input images. */

import { GenAccelError } from '../core/errors.js';

/** The bytes are not images of the kind or size that the network reads. */
export class ImageFormatError extends GenAccelError {
  constructor(
    where: string, found: string, expected: string,
    remedy = 'Pass PNG, JPEG or BMP pictures, IDX files, CIFAR-10 binary records (.bin), a .npy array or raw int8 of the size of the network input.',
    cause?: unknown,
  ) {
    super('E_IMAGE_FORMAT', 'input', { where, found, expected, remedy }, cause === undefined ? {} : { cause });
  }
}

/** A list of labels does not say what it should. */
export class LabelError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_LABELS', 'input', { where, found, expected, remedy: 'Write a line FILE,LABEL for every picture, or put the pictures of each class into a folder of its own.' });
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of the user's input files, and the error of one that cannot be read. */
import { GenAccelError } from '../core/errors.js';

/** E_INPUT_FILE: a model or an image cannot be read, or there are too few images. */
export class InputFileError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy: string, cause?: unknown) {
    super('E_INPUT_FILE', 'input', { where, found, expected, remedy }, { cause });
  }
}

/** What a file is for: the words of the error when it cannot be read. */
export interface Purpose {
  readonly where: string;
  readonly expected: string;
  readonly remedy: string;
}

/** @throws InputFileError instead of what the file system throws */
export function readingFile<T>({ where, expected, remedy }: Purpose, path: string, action: (path: string) => T): T {
  try {
    return action(path);
  } catch (cause) {
    if (cause instanceof GenAccelError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new InputFileError(where, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(cause)})`, expected, remedy, cause);
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the error base class and the exit codes; knows nothing about what failed. */

import { printable } from './text.js';

/** Whose fault an error is: the user's input, an outside tool, or a defect of gen-accel itself. */
export type ErrorOrigin = 'input' | 'tool' | 'defect';

/** Process exit code per origin. */
export const EXIT_CODES: Readonly<Record<ErrorOrigin, number>> = { input: 1, tool: 2, defect: 3 };

/** The four things an error says. */
export interface ErrorParts {
  /** Where: parameter, layer, file and offset, module and port. */
  readonly where: string;
  /** What was found there. */
  readonly found: string;
  /** What was expected instead. */
  readonly expected: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

/**
 * Base of every error that gen-accel raises on purpose.
 * The message reads `where: found; expected ...; remedy`, without characters that a terminal obeys.
 */
export class GenAccelError extends Error {
  readonly code: string;
  readonly origin: ErrorOrigin;
  readonly parts: ErrorParts;

  constructor(code: string, origin: ErrorOrigin, parts: ErrorParts, options?: ErrorOptions) {
    super(printable(`${parts.where}: ${parts.found}; expected ${parts.expected}. ${parts.remedy}`), options);
    this.name = new.target.name;
    this.code = code;
    this.origin = origin;
    this.parts = parts;
  }

  get exitCode(): number {
    return EXIT_CODES[this.origin];
  }
}

/** A branch that cannot be reached was reached: a defect in gen-accel. */
export class DefectError extends GenAccelError {
  constructor(where: string, found: string) {
    super('E_DEFECT', 'defect', {
      where,
      found,
      expected: 'this never to happen',
      remedy: 'Please report it with the command that you ran.',
    });
  }
}

/** Closes a union by `kind`. */
export function assertNever(value: never, where: string): never {
  throw new DefectError(where, `unexpected value ${JSON.stringify(value)}`);
}

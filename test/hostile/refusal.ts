// SPDX-License-Identifier: Apache-2.0
/** Owns what a named hostile case has to show: a typed error of the user's input with a text that helps, soon. */
import { expect } from 'vitest';
import { GenAccelError } from '../../generator/core/errors.js';
import { textProblem } from './outcome.js';
import { MAX_SECONDS } from './runner.js';

/** The message of the error that an action ends in. */
export function refusalOf(action: () => unknown): string {
  const started = performance.now();
  try {
    action();
  } catch (error) {
    if (!(error instanceof GenAccelError)) throw error;
    expect(error.origin).toBe('input');
    expect(textProblem(error)).toBeUndefined();
    expect((performance.now() - started) / 1000).toBeLessThan(MAX_SECONDS);
    return error.message;
  }
  throw new Error('no error');
}

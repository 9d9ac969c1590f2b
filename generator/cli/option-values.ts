// SPDX-License-Identifier: Apache-2.0
/** Owns taking one value of an option out of a parsed command line. */
import { UsageError } from './usage-error.js';

export type Args = Readonly<Record<string, unknown>>;

/** @throws UsageError for an option that was given twice, or as --no-FLAG */
export function oneValue(args: Args, flag: string): string | undefined {
  const value = args[flag];
  if (Array.isArray(value)) throw new UsageError(`--${flag} was given ${value.length} times`, 'Give it once.');
  if (typeof value === 'boolean') throw new UsageError(`--no-${flag} is no option`, `Leave out --${flag}.`);
  return value as string | undefined;
}

/**
 * A file or folder. An empty one is what an unset shell variable leaves, and would mean the current folder.
 * @throws UsageError
 */
export function pathValue(args: Args, flag: string): string | undefined {
  const value = oneValue(args, flag);
  if (value?.trim() === '') throw new UsageError(`--${flag} is empty`, `Name a path, or leave out --${flag}.`);
  return value;
}

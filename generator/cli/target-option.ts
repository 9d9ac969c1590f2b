// SPDX-License-Identifier: Apache-2.0
/** Owns the options that ask for a target instead of K. */
import type { Argv } from 'yargs';
import { checkTarget, TARGET_FLAGS, type Target } from '../prune/sensitivity/target.js';
import { oneValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const GROUP = 'Network:';
const KINDS = ['sparsity', 'cycles', 'loss'] as const;
const DESCRIPTIONS = {
  sparsity: 'prune this share of all weights, K chosen for every layer; needs a float model and --calibration',
  cycles: 'as little loss as possible with at most so many cycles of the program',
  loss: 'as few cycles as possible with at most so many points lost on held-out calibration images',
} as const;
const flagOf = (kind: Target['kind']): string => TARGET_FLAGS[kind].slice('--'.length);

export const addTargetOptions = <T>(argv: Argv<T>): Argv<T> =>
  KINDS.reduce((all, kind) => all.option(flagOf(kind), { type: 'string', requiresArg: true, group: GROUP, describe: DESCRIPTIONS[kind] }) as unknown as Argv<T>, argv);

/** The options' names, for a command line that repeats them. */
export const TARGET_OPTIONS: readonly string[] = KINDS.map(flagOf);

/** @throws UsageError, TargetRangeError */
export function readTarget(args: Args): Target | undefined {
  const given = KINDS.flatMap((kind) => {
    const text = oneValue(args, flagOf(kind));
    return text === undefined ? [] : [checkTarget({ kind, value: text.trim() === '' ? Number.NaN : Number(text) }, text)];
  });
  if (given.length > 1) throw new UsageError(`${given.map(({ kind }) => TARGET_FLAGS[kind]).join(' and ')} were both given`, 'Give one target.');
  return given[0];
}

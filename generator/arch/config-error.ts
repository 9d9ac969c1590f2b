// SPDX-License-Identifier: Apache-2.0
/** Owns the error that lists everything wrong with a configuration, each problem with a value that works. */
import { GenAccelError } from '../core/errors.js';

/** A change that removes the problem: set the parameter to the value, or leave it out when the value is undefined. */
export interface Suggestion {
  readonly parameter: string;
  readonly value: number | string | undefined;
}

export interface ConfigProblem {
  /** Key of the parameter in a configuration file. */
  readonly parameter: string;
  /** Its spelling on the command line. */
  readonly flag: string;
  readonly value: unknown;
  /** The rule that the value breaks: "must be ...". */
  readonly rule: string;
  /** All suggestions of one error applied together give a valid configuration. */
  readonly suggestion: Suggestion;
}

const show = (value: unknown, wanted: Suggestion['value']): string => {
  // A number written as text looks right: its type is the problem, so it is named.
  if (typeof value === 'string' && typeof wanted === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return `string "${value}"`;
  if (typeof value === 'string') return value === '' ? "''" : value;
  if (typeof value === 'bigint') return `bigint ${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return 'an object';
  }
};

const describe = ({ parameter, flag, value, rule, suggestion }: ConfigProblem): string => {
  const spelled = suggestion.parameter === parameter ? flag : `--${suggestion.parameter}`;
  return `${flag} ${show(value, suggestion.value)}: ${rule}; ${suggestion.value === undefined ? `leave out ${flag}` : `use ${spelled} ${suggestion.value}`}`;
};

/** A configuration that cannot be generated; `problems` is everything that is wrong with it. */
export class ConfigError extends GenAccelError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `\n  ${describe(problem)}`).join('');
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super('E_CONFIG', 'input', {
      where: 'configuration',
      found: count,
      expected: 'parameters that follow the rules',
      remedy: `Change:${lines}`,
    });
    this.message = `configuration: ${count}${lines}`;
    this.problems = problems;
  }
}

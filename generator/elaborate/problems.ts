// SPDX-License-Identifier: Apache-2.0
/** Owns the problems that elaboration finds, and the one error that reports them together. */
import { GenAccelError } from '../core/errors.js';

export type ProblemCode =
  | 'NAME'
  | 'RESERVED'
  | 'COLLISION'
  | 'PARAMETER'
  | 'CONNECTION'
  | 'DIRECTION'
  | 'WIDTH'
  | 'DRIVERS'
  | 'UNDRIVEN'
  | 'UNUSED'
  | 'SCOPE'
  | 'STRUCTURE'
  | 'EXPRESSION';

export interface Problem {
  readonly code: ProblemCode;
  /** `core/gen_lane[3]/u_array.weight_i`, or `module pe_array` for what does not depend on the place of use. */
  readonly place: string;
  readonly text: string;
  /** The same problem at further loop indices or parameter values. */
  readonly more: number;
}

export const printProblem = (problem: Problem): string =>
  `${problem.place}: ${problem.text}${problem.more === 0 ? '' : ` (and ${problem.more} more like it)`}`;

/** A design description is wrong; every problem is in `problems` and in the message. */
export class ElaborationError extends GenAccelError {
  readonly problems: readonly Problem[];

  constructor(design: string, problems: readonly Problem[]) {
    super('E_ELABORATION', 'input', {
      where: `design ${design}`,
      found: problems.length === 1 ? '1 problem' : `${problems.length} problems`,
      expected: 'none',
      remedy: `Mend each in the module that it names:\n${problems.map((one) => `  ${printProblem(one)}`).join('\n')}`,
    });
    this.problems = problems;
  }
}

/** Collects problems; the same one from the same item counts as more of the first. */
export class ProblemList {
  readonly #problems: { code: ProblemCode; place: string; text: string; more: number }[] = [];
  readonly #seen = new Map<object, Map<string, number>>();

  /** `origin` and `aspect` (a port, a net) say what is the same problem; the place may differ. */
  add(code: ProblemCode, place: string, text: string, origin: object, aspect = ''): void {
    const aspects = this.#seen.get(origin) ?? new Map<string, number>();
    this.#seen.set(origin, aspects);
    const key = `${code} ${aspect}`;
    const before = aspects.get(key);
    if (before !== undefined) {
      this.#problems[before]!.more += 1;
      return;
    }
    aspects.set(key, this.#problems.length);
    this.#problems.push({ code, place, text, more: 0 });
  }

  get all(): readonly Problem[] {
    return this.#problems;
  }
}

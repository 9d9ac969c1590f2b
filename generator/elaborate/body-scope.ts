// SPDX-License-Identifier: Apache-2.0
/** Owns one scope of a body being elaborated: its values, its nets, and reading and driving of signals in it. */
import { literalValue } from '../dsl/expression.js';
import type { Expression } from '../dsl/expression.js';
import type { Constant, Declaration, Slice, Source, Target } from '../dsl/signal.js';
import { type Environment, EvaluationFailure, evaluate } from './evaluate.js';
import { type NetState, checkNetState, createNetState } from './net-state.js';
import type { ProblemCode, ProblemList } from './problems.js';

/** Where something is said: for messages, and for what counts as the same problem. */
export interface Site {
  readonly place: () => string;
  readonly origin: object;
  readonly aspect: string;
}

export class BodyScope {
  readonly environment: Environment;
  /** `core/u_a/gen_pe[3]`: without a trailing separator. */
  readonly path: () => string;
  readonly #parent: BodyScope | undefined;
  readonly #problems: ProblemList;
  readonly #nets = new Map<Declaration, NetState>();

  constructor(problems: ProblemList, environment: Environment, path: () => string, parent?: BodyScope) {
    this.#problems = problems;
    this.environment = environment;
    this.path = path;
    this.#parent = parent;
  }

  inner(label: string, environment: Environment = this.environment): BodyScope {
    return new BodyScope(this.#problems, environment, () => `${this.path()}/${label}`, this);
  }

  report(code: ProblemCode, site: Site, text: string): void {
    this.#problems.add(code, site.place(), text, site.origin, site.aspect);
  }

  /** The value, or undefined after reporting why there is none. */
  value(expression: Expression, site: Site): number | undefined {
    try {
      return evaluate(expression, this.environment);
    } catch (error) {
      if (!(error instanceof EvaluationFailure)) throw error;
      this.report('EXPRESSION', site, error.message);
      return undefined;
    }
  }

  declare(declaration: Declaration): void {
    const site: Site = { place: () => this.placeOf(declaration), origin: declaration, aspect: '' };
    const width = this.value(declaration.width, site);
    if (width === undefined) return;
    if (width < 1) this.report('WIDTH', site, `width ${width}; expected at least 1`);
    this.#nets.set(declaration, createNetState(declaration, Math.max(width, 1)));
  }

  placeOf(declaration: Declaration): string {
    return `${this.path()}.${declaration.name}`;
  }

  /** Width of a source whose bits are hereby read; undefined when a problem hides it. */
  read(source: Source, site: Site): number | undefined {
    switch (source.kind) {
      case 'reference':
      case 'slice': {
        const found = this.#select(source, site);
        found?.state.reads.push({ low: found.low, high: found.high });
        return found === undefined ? undefined : found.high - found.low;
      }
      case 'constant':
        return this.#constant(source, site);
      case 'replicate': {
        const [count, width] = [this.value(source.count, site), this.read(source.part, site)];
        if (count !== undefined && count < 1) this.report('WIDTH', site, `replicated ${count} times; expected at least once`);
        return count === undefined || width === undefined ? undefined : count * width;
      }
      case 'concat':
        return this.#sum(source.parts.map((part) => this.read(part, site)));
      case 'logic': {
        const widths = source.operands.map((operand) => this.read(operand, site));
        if (source.operator === 'any' || source.operator === 'all') return 1;
        if (widths.some((width) => width === undefined)) return undefined;
        if (new Set(widths).size > 1) {
          this.report('WIDTH', site, `operands of ${source.operator} have widths ${widths.join(', ')}; expected equal widths`);
          return undefined;
        }
        return widths[0];
      }
    }
  }

  /** Width of a target whose bits are hereby driven by `by`. */
  drive(target: Target | Source, site: Site, by: () => string): number | undefined {
    switch (target.kind) {
      case 'reference':
      case 'slice': {
        if (target.declaration.kind === 'input') {
          this.report('DIRECTION', site, `drives ${target.declaration.name}, which is an input of this module`);
          return undefined;
        }
        const found = this.#select(target, site);
        found?.state.drives.push({ low: found.low, high: found.high, by });
        return found === undefined ? undefined : found.high - found.low;
      }
      case 'concat':
        return this.#sum(target.parts.map((part) => this.drive(part, site, by)));
      case 'constant':
      case 'replicate':
      case 'logic':
        this.report('DIRECTION', site, `drives a ${target.kind}; expected a net, an output, or slices of these`);
        return undefined;
    }
  }

  /** At the end: drivers and readers of every net declared here. */
  close(): void {
    for (const state of this.#nets.values()) {
      checkNetState(state, () => this.placeOf(state.declaration), this.#problems);
    }
  }

  #find(declaration: Declaration): NetState | undefined {
    return this.#nets.get(declaration) ?? (this.#parent === undefined ? undefined : this.#parent.#find(declaration));
  }

  #select(source: Extract<Source, { kind: 'reference' | 'slice' }>, site: Site): { state: NetState; low: number; high: number } | undefined {
    const { declaration } = source;
    const state = this.#find(declaration);
    if (state === undefined) {
      this.report('SCOPE', site, `${declaration.name} is not declared in this scope or one around it`);
      return undefined;
    }
    if (source.kind === 'reference') return { state, low: 0, high: state.width };
    const [low, width] = [this.value(source.lsb, site), this.value(source.width, site)];
    if (low === undefined || width === undefined) return undefined;
    if (low < 0 || width < 1 || low + width > state.width) {
      const found = `slice of ${width} bits from bit ${low} of ${declaration.name}`;
      this.report('WIDTH', site, `${found}, which has ${state.width} bits`);
      return undefined;
    }
    if (selectsFromScalar(source)) {
      this.report('WIDTH', site, `${declaration.name} has the fixed width 1, so Verilog forbids a select; refer to it whole`);
    }
    return { state, low, high: low + width };
  }

  #constant(constant: Constant, site: Site): number | undefined {
    const width = this.value(constant.width, site);
    if (width === undefined) return undefined;
    const { value } = constant;
    if (width < 1) {
      this.report('WIDTH', site, `constant of width ${width}; expected at least 1`);
    } else if (value < -1n || (value !== -1n && value >> BigInt(width) !== 0n)) {
      this.report('WIDTH', site, `constant ${value} does not fit ${width} bits, unsigned`);
    } else if (literalValue(constant.width) === undefined && value !== 0n && value !== -1n) {
      this.report('WIDTH', site, `constant ${value} of symbolic width; expected 0 or -1 (all ones)`);
    }
    return width;
  }

  #sum(widths: readonly (number | undefined)[]): number | undefined {
    return widths.reduce((sum, width) => (sum === undefined || width === undefined ? undefined : sum + width), 0);
  }
}

/** A scalar `wire x` has no bits to select; [0 +: 1] of it prints as x. */
function selectsFromScalar(slice: Slice): boolean {
  if (literalValue(slice.declaration.width) !== 1) return false;
  return literalValue(slice.lsb) !== 0 || literalValue(slice.width) !== 1;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the description of a module's integer parameters; knows no module. */
import { type Expression, parameterReference } from './expression.js';

/** An integer Verilog parameter: meaning, unit, legal range, and the value of this configuration. */
export interface Parameter {
  readonly doc: string;
  /** What is counted: 'bits', 'words', 'elements'; empty for a choice or a flag. */
  readonly unit: string;
  /** Smallest and largest legal value, both included. */
  readonly range: readonly [number, number];
  /** The configuration's value, so that the module elaborates on its own. */
  readonly default: number;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** A module's parameters as expressions, typed by name. */
export type ParameterReferences<P extends Parameters> = { readonly [K in keyof P]: Expression };

export function parameter(spec: {
  readonly doc: string;
  readonly unit?: string;
  readonly range: readonly [number, number];
  readonly default: number;
}): Parameter {
  return { doc: spec.doc, unit: spec.unit ?? '', range: spec.range, default: spec.default };
}

export function referencesOf<P extends Parameters>(parameters: P): ParameterReferences<P> {
  const entries = Object.keys(parameters).map((name) => [name, parameterReference(name)]);
  return Object.fromEntries(entries) as ParameterReferences<P>;
}

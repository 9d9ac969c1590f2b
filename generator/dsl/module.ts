// SPDX-License-Identifier: Apache-2.0
/** Owns what a module description is; knows neither how a body is built nor how it is printed. */
import type { Item } from './item.js';
import type { Expression } from './expression.js';
import type { Parameters } from './parameter.js';
import type { Ports } from './port.js';
import type { Declaration } from './signal.js';

/** The contract that the file's header states. */
export interface ModuleDoc {
  /** One line: what the module is for. */
  readonly role: string;
  /** Latency, throughput, backpressure. */
  readonly timing: string;
  readonly reset: string;
  /** Sign, wrap or saturate, rounding. */
  readonly numbers: string;
}

/** A memory array that a leaf's template holds, for the prediction of block RAMs. */
export interface MemoryArray {
  readonly name: string;
  readonly width: Expression;
  readonly depth: Expression;
}

/** Where a leaf's body comes from: a path in the template map, or the text itself. */
export type TemplateSource = string | { readonly text: string };

/** Plain data for a leaf's template. */
export type View = Readonly<Record<string, unknown>>;

/** A module: a leaf (template) or a hierarchy (body). Make it with `defineModule`. */
export interface Module<P extends Parameters = Parameters, Q extends Ports = Ports> {
  readonly kind: 'module';
  /** Without the prefix: 'pe_array' becomes `<prefix>_pe_array`. */
  readonly name: string;
  readonly doc: ModuleDoc;
  readonly parameters: P;
  readonly ports: Q;
  /** The ports as the body refers to them, in the order of the list. */
  readonly declarations: readonly Declaration[];
  /** Set for a leaf. */
  readonly template: TemplateSource | undefined;
  readonly view: View;
  /** Cells of a technology that the template may instantiate. */
  readonly primitives: readonly string[];
  readonly memories: readonly MemoryArray[];
  /** Rules over several parameters: each broken one as a sentence. */
  readonly rules: (values: Readonly<Record<string, number>>) => readonly string[];
  /** The body of a hierarchy, built on the first call; empty for a leaf. */
  readonly items: () => readonly Item[];
}

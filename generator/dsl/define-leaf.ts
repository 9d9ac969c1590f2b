// SPDX-License-Identifier: Apache-2.0
/** Owns the definition of leaf modules: ports and parameters here, behaviour in a template. */
import { type Integer, toExpression } from './expression.js';
import type { MemoryArray, Module, ModuleDoc, TemplateSource, View } from './module.js';
import { type ParameterReferences, type Parameters, referencesOf } from './parameter.js';
import type { Ports } from './port.js';

/** What leaf and hierarchical definitions share. */
export interface CommonSpec<P extends Parameters, Q extends Ports> {
  /** lower_snake_case, without the prefix. */
  readonly name: string;
  readonly doc: ModuleDoc;
  readonly parameters: P;
  readonly ports: (parameters: ParameterReferences<P>) => Q;
  /** Rules over several parameters: return each broken one as a sentence. */
  readonly rules?: (values: { readonly [K in keyof P]: number }) => readonly string[];
}

export interface LeafSpec<P extends Parameters, Q extends Ports> extends CommonSpec<P, Q> {
  /** Path in the template map, or { text }. Default: `rtl/<name>.v.hbs`. */
  readonly template?: TemplateSource;
  /** Plain data for the template, beside prefix, module and parameters. */
  readonly view?: View;
  /** Cells of a technology that the template instantiates; a template may instantiate nothing else. */
  readonly primitives?: readonly string[];
  /** The memory arrays in the template, so that block RAM can be predicted. */
  readonly memories?: (
    parameters: ParameterReferences<P>,
  ) => readonly { readonly name: string; readonly width: Integer; readonly depth: Integer }[];
}

const memoriesOf = <P extends Parameters, Q extends Ports>(spec: LeafSpec<P, Q>): readonly MemoryArray[] =>
  (spec.memories?.(referencesOf(spec.parameters)) ?? []).map((memory) => ({
    name: memory.name,
    width: toExpression(memory.width),
    depth: toExpression(memory.depth),
  }));

/** A module whose body is a template. */
export function defineLeaf<P extends Parameters, Q extends Ports>(spec: LeafSpec<P, Q>): Module<P, Q> {
  const ports = spec.ports(referencesOf(spec.parameters));
  return {
    kind: 'module',
    name: spec.name,
    doc: spec.doc,
    parameters: spec.parameters,
    ports,
    declarations: Object.entries(ports).map(([name, port]) => ({
      kind: port.direction,
      name,
      width: port.width,
      doc: port.doc,
    })),
    template: spec.template ?? `rtl/${spec.name}.v.hbs`,
    view: spec.view ?? {},
    primitives: spec.primitives ?? [],
    memories: memoriesOf(spec),
    rules: (values) => spec.rules?.(values as { readonly [K in keyof P]: number }) ?? [],
    items: () => [],
  };
}

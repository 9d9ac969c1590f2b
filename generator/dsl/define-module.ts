// SPDX-License-Identifier: Apache-2.0
/** Owns `defineModule`: the one way to describe a module, leaf or hierarchy. */
import { type Body, buildItems } from './body.js';
import { type CommonSpec, type LeafSpec, defineLeaf } from './define-leaf.js';
import type { Item } from './item.js';
import type { Module } from './module.js';
import { type ParameterReferences, type Parameters, referencesOf } from './parameter.js';
import type { Ports } from './port.js';

export interface ModuleSpec<P extends Parameters, Q extends Ports> extends LeafSpec<P, Q>, CommonSpec<P, Q> {
  /** The structure of a hierarchical module; leave it out for a leaf, whose body is the template. */
  readonly body?: (m: Body<Q>, parameters: ParameterReferences<P>) => void;
}

/**
 * Describes a module. With `body` it is a hierarchy and its Verilog is emitted from the description; without it is a
 * leaf and its body is a template. Nothing is checked here: `elaborate` checks and reports everything together.
 */
export function defineModule<P extends Parameters, Q extends Ports>(spec: ModuleSpec<P, Q>): Module<P, Q> {
  const { body } = spec;
  const leaf = defineLeaf(spec);
  if (body === undefined) return leaf;
  let built: readonly Item[] | undefined;
  return {
    ...leaf,
    template: undefined,
    items: () => (built ??= buildItems<Q>(leaf.declarations, (m) => body(m, referencesOf(spec.parameters)))),
  };
}

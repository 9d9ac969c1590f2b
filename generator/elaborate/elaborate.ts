// SPDX-License-Identifier: Apache-2.0
/** Turns a top module into a design: every module with every set of values it is used with, dependencies first. */
import type { Item } from '../dsl/item.js';
import type { Module } from '../dsl/module.js';
import type { Child, Design, Elaborated, Values } from './design.js';
import { type Environment, evaluate } from './evaluate.js';

/** The default of every parameter: the values of the configuration. */
export const defaultValues = (module: Module): Values =>
  Object.fromEntries(Object.entries(module.parameters).map(([name, spec]) => [name, spec.default]));

export function elaborate(top: Module, options: { readonly prefix: string }): Design {
  const done = new Map<string, Elaborated>();
  const modules = new Map<string, Module>();
  const visit = (module: Module, values: Values): Elaborated => {
    const key = `${module.name}(${JSON.stringify(values)})`;
    const known = done.get(key);
    if (known !== undefined) return known;
    const children = new Map<string, { path: string; module: Elaborated; count: number }>();
    const walk = (items: readonly Item[], environment: Environment, path: string): void => {
      for (const item of items) {
        if (item.kind === 'instance') {
          const inner = Object.fromEntries(
            Object.entries(item.parameters).map(([name, value]) => [name, evaluate(value, environment)]),
          );
          const child: Child = { path: path + item.name, module: visit(item.module, inner), count: 1 };
          const same = `${child.path}(${JSON.stringify(inner)})`;
          const before = children.get(same);
          if (before === undefined) children.set(same, child);
          else before.count += 1;
        } else if (item.kind === 'loop') {
          const count = evaluate(item.count, environment);
          for (let i = 0; i < count; i += 1) {
            walk(item.items, new Map(environment).set(item.index, i), `${path}${item.label}[*]/`);
          }
        } else if (item.kind === 'condition') {
          const taken = evaluate(item.condition, environment) !== 0;
          walk(taken ? item.items : item.otherwise, environment, `${path}${item.label}${taken ? '' : '_else'}/`);
        }
      }
    };
    walk(module.items(), new Map(Object.entries(values)), '');
    const elaborated: Elaborated = { module, values, children: [...children.values()] };
    done.set(key, elaborated);
    if (!modules.has(module.name)) modules.set(module.name, module);
    return elaborated;
  };
  const elaboratedTop = visit(top, defaultValues(top));
  return {
    prefix: options.prefix,
    top: elaboratedTop,
    modules: [...modules.values()],
    elaborated: [...done.values()],
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Turns a top module into a checked design: every module with every set of values it is used with. */
import type { InstanceItem, Item } from '../dsl/item.js';
import type { Module } from '../dsl/module.js';
import type { Source } from '../dsl/signal.js';
import { BodyScope, type Site } from './body-scope.js';
import { brokenRules, connectInstance, instanceValues } from './check-instance.js';
import { checkName, checkNames } from './check-names.js';
import { checkStructure, signatureOf } from './check-structure.js';
import type { Child, Design, Elaborated, Values } from './design.js';
import { ElaborationError, ProblemList } from './problems.js';

/** The default of every parameter: the values of the configuration. */
export const defaultValues = (module: Module): Values =>
  Object.fromEntries(Object.entries(module.parameters).map(([name, spec]) => [name, spec.default]));

/**
 * Elaborates `top` with its default values and checks everything below it. All problems are reported together.
 * @throws ElaborationError
 */
export function elaborate(top: Module, options: { readonly prefix: string }): Design {
  const run = new Elaboration();
  checkName('prefix', options.prefix, `design ${top.name}`, options, run.problems);
  const values = defaultValues(top);
  brokenRules(top, values).forEach((text, i) => run.problems.add('PARAMETER', top.name, text, top, `rule ${i}`));
  const elaborated = run.visit(top, values, () => top.name);
  if (run.problems.all.length > 0) throw new ElaborationError(top.name, run.problems.all);
  return {
    prefix: options.prefix,
    top: elaborated,
    modules: [...run.modules.values()],
    elaborated: [...run.done.values()],
  };
}

/** A loop longer than this is a mistake in a count, not hardware. */
const MAX_COUNT = 65536;

/** Name of what is assigned, for the place of a problem. */
function targetName(target: Source): string {
  if (target.kind === 'reference' || target.kind === 'slice') return target.declaration.name;
  const first = target.kind === 'concat' ? target.parts[0] : undefined;
  return first === undefined ? 'assign' : targetName(first);
}

/** Children found so far, by path and values. */
type Children = Map<string, { readonly path: string; readonly module: Elaborated; count: number }>;

class Elaboration {
  readonly problems = new ProblemList();
  /** By name and values, dependencies first. */
  readonly done = new Map<string, Elaborated>();
  /** By name, dependencies first. */
  readonly modules = new Map<string, Module>();
  readonly #described = new Map<string, Module>();
  readonly #signatures = new Map<Module, string>();
  readonly #stack: Module[] = [];

  /** Elaborates one module with one set of values; `path` is where it is used first. */
  visit(module: Module, values: Values, path: () => string): Elaborated {
    const key = `${module.name}(${JSON.stringify(values)})`;
    this.#checkDescription(module);
    const known = this.done.get(key);
    if (known !== undefined) return known;

    this.#stack.push(module);
    const scope = new BodyScope(this.problems, new Map(Object.entries(values)), path);
    const children: Children = new Map();
    module.declarations.forEach((declaration) => scope.declare(declaration));
    this.#walk(module.items(), scope, '', children);
    if (module.template === undefined) scope.close();
    this.#stack.pop();

    const elaborated: Elaborated = { module, values, children: [...children.values()] };
    this.done.set(key, elaborated);
    if (!this.modules.has(module.name)) this.modules.set(module.name, module);
    return elaborated;
  }

  /** Checks that do not depend on values, once a description; one structure a name. */
  #checkDescription(module: Module): void {
    const first = this.#described.get(module.name);
    if (first === module) return;
    if (first === undefined) {
      this.#described.set(module.name, module);
      checkNames(module, this.problems);
      checkStructure(module, this.problems);
    } else if (this.#signature(first) !== this.#signature(module)) {
      const text = 'two descriptions of this name differ in structure; give one of them another name';
      this.problems.add('STRUCTURE', `module ${module.name}`, text, first, 'signature');
    }
  }

  #signature(module: Module): string {
    const known = this.#signatures.get(module) ?? signatureOf(module);
    this.#signatures.set(module, known);
    return known;
  }

  #walk(items: readonly Item[], scope: BodyScope, folded: string, children: Children): void {
    for (const item of items) {
      switch (item.kind) {
        case 'net':
          scope.declare(item.declaration);
          break;
        case 'instance':
          this.#instance(item, scope, folded, children);
          break;
        case 'assign': {
          const site: Site = { place: () => `${scope.path()}.${targetName(item.target)}`, origin: item, aspect: '' };
          const from = scope.read(item.source, site);
          const to = scope.drive(item.target, site, () => 'an assign');
          if (from !== undefined && to !== undefined && from !== to) {
            scope.report('WIDTH', site, `width ${to} driven by ${from} bits`);
          }
          break;
        }
        case 'loop': {
          const site: Site = { place: () => `${scope.path()}/${item.label}`, origin: item, aspect: '' };
          const count = scope.value(item.count, site);
          if (count === undefined) break;
          if (count < 0 || count > MAX_COUNT) {
            scope.report('EXPRESSION', site, `count ${count}; expected 0..${MAX_COUNT}`);
            break;
          }
          for (let i = 0; i < count; i += 1) {
            const inner = scope.inner(`${item.label}[${i}]`, new Map(scope.environment).set(item.index, i));
            this.#walk(item.items, inner, `${folded}${item.label}[*]/`, children);
            inner.close();
          }
          break;
        }
        case 'condition': {
          const site: Site = { place: () => `${scope.path()}/${item.label}`, origin: item, aspect: '' };
          const condition = scope.value(item.condition, site);
          if (condition === undefined) break;
          const label = condition !== 0 ? item.label : `${item.label}_else`;
          const inner = scope.inner(label);
          this.#walk(condition !== 0 ? item.items : item.otherwise, inner, `${folded}${label}/`, children);
          inner.close();
          break;
        }
        case 'unused': {
          const site: Site = { place: () => `${scope.path()}`, origin: item, aspect: '' };
          if (item.reason.trim() === '') scope.report('UNUSED', site, 'unused(...) without a reason');
          scope.read(item.source, site);
          break;
        }
        case 'comment':
          break;
      }
    }
  }

  #instance(item: InstanceItem, scope: BodyScope, folded: string, children: Children): void {
    const path = (): string => `${scope.path()}/${item.name}`;
    const values = instanceValues(item, scope);
    connectInstance(item, values, scope);
    if (values === undefined) return;
    if (this.#stack.some((module) => module.name === item.module.name)) {
      const site: Site = { place: path, origin: item, aspect: 'recursion' };
      scope.report('STRUCTURE', site, `${item.module.name} contains itself`);
      return;
    }
    const child: Child = { path: folded + item.name, module: this.visit(item.module, values, path), count: 1 };
    const key = `${child.path}(${JSON.stringify(values)})`;
    const before = children.get(key);
    if (before === undefined) children.set(key, child);
    else before.count += 1;
  }
}

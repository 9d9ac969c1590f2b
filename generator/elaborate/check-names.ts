// SPDX-License-Identifier: Apache-2.0
/** Checks the names of one module description: form, reserved words, collisions; knows no values. */
import { isReservedWord } from '../core/verilog-words.js';
import { type Item, openNetName } from '../dsl/item.js';
import type { Module } from '../dsl/module.js';
import type { ProblemList } from './problems.js';

interface Form {
  readonly what: string;
  readonly pattern: RegExp;
  readonly says: string;
}

const LOWER = 'lower_snake_case, beginning with a letter';
const FORMS = {
  module: { what: 'module', pattern: /^[a-z][a-z0-9_]*$/, says: LOWER },
  prefix: { what: 'prefix', pattern: /^[a-z][a-z0-9_]*$/, says: LOWER },
  parameter: { what: 'parameter', pattern: /^[A-Z][A-Z0-9_]*$/, says: 'ALL_CAPS, beginning with a letter' },
  input: { what: 'input', pattern: /^[a-z][a-z0-9_]*_i$/, says: `${LOWER}, ending in _i` },
  output: { what: 'output', pattern: /^[a-z][a-z0-9_]*_o$/, says: `${LOWER}, ending in _o` },
  shell: { what: 'bus port', pattern: /^[a-z][a-z0-9_]*$/, says: LOWER },
  net: { what: 'net', pattern: /^[a-z][a-z0-9_]*$/, says: LOWER },
  instance: { what: 'instance', pattern: /^u_[a-z0-9_]+$/, says: 'u_name' },
  label: { what: 'generate block', pattern: /^gen_[a-z0-9_]+$/, says: 'gen_name' },
  index: { what: 'generate index', pattern: /^[a-z][a-z0-9_]*$/, says: LOWER },
} as const satisfies Record<string, Form>;

type Kind = keyof typeof FORMS;

/** Checks one name by itself. Prefix and module name are emitted joined by _, which no reserved word is. */
export function checkName(kind: Kind, name: string, place: string, origin: object, problems: ProblemList): void {
  const { what, pattern, says } = FORMS[kind];
  if (!pattern.test(name)) {
    problems.add('NAME', place, `${what} name "${name}" is not ${says}`, origin, name);
  } else if (kind !== 'module' && kind !== 'prefix' && isReservedWord(name)) {
    problems.add('RESERVED', place, `${what} name "${name}" is a reserved word of (System)Verilog`, origin, name);
  }
}

/** The names of one scope; those of the scopes around it may not be repeated either. */
class NameScope {
  readonly #names = new Map<string, string>();
  readonly #parent: NameScope | undefined;

  constructor(parent?: NameScope) {
    this.#parent = parent;
  }

  find(name: string): string | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name);
  }

  add(name: string, what: string): void {
    this.#names.set(name, what);
  }
}

/** Everything about names in one module description. */
export function checkNames(module: Module, problems: ProblemList): void {
  const place = `module ${module.name}`;
  checkName('module', module.name, place, module, problems);

  const declare = (scope: NameScope, kind: Kind, name: string, origin: object): void => {
    checkName(kind, name, place, origin, problems);
    take(scope, FORMS[kind].what, name, origin);
  };
  const take = (scope: NameScope, what: string, name: string, origin: object): void => {
    const before = scope.find(name);
    if (before === undefined) scope.add(name, what);
    else problems.add('COLLISION', place, `${what} "${name}" has the name of ${article(before)} in the same or an outer scope`, origin, name);
  };
  const indices = new Set<string>();
  const walk = (items: readonly Item[], scope: NameScope, open: readonly string[]): void => {
    if (items.some((item) => item.kind === 'unused')) scope.add('unused', 'net (of the unused statement)');
    for (const item of items) {
      switch (item.kind) {
        case 'net':
          declare(scope, 'net', item.declaration.name, item.declaration);
          break;
        case 'instance':
          declare(scope, 'instance', item.name, item);
          for (const [port, signal] of Object.entries(item.connect)) {
            if (signal.kind === 'open') take(scope, 'net of an open output', openNetName(item.name, port), item);
          }
          break;
        case 'loop':
          declare(scope, 'label', item.label, item);
          checkName('index', item.index, place, item, problems);
          if (open.includes(item.index)) {
            problems.add('COLLISION', place, `generate index "${item.index}" of ${item.label} is the index of a loop around it`, item, item.index);
          } else if (!indices.has(item.index)) {
            take(scope, 'generate index', item.index, item);
            indices.add(item.index);
          }
          walk(item.items, new NameScope(scope), [...open, item.index]);
          break;
        case 'condition':
          declare(scope, 'label', item.label, item);
          walk(item.items, new NameScope(scope), open);
          walk(item.otherwise, new NameScope(scope), open);
          break;
        case 'assign':
        case 'unused':
        case 'comment':
          break;
      }
    }
  };

  const outermost = new NameScope();
  for (const [name, spec] of Object.entries(module.parameters)) declare(outermost, 'parameter', name, spec);
  for (const [name, port] of Object.entries(module.ports)) {
    declare(outermost, port.shell ? 'shell' : port.direction, name, port);
  }
  walk(module.items(), outermost, []);
}

const article = (what: string): string => (/^[aeiou]/.test(what) ? `an ${what}` : `a ${what}`);

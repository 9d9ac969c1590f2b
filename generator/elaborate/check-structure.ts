// SPDX-License-Identifier: Apache-2.0
/** Checks what a module description is, apart from values: one structure a name, no unused parameter, documented. */
import type { Expression, ExpressionNode } from '../dsl/expression.js';
import type { Item } from '../dsl/item.js';
import type { Module } from '../dsl/module.js';
import type { Open, Source } from '../dsl/signal.js';
import type { ProblemList } from './problems.js';

/** Text that is equal for two descriptions that would be emitted alike, default values apart. */
export function signatureOf(module: Module): string {
  const parameters = Object.entries(module.parameters).map(([name, { default: _, ...rest }]) => [name, rest]);
  const { name, doc, ports, template, view, memories } = module;
  const all = { name, doc, parameters, ports, template, view, memories, items: module.items() };
  return JSON.stringify(all, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return isModule(value) ? `module ${value.name}` : value;
  });
}

const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'module';

/** Every name that the expressions below `value` refer to. */
function collectNames(value: Expression | ExpressionNode, names: Set<string>): void {
  const node = 'node' in value ? value.node : value;
  switch (node.kind) {
    case 'literal':
      return;
    case 'parameter':
    case 'index':
      names.add(node.name);
      return;
    case 'unary':
      return collectNames(node.operand, names);
    case 'binary':
      collectNames(node.left, names);
      return collectNames(node.right, names);
    case 'choose':
      collectNames(node.condition, names);
      collectNames(node.whenTrue, names);
      return collectNames(node.whenFalse, names);
  }
}

function collectSource(source: Source | Open, names: Set<string>): void {
  switch (source.kind) {
    case 'reference':
    case 'open':
      return;
    case 'slice':
      collectNames(source.lsb, names);
      return collectNames(source.width, names);
    case 'concat':
      return source.parts.forEach((part) => collectSource(part, names));
    case 'replicate':
      collectNames(source.count, names);
      return collectSource(source.part, names);
    case 'constant':
      return collectNames(source.width, names);
    case 'logic':
      return source.operands.forEach((operand) => collectSource(operand, names));
  }
}

function collectItem(item: Item, names: Set<string>): void {
  switch (item.kind) {
    case 'net':
      return collectNames(item.declaration.width, names);
    case 'instance':
      Object.values(item.parameters).forEach((value) => collectNames(value, names));
      return Object.values(item.connect).forEach((source) => collectSource(source, names));
    case 'assign':
      collectSource(item.target, names);
      return collectSource(item.source, names);
    case 'loop':
      collectNames(item.count, names);
      return item.items.forEach((inner) => collectItem(inner, names));
    case 'condition':
      collectNames(item.condition, names);
      return [...item.items, ...item.otherwise].forEach((inner) => collectItem(inner, names));
    case 'unused':
      return collectSource(item.source, names);
    case 'comment':
      return;
  }
}

/** Parameters that no port width refers to; for a leaf the template may still use them. */
export function parametersOutsidePorts(module: Module): string[] {
  const names = new Set<string>();
  for (const port of Object.values(module.ports)) collectNames(port.width, names);
  return Object.keys(module.parameters).filter((name) => !names.has(name));
}

/** Checks one description; `module.items()` has been called already. */
export function checkStructure(module: Module, problems: ProblemList): void {
  const place = `module ${module.name}`;
  const isLeaf = module.template !== undefined;
  if (!isLeaf) {
    const names = new Set<string>();
    module.items().forEach((item) => collectItem(item, names));
    for (const name of parametersOutsidePorts(module)) {
      if (!names.has(name)) problems.add('UNUSED', place, `parameter ${name} is never used`, module, name);
    }
  }
  if (Object.keys(module.ports).length === 0) problems.add('STRUCTURE', place, 'has no port', module, 'ports');
  for (const [name, spec] of Object.entries(module.parameters)) {
    const [low, high] = spec.range;
    if (!Number.isInteger(low) || !Number.isInteger(high) || low > high) {
      problems.add('PARAMETER', place, `range ${low}..${high} of parameter ${name} is not a range of integers`, spec);
    }
    if (spec.doc.trim() === '') problems.add('PARAMETER', place, `parameter ${name} has no doc`, spec, 'doc');
  }
  for (const [field, text] of Object.entries(module.doc)) {
    if (text.trim() === '') problems.add('STRUCTURE', place, `doc.${field} is empty`, module, field);
  }
}

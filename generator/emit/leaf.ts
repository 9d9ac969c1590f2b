// SPDX-License-Identifier: Apache-2.0
/** Renders the bodies of leaf modules and checks them against their description. */
import { GenAccelError } from '../core/errors.js';
import type { Module } from '../dsl/module.js';
import { parametersOutsidePorts } from '../elaborate/check-structure.js';
import type { Values } from '../elaborate/design.js';
import type { Renderer } from './templates.js';

/** What a leaf's template sees. */
export interface LeafContext {
  readonly prefix: string;
  /** Emitted name of the module. */
  readonly module: string;
  /** Concrete values; Verilog text should use the parameter names instead wherever it can. */
  readonly parameters: Values;
  readonly view: Readonly<Record<string, unknown>>;
}

/** A leaf's text does not fit its description; every problem is in `problems` and in the message. */
export class LeafError extends GenAccelError {
  readonly problems: readonly string[];

  constructor(module: string, problems: readonly string[]) {
    super('E_LEAF', 'input', {
      where: `leaf module ${module}`,
      found: problems.join('; '),
      expected: 'a body that uses every port and parameter of its description and nothing else',
      remedy: 'Mend the template or the description.',
    });
    this.problems = problems;
  }
}

const withoutComments = (text: string): string => text.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');

/** What a leaf's rendered body lacks or must not have. */
export function leafProblems(module: Module, body: string): string[] {
  const code = withoutComments(body);
  const words = new Set(code.match(/[A-Za-z_]\w*/g) ?? []);
  const problems: string[] = [];
  for (const [name, port] of Object.entries(module.ports)) {
    if (!words.has(name)) problems.push(`${port.direction} ${name} is never ${port.direction === 'input' ? 'read' : 'driven'}`);
  }
  for (const name of parametersOutsidePorts(module)) {
    if (!words.has(name)) problems.push(`parameter ${name} is never used`);
  }
  for (const word of ['module', 'endmodule']) {
    if (words.has(word)) problems.push(`the template contains "${word}"; it holds only what stands between them`);
  }
  if (/`(default_nettype|timescale|include)/.test(code)) problems.push('the template contains a compiler directive of the file');
  for (const instance of code.matchAll(/^\s*(\w+)\s*(?:#\s*\([\s\S]*?\)\s*)?(u_\w+)\s*\(/gm)) {
    if (!module.primitives.includes(instance[1] ?? '')) problems.push(`the template instantiates ${instance[1]} as ${instance[2]}; only a hierarchy may`);
  }
  return problems;
}

/** The body of a leaf; it may not depend on values that differ between its instances. */
export function renderLeaf(module: Module, prefix: string, all: readonly Values[], renderer: Renderer): string {
  const { template, view } = module;
  if (template === undefined) return '';
  const bodies = all.map((parameters) => {
    const context: LeafContext = { prefix, module: `${prefix}_${module.name}`, parameters, view };
    const text =
      typeof template === 'string'
        ? renderer.render(template, context)
        : renderer.renderText(`(inline) ${module.name}`, template.text, context);
    return text.replace(/^(\s*\n)+/, '').trimEnd();
  });
  const body = bodies[0]!;
  const other = bodies.findIndex((text) => text !== body);
  const problems = leafProblems(module, body);
  if (other > 0) {
    const differing = Object.keys(all[0]!).filter((name) => all[0]![name] !== all[other]![name]);
    problems.push(`the text depends on values that differ between instances (${differing.join(', ')}); use the Verilog parameters`);
  }
  if (problems.length > 0) throw new LeafError(module.name, problems);
  return body;
}

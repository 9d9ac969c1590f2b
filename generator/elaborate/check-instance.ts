// SPDX-License-Identifier: Apache-2.0
/** Checks one instance in one scope: its parameters, its connections, their directions and widths. */
import type { InstanceItem } from '../dsl/item.js';
import type { Module } from '../dsl/module.js';
import type { Port } from '../dsl/port.js';
import type { BodyScope, Site } from './body-scope.js';
import type { Values } from './design.js';
import { type Environment, EvaluationFailure, evaluate } from './evaluate.js';

/** What is wrong with a module's values by its own description: ranges and rules. */
export function brokenRules(module: Module, values: Values): string[] {
  const outside = Object.entries(module.parameters).flatMap(([name, { range: [low, high] }]) => {
    const value = values[name]!;
    return Number.isInteger(value) && value >= low && value <= high
      ? []
      : [`parameter ${name} is ${value}; expected an integer in ${low}..${high}`];
  });
  return outside.length > 0 ? outside : [...module.rules(values)];
}

/** The instance's parameter values; undefined when one is missing or has no value. */
export function instanceValues(item: InstanceItem, scope: BodyScope): Values | undefined {
  const place = (): string => `${scope.path()}/${item.name}`;
  const { parameters } = item.module;
  const values: Record<string, number> = {};
  let complete = true;
  for (const name of Object.keys(item.parameters)) {
    if (parameters[name] === undefined) {
      const site: Site = { place, origin: item, aspect: `parameter ${name}` };
      scope.report('PARAMETER', site, `${item.module.name} has no parameter ${name}`);
    }
  }
  for (const name of Object.keys(parameters)) {
    const site: Site = { place, origin: item, aspect: `parameter ${name}` };
    const expression = item.parameters[name];
    if (expression === undefined) scope.report('PARAMETER', site, `parameter ${name} of ${item.module.name} is not given`);
    const value = expression === undefined ? undefined : scope.value(expression, site);
    if (value === undefined) complete = false;
    else values[name] = value;
  }
  if (!complete) return undefined;
  brokenRules(item.module, values).forEach((text, i) => {
    scope.report('PARAMETER', { place, origin: item, aspect: `rule ${i}` }, text);
  });
  return values;
}

/** Reads and drives everything the instance connects to. */
export function connectInstance(item: InstanceItem, values: Values | undefined, scope: BodyScope): void {
  const { ports } = item.module;
  const siteOf = (port: string): Site => ({
    place: () => `${scope.path()}/${item.name}.${port}`,
    origin: item,
    aspect: port,
  });
  const environment = values === undefined ? undefined : new Map(Object.entries(values));
  for (const name of Object.keys(item.connect)) {
    if (ports[name] === undefined) scope.report('CONNECTION', siteOf(name), `${item.module.name} has no such port`);
  }
  for (const [name, port] of Object.entries(ports)) {
    const site = siteOf(name);
    const signal = item.connect[name];
    if (signal === undefined) {
      scope.report('CONNECTION', site, `${port.direction} is not connected; connect it${port.direction === 'output' ? ', or open(reason)' : ''}`);
      continue;
    }
    if (signal.kind === 'open') {
      if (port.direction === 'input') scope.report('CONNECTION', site, 'an input cannot be left open');
      else if (signal.reason.trim() === '') scope.report('CONNECTION', site, 'open without a reason');
      continue;
    }
    const outer = port.direction === 'input' ? scope.read(signal, site) : scope.drive(signal, site, site.place);
    const inner = environment === undefined ? undefined : portWidth(port, environment);
    if (outer === undefined || inner === undefined || outer === inner) continue;
    const text = port.direction === 'input' ? `width ${inner} driven by ${outer} bits` : `width ${inner} drives ${outer} bits`;
    scope.report('WIDTH', site, text);
  }
}

/** Undefined when the port's own description has no value, which is reported where the module is elaborated. */
function portWidth(port: Port, environment: Environment): number | undefined {
  try {
    return evaluate(port.width, environment);
  } catch (error) {
    if (error instanceof EvaluationFailure) return undefined;
    throw error;
  }
}

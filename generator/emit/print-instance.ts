// SPDX-License-Identifier: Apache-2.0
/** Prints instances with named connections, one a line; knows no values. */
import { substitute } from '../dsl/expression.js';
import { type InstanceItem, openNetName } from '../dsl/item.js';
import type { Source } from '../dsl/signal.js';
import { MAX_COLUMNS, comment, layoutRows, widest } from './layout.js';
import { printExpression, printRange } from './print-expression.js';
import { concatParts, printSource } from './print-signal.js';

/** Emitted module name of a description. */
export type NameOf = (name: string) => string;

export const STEP = '  ';

/** `head source tail`, a long concatenation with one part a line. */
export function withSource(indent: string, head: string, source: Source, tail: string): string[] {
  const line = indent + head + printSource(source) + tail;
  if (line.length <= MAX_COLUMNS) return [line];
  if (source.kind === 'logic' && ['and', 'or', 'xor'].includes(source.operator)) {
    const sign = { and: '&', or: '|', xor: '^' }[source.operator as 'and' | 'or' | 'xor'];
    return source.operands.map((operand, i) => {
      const text = printSource(operand.kind === 'logic' ? { kind: 'concat', parts: [operand] } : operand);
      const wrapped = operand.kind === 'logic' ? `(${text})` : text;
      const last = i === source.operands.length - 1;
      return `${i === 0 ? indent + head.trimEnd() + ' ' : indent + STEP}${wrapped}${last ? tail : ` ${sign}`}`;
    });
  }
  if (source.kind !== 'concat') return [line];
  return [`${indent}${head}{`, ...partLines(source, indent + STEP), `${indent}}${tail}`];
}

/** The parts of a concatenation, one a line. */
export function partLines(source: Source, indent: string): string[] {
  const parts = concatParts(source);
  return parts.map((part, i) => `${indent}${part}${i < parts.length - 1 ? ',' : ''}`);
}

export function instanceLines(item: InstanceItem, indent: string, nameOf: NameOf): string[] {
  const lines: string[] = item.doc === undefined ? [] : comment(item.doc, indent);
  for (const [port, signal] of Object.entries(item.connect)) {
    if (signal.kind !== 'open') continue;
    const range = openRange(item, port);
    const net = `${indent}wire ${range === '' ? '' : `${range} `}${openNetName(item.name, port)};`;
    lines.push(...layoutRows([{ code: net.trimStart(), doc: `left open: ${signal.reason}` }], indent, ''));
  }
  const parameters = Object.keys(item.module.parameters);
  const inner = indent + STEP;
  if (parameters.length === 0) {
    lines.push(`${indent}${nameOf(item.module.name)} ${item.name} (`);
  } else {
    const column = widest(parameters);
    lines.push(`${indent}${nameOf(item.module.name)} #(`);
    parameters.forEach((name, i) => {
      const value = item.parameters[name];
      const text = value === undefined ? '' : printExpression(value);
      lines.push(`${inner}.${name.padEnd(column)} (${text})${i < parameters.length - 1 ? ',' : ''}`);
    });
    lines.push(`${indent}) ${item.name} (`);
  }
  const ports = Object.keys(item.module.ports);
  const column = widest(ports);
  ports.forEach((port, i) => {
    const signal = item.connect[port];
    const [head, tail] = [`.${port.padEnd(column)} (`, i < ports.length - 1 ? '),' : ')'];
    if (signal === undefined) lines.push(`${inner}${head}${tail}`);
    else if (signal.kind === 'open') lines.push(`${inner}${head}${openNetName(item.name, port)}${tail}`);
    else lines.push(...withSource(inner, head, signal, tail));
  });
  lines.push(`${indent});`);
  return lines;
}

/** Width of an open output in terms of the parent: the port's width with the instance's values put in. */
function openRange(item: InstanceItem, port: string): string {
  const width = item.module.ports[port]?.width;
  return width === undefined ? '' : printRange(substitute(width, item.parameters));
}

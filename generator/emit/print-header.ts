// SPDX-License-Identifier: Apache-2.0
/** Prints a module's parameter and port lists as aligned lines; knows neither bodies nor values but the defaults. */
import type { Module } from '../dsl/module.js';
import type { Parameter } from '../dsl/parameter.js';
import { type Row, layoutRows, comment, widest } from './layout.js';
import { printRange } from './print-expression.js';

const INDENT = '  ';

function parameterDoc(spec: Parameter): string {
  const [low, high] = spec.range;
  return `${spec.doc}, ${low}..${high}${spec.unit === '' ? '' : ` ${spec.unit}`}`;
}

/** `parameter integer PES = 16,  // meaning, range unit`. */
export function parameterLines(module: Module): string[] {
  const names = Object.keys(module.parameters);
  const column = widest(names);
  const rows = Object.entries(module.parameters).map(([name, spec]): Row => ({
    code: `parameter integer ${name.padEnd(column)} = ${spec.default}`,
    doc: parameterDoc(spec),
  }));
  return layoutRows(rows, INDENT, ',');
}

/** The ports, aligned, each group under its heading. */
export function portLines(module: Module): string[] {
  const entries = Object.entries(module.ports);
  const ranges = entries.map(([, port]) => printRange(port.width));
  const column = widest(ranges);
  const lines: string[] = [];
  let run: Row[] = [];
  let heading: string | undefined;
  const flush = (last: boolean): void => {
    if (run.length === 0) return;
    const printed = layoutRows(last ? run : [...run, { code: '', doc: undefined }], INDENT, ',');
    lines.push(...(last ? printed : printed.slice(0, -1)));
    run = [];
  };
  entries.forEach(([name, port], i) => {
    if (port.group !== undefined && port.group !== heading) {
      heading = port.group;
      flush(false);
      if (lines.length > 0) lines.push('');
      lines.push(...comment(port.group, INDENT));
    }
    const range = column === 0 ? '' : `${ranges[i]!.padEnd(column)} `;
    run.push({ code: `${port.direction.padEnd(6)} wire ${range}${name}`, doc: port.doc });
  });
  flush(true);
  return lines;
}

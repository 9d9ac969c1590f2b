// SPDX-License-Identifier: Apache-2.0
/** Owns the Markdown of the parameter table; its content comes from arch/parameters.ts alone. */
import { PARAMETERS, type ParameterSpec } from '../arch/parameters.js';
import { markdownTable } from './markdown-table.js';

/** The legal values of a parameter, in words. */
export function parameterRange(spec: ParameterSpec): string {
  if (spec.kind === 'choice') return spec.choices.join(', ');
  if (spec.kind === 'name') return 'a Verilog identifier';
  return `${spec.powerOfTwo ? 'a power of two, ' : ''}${spec.min} to ${spec.max}`;
}

export const parameterTableMarkdown = (): string =>
  markdownTable(
    ['option', 'key', 'range', 'default', 'meaning'],
    PARAMETERS.map((spec) => [`\`--${spec.flag}\``, `\`${spec.key}\``, parameterRange(spec), spec.defaultDoc, spec.doc]),
  );

// SPDX-License-Identifier: Apache-2.0
/** Owns the table of supported ONNX operators in docs/onnx.md: Markdown out of the code's own table. */

import { OPERATORS } from './operators.js';
import { ALWAYS_CONSTANT, ON_CONSTANTS } from './operators/folded.js';
import { QLINEAR_OPERATORS } from './qlinear.js';

const NO_ATTRIBUTE_OF_TODAY = new Set(['consumed_inputs']);

/** One row per operator on activations, then the operators on integers and those that are computed at import. */
export function operatorTable(): string {
  const rows = Object.entries(OPERATORS).toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).map(([name, { attributes, note }]) => {
    const known = attributes.filter((attribute) => !NO_ATTRIBUTE_OF_TODAY.has(attribute));
    return `| ${name} | ${note} | ${known.map((attribute) => `\`${attribute}\``).join(' ')} |`;
  });
  const constants = [...new Set([...Object.keys(ALWAYS_CONSTANT), ...Object.keys(ON_CONSTANTS)])].toSorted();
  return [
    '| operator | what is taken | attributes |',
    '| --- | --- | --- |',
    ...rows,
    '',
    `On integers: ${QLINEAR_OPERATORS.join(', ')}.`,
    '',
    `Computed at import where all inputs are constants: ${constants.join(', ')}. Shape and Size are known of activations too.`,
  ].join('\n');
}

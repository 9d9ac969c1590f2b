// SPDX-License-Identifier: Apache-2.0
/** Owns the text of docs/prune-accuracy.md. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import type { AccuracyRow } from './measure.js';

const HEAD = ['constraint', 'method', 'weights', 'kept', 'accuracy', 'loss', 'standard error', 'calibration', 'scored', 'n', 'seed', 'masks', 's'];

const cells = (row: AccuracyRow): string[] => [
  `\`${row.constraint}\``, row.method, row.bits === 'float' ? 'float' : `${row.bits} bit`, `${(100 * row.density).toFixed(1)} %`, `${row.accuracy.toFixed(1)} %`, row.loss.toFixed(1), row.standardError.toFixed(1),
  row.calibration, row.scored, String(row.n), String(row.seed), row.maskHash, String(row.seconds),
];

export function accuracyDocument(rows: readonly AccuracyRow[]): string {
  const networks = [...new Set(rows.map(({ network }) => network))];
  const table = (name: string): string => {
    const own = rows.filter(({ network }) => network === name);
    return `## ${name}\n\n${markdownTable(HEAD, own.map(cells))}\n\nA row again: \`${own[0]?.command ?? ''}\`, with its constraint, method, bits and seed.\n`;
  };
  return `# Accuracy after one-shot pruning

Measured by \`npx tsx bench/prune-accuracy.ts\`. Nothing is trained: a float network is pruned with calibration inputs and scored on others; a check of contents
refuses inputs that are in both. Loss: points below the dense float network on the same inputs, with the standard error of the paired difference; where an
interval of two errors includes a bar, the row does not decide it. Weights of 8, 4 or 2 bits: rounded with error compensation, the whole network in int8 arithmetic.
Kept: of all weights, layers that stay dense included. Masks: hash of all masks. Seconds are of one core of a shared machine.

${networks.map(table).join('\n')}`;
}

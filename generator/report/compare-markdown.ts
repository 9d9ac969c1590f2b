// SPDX-License-Identifier: Apache-2.0
/** Owns the Markdown of a comparison. */
import type { Comparison, ComparisonTable } from '../compare/result.js';
import { barText, CHOICE_HEAD, choiceCells, fifoRows, FIFO_HEAD, headLines, ROW_HEAD, rowCells, rowName, STORAGE_HEAD, storageCells, storedRows } from './compare-cells.js';
import { markdownTable } from './markdown-table.js';

const NOTES = `Loss: points below the dense row on the same images at the same weight width, +- the standard error of the paired difference. Layers: pruned inside, of all with weights. Weights: of all weights of the network as it came, layers that
stay dense included. Bits: weights and indices in the format with the fewest bits. DRAM bytes: read and written over the bus for one image, programs included (\`*\`: predicted). Cycles: START to
interrupt of one image. Speed-up: over the dense row on the same hardware. ops/mult/cycle: 2 x multiplications of the dense network / (multipliers x cycles). Decoder LUT: of the index decoders of all PEs for the
format that the array reads; 0 where the schedule says the places. Masks: SHA-256 over the masks of all layers, 12 digits. Rows marked "model" are hardware that is not built: their cycles are
predicted from the masks, and what they wait for transfers is taken from the lockstep row.`;

function tableMarkdown(table: ComparisonTable, comparison: Comparison, pictures: readonly string[]): string {
  const fifos = fifoRows(table);
  const sections = [
    `## Weights of ${table.weightBits} bits`,
    pictures.map((file) => `![${file.replace(/\.svg$/, '')}](${file})`).join('\n'),
    markdownTable(ROW_HEAD, table.rows.map(rowCells)),
    NOTES,
    '### Bits of weights and indices, by format',
    markdownTable(STORAGE_HEAD, storedRows(table).map(storageCells)),
    ...(fifos.length === 0 ? [] : [
      '### FIFOs by model', markdownTable(FIFO_HEAD, fifos),
      'Of all PEs, estimated and not synthesized: words of G bytes in LUT RAM (4 LUTs for 32 x 6 bits), an output register, two pointers and a level a PE. Not counted: with FIFOs every PE walks its weights at its own pace, so one address counter no longer serves all weight memories.',
    ]),
    `### At equal accuracy: ${barText(comparison.within)}`,
    markdownTable(CHOICE_HEAD, table.equalAccuracy.map(choiceCells)),
    'Of every family the row with the fewest cycles (simulated where there are some) and the one with the fewest bits among those whose measured loss is within the bar. Undecided: loss +- 1.96 standard errors includes the bar.',
    '### Where structured pruning wins',
    table.verdict.length === 0 ? 'There is no structured row beside others.' : table.verdict.map((line) => `- ${line}`).join('\n'),
    ...(table.leftOut.length === 0 ? [] : ['### Left out', table.leftOut.map(({ row, reason }) => `- \`${row}\`: ${reason}`).join('\n')]),
    '### Commands',
    `Each measures the row again, beside the dense one.\n\n${table.rows.map((row) => `- ${rowName(row)}: \`${row.command}\``).join('\n')}`,
  ];
  return sections.join('\n\n');
}

/** `pictures`: files of each table's plots. */
export const comparisonMarkdown = (comparison: Comparison, pictures: readonly (readonly string[])[]): string =>
  `# ${comparison.network} under every kind of pruning\n\n${headLines(comparison).join('\n')}\n\n${comparison.tables.map((table, i) => tableMarkdown(table, comparison, pictures[i] ?? [])).join('\n\n')}\n`;

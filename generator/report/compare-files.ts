// SPDX-License-Identifier: Apache-2.0
/** Owns the files of a comparison beside its JSON: Markdown and plots. */
import type { Comparison } from '../compare/result.js';
import { comparisonMarkdown } from './compare-markdown.js';
import { comparisonPlot } from './compare-plot.js';

export const COMPARISON_FILE = 'compare.json';

/** `stem`: what the names of the files begin with (default: `compare`). */
export function comparisonFiles(comparison: Comparison, stem = 'compare'): Map<string, string> {
  const several = comparison.tables.length > 1;
  const pictures = comparison.tables.map(({ weightBits }) => (['cycles', 'storage'] as const).map((over) => ({ over, file: `${stem}-${over}${several ? `-${weightBits}bit` : ''}.svg` })));
  return new Map([
    [`${stem}.md`, comparisonMarkdown(comparison, pictures.map((own) => own.map(({ file }) => file)))],
    ...comparison.tables.flatMap((table, i) => (pictures[i] ?? []).map(({ over, file }): [string, string] => [file, comparisonPlot(comparison, table, over)])),
  ]);
}

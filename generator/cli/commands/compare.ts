// SPDX-License-Identifier: Apache-2.0
/** `gen-accel compare`: one network under every kind of pruning, in accuracy, storage, traffic, cycles and logic. */
import { relative } from 'node:path';
import { comparisonFiles, COMPARISON_FILE } from '../../report/compare-files.js';
import { comparisonText } from '../../report/compare-text.js';
import { BitsDifferError } from './sim.js';
import { readCompareOptions } from '../compare-options.js';
import { runComparison } from '../compare-run.js';
import { sealManifest } from '../../arch/manifest-record.js';
import { writeOutputFolder } from '../output-folder.js';
import type { Shell } from '../shell.js';
import { packageVersion } from '../version.js';

export async function runCompare(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  // 1. What is compared.
  const options = readCompareOptions(args);
  // 2. Rows, one after the other.
  const { comparison, folder } = await runComparison(options, args, shell);
  // 3. The folder: the JSON is its manifest.
  const files = comparisonFiles(comparison);
  files.set(COMPARISON_FILE, sealManifest({ version: packageVersion(), ...comparison }, files, COMPARISON_FILE));
  const { written, removed } = await writeOutputFolder(folder, files, { force: options.force, signal: shell.signal, manifest: COMPARISON_FILE });
  // 4. The report.
  const shown = relative(shell.cwd, folder) || '.';
  const place = shown.startsWith('..') ? folder : shown;
  const lines = options.json ? [JSON.stringify({ folder, ...comparison, files: [...files.keys()], written, removed })] : [...comparisonText(comparison), '', `Folder ${place}: ${[...files.keys()].join(', ')}`];
  for (const line of lines) shell.print(line);
  const wrong = comparison.tables.flatMap(({ rows }) => rows.filter(({ bitExact }) => bitExact === false));
  if (wrong[0] !== undefined) throw new BitsDifferError(`row ${wrong[0].row}`, 'bits that differ on the generated Verilog', 'those of the golden model', 'Simulate it alone: gen-accel sim with --prune names the layer.');
}

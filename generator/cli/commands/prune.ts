// SPDX-License-Identifier: Apache-2.0
/** `gen-accel prune`: writes a pruned float network as ONNX, with its masks beside it, for tools that train. */
import { basename, join, relative, resolve } from 'node:path';
import { validateConfig, type PartialConfig } from '../../arch/rules.js';
import { pruneTable } from '../../report/prune-table.js';
import { checkOutputFolder, writeOutputFolder } from '../output-folder.js';
import { pruneFloat } from '../prune-float.js';
import { readPruneOptions } from '../prune-options.js';
import { PRUNE_MANIFEST_FILE, prunedFolder } from '../pruned-folder.js';
import { readFloatModel } from '../read-network.js';
import type { Shell } from '../shell.js';
import { packageVersion } from '../version.js';

export async function runPrune(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  // 1. Which weights stay.
  const { model, keep, group: asked, constraint, out, ...output } = readPruneOptions(args);
  const number = asked !== undefined && /^-?[0-9]+$/.test(asked) ? Number(asked) : asked;
  const array = validateConfig((number === undefined ? {} : { group: number }) as PartialConfig);
  const { network, bytes } = readFloatModel(model, shell.cwd);
  const pruning = pruneFloat(network, keep, constraint, array);

  // 2. The folder.
  const { result, files } = prunedFolder(network, pruning, packageVersion(), { file: basename(model), bytes });
  const folder = resolve(shell.cwd, out ?? join('pruned', network.name));
  const shown = relative(shell.cwd, folder) || '.';
  const place = shown.startsWith('..') ? folder : shown;
  if (output.check) {
    checkOutputFolder(folder, files, PRUNE_MANIFEST_FILE);
    shell.print(output.json ? JSON.stringify({ folder, current: true }) : `${place} is current: ${files.size} files`);
    return;
  }
  const { written, removed } = await writeOutputFolder(folder, files, { force: output.force, signal: shell.signal, manifest: PRUNE_MANIFEST_FILE });

  // 3. The report.
  const lines = output.json ? [JSON.stringify({ folder, ...result, files: [...files.keys()], written, removed })] : pruneTable(result, place, [...files.keys()]);
  for (const line of lines) shell.print(line);
}

// SPDX-License-Identifier: Apache-2.0
/** `gen-accel prune`: writes a pruned float network as ONNX, with its masks beside it, for tools that train. */
import { basename, join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { findDecoder } from '../../blocks/index.js';
import { DEFAULT_LATENCY } from '../../estimate/units.js';
import { validateConfig, type PartialConfig } from '../../arch/rules.js';
import { pruneTable } from '../../report/prune-table.js';
import { withTarget } from '../../report/target-table.js';
import { answerTarget } from '../answer-target.js';
import { interruptible, stopIfAborted } from '../interruptible.js';
import { checkOutputFolder, writeOutputFolder } from '../output-folder.js';
import { createProgress } from '../progress.js';
import { pruneFloat, type ShapedPruneResult } from '../prune-float.js';
import { readPruneOptions } from '../prune-options.js';
import { PRUNE_MANIFEST_FILE, prunedFolder } from '../pruned-folder.js';
import { calibrationInputs, readFloatModel } from '../read-network.js';
import type { Shell } from '../shell.js';
import { packageVersion } from '../version.js';

/** A whole number as a number; anything else as it is, for the check to name. */
const numberOf = (key: string, text: string | undefined): Record<string, unknown> => (text === undefined ? {} : { [key]: /^-?[0-9]+$/.test(text) ? Number(text) : text });

export async function runPrune(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  // 1. Which weights stay.
  const asked = readPruneOptions(args);
  const array = validateConfig({ ...numberOf('group', asked.group), ...numberOf('pes', asked.pes) } as PartialConfig);
  const { options, target } = await answerTarget(asked, array, shell, () => ({ config: array, indexFormat: findDecoder(array, []).format, latency: DEFAULT_LATENCY, batch: 1 }));
  const { model, keep, constraint, out, ...rest } = options;
  const { network, bytes } = readFloatModel(model, shell.cwd);
  const calibration = rest.calibration === undefined ? [] : calibrationInputs(network, rest.calibration, rest, shell.cwd);
  // A signal that came while files were read is heard here.
  await setImmediate();
  const progress = createProgress(shell.progress);
  let pruning: ShapedPruneResult;
  try {
    pruning = interruptible('pruning', shell.signal, () => pruneFloat(network, {
      choice: keep, constraint, array, calibration,
      onProgress: ({ layer, done, all }) => {
        stopIfAborted(shell.signal, 'pruning');
        progress.show({ done, all, phase: `pruning by ${keep.method.name}`, detail: layer });
      },
    }));
  } finally {
    progress.stop();
  }

  // 2. The folder.
  const { result, files } = prunedFolder(pruning, packageVersion(), { file: basename(model), bytes });
  const folder = resolve(shell.cwd, out ?? join('pruned', network.name));
  const shown = relative(shell.cwd, folder) || '.';
  const place = shown.startsWith('..') ? folder : shown;
  if (rest.check) {
    checkOutputFolder(folder, files, PRUNE_MANIFEST_FILE);
    shell.print(rest.json ? JSON.stringify({ folder, current: true }) : `${place} is current: ${files.size} files`);
    return;
  }
  const { written, removed } = await writeOutputFolder(folder, files, { force: rest.force, signal: shell.signal, manifest: PRUNE_MANIFEST_FILE });

  // 3. The report.
  const outcome = { folder, ...result, files: [...files.keys()], written, removed };
  for (const line of withTarget(target, rest.json, outcome, (one) => pruneTable(one, place, one.files))) shell.print(line);
}

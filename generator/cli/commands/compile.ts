// SPDX-License-Identifier: Apache-2.0
/** `gen-accel compile`: writes what a host needs to run a network on a core: image, layout, listing, C sources. */
import { join, relative, resolve } from 'node:path';
import { findDecoder } from '../../blocks/index.js';
import { compileNetwork } from '../../compile/compile-network.js';
import { DEFAULT_LATENCY } from '../../estimate/units.js';
import { cIdentifier } from '../../export/c-names.js';
import { exportNetwork } from '../../export/export-network.js';
import { hostSteps } from '../../export/host-steps.js';
import { NETWORK_MANIFEST_FILE } from '../../export/network-manifest.js';
import type { Network } from '../../graph/network.js';
import { density, layerWork } from '../../prune/accounting.js';
import type { PruneResult } from '../../prune/prune.js';
import { compileResult, compileSummary, type CompilePruning } from '../../report/compile-summary.js';
import { withTarget } from '../../report/target-table.js';
import { answerTarget } from '../answer-target.js';
import { readCompileOptions } from '../compile-options.js';
import { readAccelerator } from '../config-options.js';
import { loadTemplates } from '../load-templates.js';
import { InterruptedError } from '../output-errors.js';
import { checkOutputFolder, writeOutputFolder } from '../output-folder.js';
import { createProgress } from '../progress.js';
import { readPruned } from '../read-pruned.js';
import type { Shell } from '../shell.js';
import { packageVersion } from '../version.js';

export async function runCompile(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  // 1. What for what.
  const asked = readCompileOptions(args);
  const { config, indexDecoders, constraints } = await readAccelerator(args, shell.cwd);
  const { options, target } = await answerTarget(asked, { ...config, constraints }, shell, () => ({ config, indexFormat: findDecoder(config, indexDecoders).format, latency: DEFAULT_LATENCY, batch: 1 }));
  const progress = createProgress(shell.progress);
  const { network, prune } = readPruned(options, 1, shell, { ...config, constraints }, progress);
  const folder = resolve(shell.cwd, options.out ?? join('compiled', cIdentifier(network.name)));
  const shown = relative(shell.cwd, folder) || '.';
  const place = shown.startsWith('..') ? folder : shown;

  const begin = (done: number, phase: string): void => {
    if (shell.signal.aborted) throw new InterruptedError('compilation');
    progress.show({ done, all: 3, phase });
  };
  try {
    // 2. Programs, image, texts.
    begin(0, `compiling ${network.name} for ${config.name}`);
    const compiled = compileNetwork(network, prune, config, { indexFormat: findDecoder(config, indexDecoders).format });
    begin(1, 'image, listing and C sources');
    const files = exportNetwork(compiled, { templates: loadTemplates(), version: packageVersion() });

    // 3. The folder.
    begin(2, `${options.check ? 'checking' : 'writing'} ${place}`);
    if (options.check) {
      checkOutputFolder(folder, files, NETWORK_MANIFEST_FILE);
      progress.stop();
      shell.print(options.json ? JSON.stringify({ folder, current: true, configHash: compiled.configHash }) : `${place} is current: ${files.size} files, configuration ${compiled.configHash.slice(0, 12)}`);
      return;
    }
    const { written, removed } = await writeOutputFolder(folder, files, { force: options.force, signal: shell.signal, manifest: NETWORK_MANIFEST_FILE });
    progress.stop();

    // 4. The report.
    const result = compileResult(compiled, { folder, steps: hostSteps(compiled), pruning: pruningOf(network, prune), files: [...files.keys()], written, removed });
    for (const line of withTarget(target, options.json, result, (one) => compileSummary(one, place))) shell.print(line);
  } finally {
    progress.stop();
  }
}

const pruningOf = (network: Network, prune: PruneResult | undefined): CompilePruning | null =>
  prune === undefined
    ? null
    : { constraint: prune.constraint, density: density(layerWork(network, prune.masks)), keep: Object.fromEntries(prune.keep), existing: [...(prune.existing ?? [])] };

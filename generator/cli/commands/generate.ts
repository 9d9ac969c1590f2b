// SPDX-License-Identifier: Apache-2.0
/** The bare command: generates an accelerator into its folder, or checks that the folder is current. */
import { join, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { generate } from '../../generate/generate.js';
import { generationSummary } from '../../report/generation-summary.js';
import { addConfigOptions, readAccelerator } from '../config-options.js';
import { loadTemplates } from '../load-templates.js';
import { pathValue } from '../option-values.js';
import { checkOutputFolder, writeOutputFolder } from '../output-folder.js';
import type { Shell } from '../shell.js';
import { packageVersion } from '../version.js';

export const addGenerateOptions = (argv: Argv): Argv =>
  addConfigOptions(argv)
    .option('out', { type: 'string', requiresArg: true, group: 'Output:', describe: 'output folder [rtl-out/NAME]' })
    .option('force', { type: 'boolean', default: false, group: 'Output:', describe: 'overwrite files that were edited or that gen-accel did not write' })
    .option('check', { type: 'boolean', default: false, group: 'Output:', describe: 'write nothing; exit 1 when the folder is not what would be generated' })
    .option('json', { type: 'boolean', default: false, group: 'Output:', describe: 'print one JSON object instead of the summary' }) as unknown as Argv;

export async function runGenerate(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const out = pathValue(args, 'out');
  const { config, indexDecoders } = await readAccelerator(args, shell.cwd);
  const { files, manifest } = generate(config, {
    buildTop: shell.buildTop, indexDecoders, templates: loadTemplates(), version: packageVersion(), parts: shell.parts,
  });
  const folder = resolve(shell.cwd, out ?? join('rtl-out', config.name));
  const shown = relative(shell.cwd, folder) || '.';
  const json = args['json'] === true;

  if (args['check'] === true) {
    checkOutputFolder(folder, files);
    shell.print(json ? JSON.stringify({ folder, current: true, configHash: manifest.configHash }) : `${shown} is current: ${files.size} files, configuration ${manifest.configHash.slice(0, 12)}`);
    return;
  }
  const { written, removed } = await writeOutputFolder(folder, files, { force: args['force'] === true, signal: shell.signal });
  if (json) {
    const { config: accelerator, derived, predicted, configHash, top } = manifest;
    shell.print(JSON.stringify({ folder, configHash, top, config: accelerator, derived, predicted, files: [...files.keys()], written, removed }));
    return;
  }
  const outcome = { folder: shown.startsWith('..') ? folder : shown, files: files.size, written: written.length, removed: removed.length };
  for (const line of generationSummary(manifest, outcome)) shell.print(line);
}

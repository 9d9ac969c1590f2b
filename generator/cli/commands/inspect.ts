// SPDX-License-Identifier: Apache-2.0
/** `gen-accel inspect`: what a model holds, layer by layer, and what its zeros are worth on an array. */
import type { Argv } from 'yargs';
import { inspectNetwork } from '../../inspect/inspect-network.js';
import { inspectTable } from '../../report/inspect-table.js';
import { addCalibrationOptions, readCalibrationOptions } from '../calibration-option.js';
import { addConfigOptions, readAccelerator } from '../config-options.js';
import { readModelName } from '../model-option.js';
import { addKeepOptions, readKeep } from '../keep-option.js';
import { readPruned } from '../read-pruned.js';
import type { Shell } from '../shell.js';

export const addInspectOptions = (argv: Argv): Argv =>
  addConfigOptions(addKeepOptions(addCalibrationOptions(argv.positional('model', { type: 'string', describe: 'TFLite or ONNX file (int8, or float with --calibration), or "synthetic": the shape of ResNet-8 with random weights' }))))
    .option('json', { type: 'boolean', default: false, group: 'Output:', describe: 'print one JSON object instead of the table' })
    .example('gen-accel inspect net.tflite', 'shapes, densities, patterns, cycles at 16 PEs and groups of 8')
    .example('gen-accel inspect net.tflite --pes 64 --group 16', 'for another array')
    .example('gen-accel inspect net.tflite --prune pattern:4@tile', 'what a constraint would leave, by magnitude')
    .example('gen-accel inspect net.tflite --json', 'for a script') as unknown as Argv;

export async function runInspect(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const model = readModelName(args);
  const { config, constraints } = await readAccelerator(args, shell.cwd);
  const { network, prune } = readPruned({ ...readCalibrationOptions(args), model, keep: readKeep(args), constraint: 'balanced' }, 1, shell.cwd, { ...config, constraints });
  const inspection = inspectNetwork(network, config, prune);
  for (const line of args['json'] === true ? [JSON.stringify(inspection)] : inspectTable(inspection)) shell.print(line);
}

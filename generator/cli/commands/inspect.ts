// SPDX-License-Identifier: Apache-2.0
/** `gen-accel inspect`: what a model holds, layer by layer, and what its zeros are worth on an array. */
import type { Argv } from 'yargs';
import { findDecoder } from '../../blocks/index.js';
import { DEFAULT_LATENCY } from '../../estimate/units.js';
import { requireWeightRange } from '../../compile/lower/weights.js';
import { weightedOps } from '../../graph/query.js';
import { inspectNetwork } from '../../inspect/inspect-network.js';
import { inspectTable } from '../../report/inspect-table.js';
import { withTarget } from '../../report/target-table.js';
import { answerTarget } from '../answer-target.js';
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
    .example('gen-accel inspect net.onnx --calibration train --target-sparsity 0.7', 'what every layer loses at each K, and K chosen for 70 % pruned')
    .example('gen-accel inspect net.tflite --json', 'for a script') as unknown as Argv;

export async function runInspect(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const model = readModelName(args);
  const { config, indexDecoders, constraints } = await readAccelerator(args, shell.cwd);
  const asked = { ...readCalibrationOptions(args), model, keep: readKeep(args), constraint: 'balanced' as const };
  const { options, target } = await answerTarget(asked, { ...config, constraints }, shell, () => ({ config, indexFormat: findDecoder(config, indexDecoders).format, latency: DEFAULT_LATENCY, batch: 1 }));
  const { network, prune } = readPruned(options, 1, shell, { ...config, constraints });
  // What no program can hold is refused as compile refuses it.
  for (const op of weightedOps(network)) requireWeightRange(op, prune?.masks.get(op.name), config.weightBits);
  const inspection = inspectNetwork(network, config, prune);
  for (const line of withTarget(target, args['json'] === true, inspection, inspectTable)) shell.print(line);
}

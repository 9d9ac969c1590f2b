// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel prune`. */
import type { Argv } from 'yargs';
import { addCalibrationOptions, readCalibrationOptions, type CalibrationOptions } from './calibration-option.js';
import { addKeepOptions, readKeep, type KeepChoice } from './keep-option.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const NETWORK = 'Network:';
const OUTPUT = 'Output:';
const CONSTRAINTS = ['balanced', 'unconstrained'] as const;

export interface PruneCommandOptions extends CalibrationOptions {
  readonly model: string;
  readonly keep: KeepChoice;
  /** Of the array, as they were typed. */
  readonly group: string | undefined;
  readonly pes: string | undefined;
  readonly constraint: (typeof CONSTRAINTS)[number];
  readonly out: string | undefined;
  readonly force: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

export const addPruneOptions = (argv: Argv): Argv =>
  addCalibrationOptions(addKeepOptions(argv.positional('model', { type: 'string', describe: 'ONNX or TFLite file of float32' })))
    .option('group', { type: 'string', requiresArg: true, group: NETWORK, describe: 'G: input channels that form a group [8]' })
    .option('pes', { type: 'string', requiresArg: true, group: NETWORK, describe: 'P: PEs of the array, whose filters share a pattern where a constraint says tile [16]' })
    .option('constraint', { type: 'string', requiresArg: true, group: NETWORK, describe: 'balanced, or unconstrained: as many weights a layer, anywhere [balanced]' })
    .option('out', { alias: 'o', type: 'string', requiresArg: true, group: OUTPUT, describe: 'output folder [pruned/NETWORK]' })
    .option('force', { type: 'boolean', default: false, group: OUTPUT, describe: 'overwrite files that were edited or that gen-accel did not write' })
    .option('check', { type: 'boolean', default: false, group: OUTPUT, describe: 'write nothing; exit 1 when the folder is not what would be written' })
    .option('json', { type: 'boolean', default: false, group: OUTPUT, describe: 'print one JSON object instead of the table' })
    .parserConfiguration({ 'camel-case-expansion': false })
    .example('gen-accel prune net.onnx --keep 2', 'model.onnx, masks.safetensors and prune.json in pruned/net')
    .example('gen-accel prune net.onnx --keep 2 --keep conv2d_2=4 -o sparse', 'another K for one layer')
    .example('gen-accel prune net.onnx --channels 0.5 --prune balanced:4/8', 'half of the channels, and half of the weights that are left')
    .example('gen-accel prune net.onnx --keep 2 --method second-order --calibration train', 'weights that stay are fitted to what the layers do') as unknown as Argv;

/** @throws UsageError */
export function readPruneOptions(args: Args): PruneCommandOptions {
  const model = oneValue(args, 'model');
  if (model === undefined || model.trim() === '') throw new UsageError('no model is named', 'Name an .onnx or .tflite file of float32.');
  const keep = readKeep(args);
  if (keep === undefined) throw new UsageError('prune needs --keep, --prune, --channels or a target', 'Add --keep 2, or --target-sparsity 0.7.');
  const word = oneValue(args, 'constraint');
  const constraint = CONSTRAINTS.find((one) => one === (word ?? 'balanced'));
  if (constraint === undefined) throw new UsageError(`--constraint ${word} is none of ${CONSTRAINTS.join(', ')}`, 'Use --constraint balanced.');
  const calibration = readCalibrationOptions(args);
  if (calibration.calibration !== undefined && keep.method.needs === 'weights' && keep.target === undefined) throw new UsageError(`--method ${keep.method.name} looks at weights alone`, 'Leave out --calibration, or add --method second-order.');
  return { ...calibration, model, keep, group: oneValue(args, 'group'), pes: oneValue(args, 'pes'), constraint, out: pathValue(args, 'out'), force: args['force'] === true, check: args['check'] === true, json: args['json'] === true };
}

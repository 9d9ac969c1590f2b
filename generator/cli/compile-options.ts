// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel compile`. */
import type { Argv } from 'yargs';
import { addCalibrationOptions, readCalibrationOptions, type CalibrationOptions } from './calibration-option.js';
import { addConfigOptions } from './config-options.js';
import { addKeepOptions, readKeep, type KeepChoice } from './keep-option.js';
import { readModelName } from './model-option.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const OUTPUT = 'Output:';
const CONSTRAINTS = ['balanced', 'unconstrained'] as const;

export interface CompileCommandOptions extends CalibrationOptions {
  /** A .tflite or .onnx file, or `synthetic`. */
  readonly model: string;
  /** Undefined: dense. */
  readonly keep: KeepChoice | undefined;
  readonly constraint: (typeof CONSTRAINTS)[number];
  readonly out: string | undefined;
  readonly force: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

export const addCompileOptions = (argv: Argv): Argv =>
  addConfigOptions(
    addKeepOptions(addCalibrationOptions(argv.positional('model', { type: 'string', describe: 'TFLite or ONNX file (int8, or float with --calibration), or "synthetic": the shape of ResNet-8 with random weights' })))
      .option('constraint', { type: 'string', requiresArg: true, group: 'Network:', describe: 'balanced, or unconstrained: as many weights a layer, anywhere [balanced]' })
      .option('out', { alias: 'o', type: 'string', requiresArg: true, group: OUTPUT, describe: 'output folder [compiled/NETWORK]' })
      .option('force', { type: 'boolean', default: false, group: OUTPUT, describe: 'overwrite files that were edited or that gen-accel did not write' })
      .option('check', { type: 'boolean', default: false, group: OUTPUT, describe: 'write nothing; exit 1 when the folder is not what would be written' })
      .option('json', { type: 'boolean', default: false, group: OUTPUT, describe: 'print one JSON object instead of the summary' })
      .example('gen-accel compile net.tflite', 'image, layout, listing and C sources for 16 PEs and groups of 8')
      .example('gen-accel compile net.tflite --keep existing -o firmware/net', 'a pruned checkpoint with the zeros that it has')
      .example('gen-accel compile net.tflite --pes 64 --bus 128 --keep 2', 'pruned to 2 weights of 8, for another core'),
  ) as unknown as Argv;

/** @throws UsageError */
export function readCompileOptions(args: Args): CompileCommandOptions {
  const keep = readKeep(args);
  const word = oneValue(args, 'constraint');
  const constraint = CONSTRAINTS.find((one) => one === (word ?? 'balanced'));
  if (constraint === undefined) throw new UsageError(`--constraint ${word} is none of ${CONSTRAINTS.join(', ')}`, 'Use --constraint balanced.');
  if (constraint === 'unconstrained' && keep === undefined) throw new UsageError('--constraint unconstrained needs --keep', 'Add --keep 2.');
  return { ...readCalibrationOptions(args), model: readModelName(args), keep, constraint, out: pathValue(args, 'out'), force: args['force'] === true, check: args['check'] === true, json: args['json'] === true };
}

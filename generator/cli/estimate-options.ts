// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel estimate`. */
import type { Argv } from 'yargs';
import { DEFAULT_LATENCY } from '../estimate/units.js';
import { addCalibrationOptions, readCalibrationOptions, type CalibrationOptions } from './calibration-option.js';
import { addConfigOptions } from './config-options.js';
import { addKeepOptions, readKeep, type KeepChoice } from './keep-option.js';
import { readModelName } from './model-option.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const [LEAST_LATENCY, MOST_LATENCY] = [3, 1000];
const MOST_IMAGES = 256;
const CONSTRAINTS = ['balanced', 'unconstrained'] as const;

export interface EstimateCommandOptions extends CalibrationOptions {
  /** A .tflite or .onnx file, or `synthetic`. */
  readonly model: string;
  /** Undefined: dense. */
  readonly keep: KeepChoice | undefined;
  readonly constraint: (typeof CONSTRAINTS)[number];
  /** Images that a run computes. */
  readonly batch: number;
  readonly latency: number;
  readonly svg: string | undefined;
  readonly json: boolean;
}

export const addEstimateOptions = (argv: Argv): Argv =>
  addConfigOptions(
    addKeepOptions(addCalibrationOptions(argv.positional('model', { type: 'string', describe: 'TFLite or ONNX file (int8, or float with --calibration), or "synthetic": the shape of ResNet-8 with random weights' })))
      .option('constraint', { type: 'string', requiresArg: true, group: 'Network:', describe: 'balanced, or unconstrained: as many weights a layer, anywhere [balanced]' })
      .option('batch', { type: 'string', requiresArg: true, group: 'Network:', describe: 'images that a program computes; the figures are of all of them [1]' })
      .option('memory-latency', { type: 'string', requiresArg: true, group: 'Memory:', describe: `cycles from an address to its first data, ${LEAST_LATENCY} to ${MOST_LATENCY} [${DEFAULT_LATENCY}]` })
      .option('svg', { type: 'string', requiresArg: true, group: 'Output:', describe: 'write the roofline as a drawing to this file' })
      .option('json', { type: 'boolean', default: false, group: 'Output:', describe: 'print one JSON object instead of the table' })
      .example('gen-accel estimate net.tflite', 'cycles, limits and traffic of every layer on 16 PEs')
      .example('gen-accel estimate net.tflite --keep 2 --pes 64 --bus 128', 'pruned, on another core')
      .example('gen-accel estimate net.tflite --memory-latency 40 --svg roofline.svg', 'a slower memory; the roofline as a drawing'),
  ) as unknown as Argv;

/** @throws UsageError */
export function readEstimateOptions(args: Args): EstimateCommandOptions {
  const keep = readKeep(args);
  const word = oneValue(args, 'constraint');
  const constraint = CONSTRAINTS.find((one) => one === (word ?? 'balanced'));
  if (constraint === undefined) throw new UsageError(`--constraint ${word} is none of ${CONSTRAINTS.join(', ')}`, 'Use --constraint balanced.');
  if (constraint === 'unconstrained' && keep === undefined) throw new UsageError('--constraint unconstrained needs --keep', 'Add --keep 2.');
  const latency = oneValue(args, 'memory-latency') ?? String(DEFAULT_LATENCY);
  if (!/^[0-9]{1,6}$/.test(latency) || Number(latency) < LEAST_LATENCY || Number(latency) > MOST_LATENCY) {
    throw new UsageError(`--memory-latency ${latency} is no whole number from ${LEAST_LATENCY} to ${MOST_LATENCY}`, `Use --memory-latency ${DEFAULT_LATENCY}.`);
  }
  const batch = oneValue(args, 'batch') ?? '1';
  if (!/^[0-9]{1,3}$/.test(batch) || Number(batch) < 1 || Number(batch) > MOST_IMAGES) throw new UsageError(`--batch ${batch} is no whole number from 1 to ${MOST_IMAGES}`, 'Use --batch 1.');
  return { ...readCalibrationOptions(args), batch: Number(batch), model: readModelName(args), keep, constraint, latency: Number(latency), svg: pathValue(args, 'svg'), json: args['json'] === true };
}

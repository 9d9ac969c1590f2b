// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel sim`: their help, their checks, and a command line made of them again. */
import type { Argv } from 'yargs';
import { PARAMETERS } from '../arch/parameters.js';
import { addCalibrationOptions, CALIBRATION_FLAGS, readCalibrationOptions, type CalibrationOptions } from './calibration-option.js';
import { addConfigOptions } from './config-options.js';
import { addKeepOptions, KEEP_LISTS, readKeep, type KeepChoice } from './keep-option.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { TARGET_OPTIONS } from './target-option.js';
import { CHANNEL_LISTS } from './channel-option.js';
import { UsageError } from './usage-error.js';

export interface SimOptions extends CalibrationOptions {
  /** A .tflite or .onnx file, or `synthetic`. */
  readonly model: string;
  readonly images: string | undefined;
  readonly count: number;
  readonly skip: number;
  /** Images that a program computes. */
  readonly batch: number;
  /** Undefined: dense. */
  readonly keep: KeepChoice | undefined;
  readonly constraint: 'balanced' | 'unconstrained';
  readonly simulator: 'icarus' | 'verilator';
  readonly seed: number;
  readonly latency: number;
  readonly stall: number;
  readonly layer: string | undefined;
  readonly rows: boolean;
  readonly dense: boolean;
  readonly compareUnconstrained: boolean;
  readonly fault: string | undefined;
  readonly trace: { readonly format: 'fst' | 'vcd'; readonly file: string | undefined; readonly from: number; readonly to: number | undefined } | undefined;
  readonly json: boolean;
}

const MEMORY = 'Memory and simulator:';
const RUNS = 'Runs:';
const OUTPUT = 'Output:';

export const addSimOptions = (argv: Argv): Argv =>
  addConfigOptions(
    addKeepOptions(addCalibrationOptions(argv
      .positional('model', { type: 'string', default: 'synthetic', describe: 'TFLite or ONNX file (int8, or float with --calibration), or "synthetic": the shape of ResNet-8 with random weights' })
      .option('images', { type: 'string', requiresArg: true, group: 'Network:', describe: 'file or folder: PNG, JPEG, BMP, IDX, CIFAR-10 records (.bin), .npy, raw int8 [one seeded input]' })
      .option('count', { type: 'string', requiresArg: true, group: 'Network:', describe: 'images to run [1]' })
      .option('batch', { type: 'string', requiresArg: true, group: 'Network:', describe: 'images that a program computes: pixels of fully connected layers, over all lanes [1]' })
      .option('skip', { type: 'string', requiresArg: true, group: 'Network:', describe: 'images to pass over first [0]' })))
      .option('constraint', { type: 'string', requiresArg: true, group: 'Network:', describe: 'balanced, or unconstrained: as many weights a layer, anywhere [balanced]' })
      .option('simulator', { type: 'string', requiresArg: true, group: MEMORY, describe: 'verilator or icarus [verilator]' })
      .option('latency', { type: 'string', requiresArg: true, group: MEMORY, describe: 'cycles from an address to its first data, 3 to 1000 [20]' })
      .option('stall', { type: 'string', requiresArg: true, group: MEMORY, describe: 'per cent of cycles in which a bus channel stalls, 0 to 90 [0]' })
      .option('seed', { type: 'string', requiresArg: true, group: MEMORY, describe: 'of synthetic weights, the seeded input, memory and initial state [1]' })
      .option('layer', { type: 'string', requiresArg: true, group: RUNS, describe: 'only this layer, alone, on golden input' })
      .option('rows', { type: 'boolean', default: true, group: RUNS, describe: 'also one program a layer, for the cycles of the rows' })
      .option('dense', { type: 'boolean', default: true, group: RUNS, describe: 'also the dense network on one image, for the speed-up' })
      .option('compare-unconstrained', { type: 'boolean', default: false, group: RUNS, describe: 'also unconstrained pruning of the same density on one image' })
      .option('fault', { type: 'string', requiresArg: true, group: RUNS, describe: 'flip a bit of this layer\'s first weight in memory: the comparison must fail' })
      .option('trace', { type: 'string', requiresArg: true, group: OUTPUT, describe: 'waveforms of the network (or of --layer): fst or vcd' })
      .option('trace-file', { type: 'string', requiresArg: true, group: OUTPUT, describe: 'their file [NETWORK[-LAYER].fst]' })
      .option('trace-from', { type: 'string', requiresArg: true, group: OUTPUT, describe: 'first cycle of the simulation that is recorded [0]' })
      .option('trace-to', { type: 'string', requiresArg: true, group: OUTPUT, describe: 'the cycle after the last [the end]' })
      .option('json', { type: 'boolean', default: false, group: OUTPUT, describe: 'print one JSON object instead of the table' })
      .example('gen-accel sim', 'the synthetic network, dense, in Verilator')
      .example('gen-accel sim net.tflite --images photos.bin --keep 2', 'a photo, pruned to 2 weights of 8')
      .example('gen-accel sim float.tflite --calibration train', 'a float network, quantized first')
      .example('gen-accel sim --pes 8 --simulator icarus --json', 'other hardware and simulator, for a script')
      .example('gen-accel sim net.tflite --layer conv2d_2 --trace fst', 'waveforms of a layer'),
  ) as unknown as Argv;

function integer(args: Args, flag: string, min: number, max: number): number | undefined {
  const value = oneValue(args, flag);
  if (value === undefined) return undefined;
  const number = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) throw new UsageError(`--${flag} ${value} is not an integer from ${min} to ${max}`, `Use --${flag} ${min}.`);
  return number;
}

function choice<T extends string>(args: Args, flag: string, choices: readonly [T, ...T[]]): T | undefined {
  const value = oneValue(args, flag);
  const found = choices.find((one) => one === value);
  if (value !== undefined && found === undefined) throw new UsageError(`--${flag} ${value} is none of ${choices.join(', ')}`, `Use --${flag} ${choices[0]}.`);
  return found;
}

const MAX = 2 ** 31 - 1;

/** @throws UsageError */
export function readSimOptions(args: Args): SimOptions {
  const format = choice(args, 'trace', ['fst', 'vcd']);
  const [file, from, to] = [pathValue(args, 'trace-file'), integer(args, 'trace-from', 0, MAX), integer(args, 'trace-to', 1, MAX)];
  if (format === undefined && (file ?? from ?? to) !== undefined) throw new UsageError('--trace-file, --trace-from and --trace-to belong to --trace', 'Add --trace fst.');
  if (to !== undefined && to <= (from ?? 0)) throw new UsageError(`--trace-to ${to} is not after --trace-from ${from ?? 0}`, 'Choose a later end.');
  const model = oneValue(args, 'model') ?? 'synthetic';
  if (model.trim() === '') throw new UsageError('the model is empty', 'Name a .tflite or .onnx file, or leave it out for the synthetic network.');
  const images = pathValue(args, 'images');
  const keep = readKeep(args);
  const constraint = choice(args, 'constraint', ['balanced', 'unconstrained']);
  const compareUnconstrained = args['compare-unconstrained'] === true;
  const flag = compareUnconstrained ? '--compare-unconstrained' : constraint === 'unconstrained' ? '--constraint unconstrained' : undefined;
  if (keep === undefined && flag !== undefined) throw new UsageError(`${flag} needs --keep`, 'Add --keep 2.');
  return {
    ...readCalibrationOptions(args),
    model,
    images,
    count: integer(args, 'count', 1, MAX) ?? 1,
    skip: integer(args, 'skip', 0, MAX) ?? 0,
    batch: integer(args, 'batch', 1, 256) ?? 1,
    keep,
    constraint: constraint ?? 'balanced',
    simulator: choice(args, 'simulator', ['verilator', 'icarus']) ?? 'verilator',
    seed: integer(args, 'seed', 1, MAX) ?? 1,
    latency: integer(args, 'latency', 3, 1000) ?? 20,
    stall: integer(args, 'stall', 0, 90) ?? 0,
    layer: oneValue(args, 'layer'),
    rows: args['rows'] !== false,
    dense: args['dense'] !== false,
    compareUnconstrained,
    fault: oneValue(args, 'fault'),
    trace: format === undefined ? undefined : { format, file, from: from ?? 0, to },
    json: args['json'] === true,
  };
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export interface LayerCommand {
  readonly run: 'layers' | 'network' | 'dense' | 'unconstrained';
  readonly image: number;
  readonly layer: string;
  readonly window: readonly [from: number, to: number];
}

/** The command that simulates one layer alone on golden input, with a trace window, under the same options. */
export function layerCommand(args: Args, { run, image, layer, window: [from, to] }: LayerCommand): string {
  const words = ['gen-accel', 'sim', String(args['model'] ?? 'synthetic')];
  const copied = [...PARAMETERS.map((spec) => spec.flag), 'config', 'simulator', 'latency', 'stall', 'seed', 'fault', ...CALIBRATION_FLAGS, ...TARGET_OPTIONS, ...CHANNEL_LISTS];
  for (const flag of copied) if (args[flag] !== undefined) words.push(`--${flag}`, String(args[flag]));
  if (args['images'] !== undefined) words.push('--images', String(args['images']));
  if (image > 0) words.push('--skip', String(image));
  if (run !== 'dense') {
    for (const flag of KEEP_LISTS) for (const value of (args[flag] as string[] | undefined) ?? []) words.push(`--${flag}`, value);
    if (args['method'] !== undefined) words.push('--method', String(args['method']));
    if (args['reprune'] === true) words.push('--reprune');
    const constraint = run === 'unconstrained' ? run : args['constraint'];
    if (constraint !== undefined) words.push('--constraint', String(constraint));
  }
  words.push('--layer', layer, '--trace', 'fst', '--trace-from', String(from), '--trace-to', String(to));
  return words.map(quote).join(' ');
}

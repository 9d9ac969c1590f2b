// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel compare`. */
import type { Argv } from 'yargs';
import { addCalibrationOptions, readCalibrationOptions, type CalibrationOptions } from './calibration-option.js';
import { addConfigOptions } from './config-options.js';
import { METHODS } from './keep-option.js';
import { readModelName } from './model-option.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const [ROWS, SCORING, HARDWARE, OUTPUT] = ['Rows:', 'Scoring:', 'Hardware:', 'Output:'];
const MAX = 2 ** 31 - 1;

export interface Retrained {
  /** The row that it is of. */
  readonly spec: string;
  readonly file: string;
}

export interface CompareOptions extends CalibrationOptions {
  readonly model: string;
  readonly images: string;
  /** Undefined: all behind `skip`. */
  readonly count: number | undefined;
  readonly skip: number;
  /** Undefined: the default rows. */
  readonly rows: readonly string[] | undefined;
  readonly retrained: readonly Retrained[];
  /** Undefined: second-order for a float model, magnitude for an int8 one. */
  readonly method: (typeof METHODS)[number] | undefined;
  /** Of --weight-bits, as they were typed. */
  readonly widths: readonly string[];
  readonly within: number;
  readonly rtl: number;
  readonly latency: number;
  readonly simulator: 'icarus' | 'verilator';
  readonly seed: number;
  readonly synth: boolean;
  readonly yosys: string | undefined;
  readonly cache: string | undefined;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

export const addCompareOptions = (argv: Argv): Argv =>
  addConfigOptions(addCalibrationOptions(argv.positional('model', { type: 'string', describe: 'ONNX or TFLite file, float or int8' })))
    .option('rows', { type: 'string', array: true, requiresArg: true, group: ROWS, describe: 'dense, channels:0.5, any constraint of --prune, a constraint on hardware by model: unconstrained:2/8,fifo:4 or ,ordered; repeatable [all families]' })
    .option('retrained', { type: 'string', array: true, requiresArg: true, group: ROWS, describe: 'SPEC=FILE: a retrained model whose zeros SPEC allows; repeatable' })
    .option('method', { type: 'string', requiresArg: true, group: ROWS, describe: `how weights are chosen: ${METHODS.map(({ name }) => name).join(', ')} [second-order; int8 models: magnitude]` })
    .option('within', { type: 'string', requiresArg: true, group: ROWS, describe: 'points of loss that count as equal accuracy [1]' })
    .option('images', { type: 'string', requiresArg: true, group: SCORING, describe: 'labelled images that are scored; never those of --calibration' })
    .option('count', { type: 'string', requiresArg: true, group: SCORING, describe: 'images to score [all]' })
    .option('skip', { type: 'string', requiresArg: true, group: SCORING, describe: 'images to pass over first [0]' })
    .option('rtl', { type: 'string', requiresArg: true, group: HARDWARE, describe: 'images that every row runs on the generated Verilog; 0: law and estimate alone [1]' })
    .option('latency', { type: 'string', requiresArg: true, group: HARDWARE, describe: 'of the memory: cycles from an address to its first data, 3 to 1000 [20]' })
    .option('simulator', { type: 'string', requiresArg: true, group: HARDWARE, describe: 'verilator or icarus [verilator]' })
    .option('seed', { type: 'string', requiresArg: true, group: HARDWARE, describe: 'of the pixels that pruning samples, and of the memory [1]' })
    .option('synth', { type: 'boolean', default: true, group: HARDWARE, describe: 'LUTs of the index decoders by Yosys' })
    .option('yosys', { type: 'string', requiresArg: true, group: HARDWARE, describe: 'a native Yosys, which is faster [the embedded one]' })
    .option('out', { type: 'string', alias: 'o', requiresArg: true, group: OUTPUT, describe: 'folder of compare.json, compare.md and the plots [compared/NETWORK]' })
    .option('cache', { type: 'string', requiresArg: true, group: OUTPUT, describe: 'folder of measured rows, from which a stopped run goes on [OUT/build]' })
    .option('force', { type: 'boolean', default: false, group: OUTPUT, describe: 'overwrite files that gen-accel did not write or that were edited' })
    .option('json', { type: 'boolean', default: false, group: OUTPUT, describe: 'print the JSON object instead of the table' })
    .example('gen-accel compare net.onnx --calibration train.bin --images dev.bin', 'every family, second-order, on 16 PEs')
    .example('gen-accel compare net.tflite --images dev.bin --rows dense balanced:2/8 --rtl 0', 'two rows of an int8 model, without simulation')
    .example("gen-accel compare net.onnx --calibration train.bin --images dev.bin --retrained balanced:2/8=better.onnx", 'a retrained model beside them') as unknown as Argv;

function integer(args: Args, flag: string, min: number, max: number): number | undefined {
  const value = oneValue(args, flag);
  if (value === undefined) return undefined;
  const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) throw new UsageError(`--${flag} ${value} is not an integer from ${min} to ${max}`, `Use --${flag} ${min}.`);
  return number;
}

function retrainedOf(value: string): Retrained {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1) throw new UsageError(`--retrained ${value} is not SPEC=FILE`, 'Use --retrained balanced:2/8=retrained.onnx.');
  return { spec: value.slice(0, at), file: value.slice(at + 1) };
}

/** @throws UsageError */
export function readCompareOptions(args: Args): CompareOptions {
  const model = readModelName(args);
  const images = pathValue(args, 'images');
  if (images === undefined) throw new UsageError('compare needs images to score', 'Add --images FILE_OR_FOLDER with labels, none of them in --calibration.');
  const word = oneValue(args, 'method');
  const method = METHODS.find(({ name }) => name === word);
  if (word !== undefined && method === undefined) throw new UsageError(`--method ${word} is none of ${METHODS.map(({ name }) => name).join(', ')}`, 'Use --method second-order.');
  const withinText = oneValue(args, 'within') ?? '1';
  if (!/^\d{1,3}(\.\d{1,6})?$/.test(withinText)) throw new UsageError(`--within ${withinText} is no number of points`, 'Use --within 1.');
  const simulator = oneValue(args, 'simulator') ?? 'verilator';
  if (simulator !== 'verilator' && simulator !== 'icarus') throw new UsageError(`--simulator ${simulator} is none of verilator, icarus`, 'Use --simulator verilator.');
  const widths = (oneValue(args, 'weight-bits') ?? '8').split(',');
  if (new Set(widths).size < widths.length) throw new UsageError(`--weight-bits ${widths.join(',')} names a width twice`, 'Use --weight-bits 8,4.');
  const rows = args['rows'] as readonly string[] | undefined;
  const twice = rows?.find((row, i) => rows.indexOf(row) !== i);
  if (twice !== undefined) throw new UsageError(`--rows ${twice} was given twice`, 'Give it once.');
  return {
    ...readCalibrationOptions(args), model, images, count: integer(args, 'count', 1, MAX), skip: integer(args, 'skip', 0, MAX) ?? 0,
    rows, retrained: ((args['retrained'] as readonly string[] | undefined) ?? []).map(retrainedOf), method, widths,
    within: Number(withinText), rtl: integer(args, 'rtl', 0, MAX) ?? 1, latency: integer(args, 'latency', 3, 1000) ?? 20, simulator, seed: integer(args, 'seed', 1, MAX) ?? 1,
    synth: args['synth'] !== false, yosys: pathValue(args, 'yosys'), cache: pathValue(args, 'cache'), out: pathValue(args, 'out'), force: args['force'] === true, json: args['json'] === true,
  };
}

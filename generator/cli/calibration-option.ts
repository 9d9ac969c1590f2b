// SPDX-License-Identifier: Apache-2.0
/** Owns the options that say what a float network is calibrated on and how pixels become numbers. */
import type { Argv } from 'yargs';
import { RESIZE_METHODS, type ResizeMethod } from '../import/pixel-image.js';
import { INT8_PIXELS, REAL_PIXELS, type PixelMeaning } from '../import/pixel-values.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const NETWORK = 'Network:';
const MEANINGS: readonly PixelMeaning[] = [...REAL_PIXELS, ...INT8_PIXELS];
/** More change the ranges little and cost a float run each. */
const DEFAULT_COUNT = 200;

/** How pictures are read, for calibration and for --images alike. */
export interface PixelOptions {
  /** Undefined: `value` for a float network, `shift` for an int8 one. */
  readonly pixels: PixelMeaning | undefined;
  readonly resize: ResizeMethod | undefined;
  /** What is taken off the real value of each channel, and what it is divided by; undefined: 0 and 1. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  /** Undefined: red, green, blue. */
  readonly channelOrder?: ChannelOrder | undefined;
}

const CHANNEL_ORDERS = ['rgb', 'bgr'] as const;
type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

export interface CalibrationOptions extends PixelOptions {
  /** File or folder of images. */
  readonly calibration: string | undefined;
  readonly calibrationCount: number;
  /** Width of a weight on the core that the network is quantized for (default 8). */
  readonly weightBits?: number;
}

export const addCalibrationOptions = (argv: Argv): Argv =>
  argv
    .option('calibration', { type: 'string', requiresArg: true, group: NETWORK, describe: 'file or folder of images that a float network is quantized with; never those that are scored' })
    .option('calibration-count', { type: 'string', requiresArg: true, group: NETWORK, describe: `the first images of it that are used [${DEFAULT_COUNT}]` })
    .option('pixels', { type: 'string', requiresArg: true, group: NETWORK, describe: 'meaning of a pixel x: value, unit (x / 255), signed (x / 127.5 - 1); for int8 networks also shift (int8 x - 128) and bytes [value; int8: shift]' })
    .option('resize', { type: 'string', requiresArg: true, group: NETWORK, describe: 'bring pictures to the size of the input: nearest or bilinear [refuse other sizes]' })
    .option('mean', { type: 'string', requiresArg: true, group: NETWORK, describe: 'taken off the real value of a pixel: one number, or one a channel, as 0.485,0.456,0.406 [0]' })
    .option('std', { type: 'string', requiresArg: true, group: NETWORK, describe: 'what the rest is divided by, written alike [1]' })
    .option('channel-order', { type: 'string', requiresArg: true, group: NETWORK, describe: 'rgb or bgr; --mean and --std are in this order [rgb]' }) as unknown as Argv;

/** The options' names, for a command line that repeats them. */
export const CALIBRATION_FLAGS = ['calibration', 'calibration-count', 'pixels', 'resize', 'mean', 'std', 'channel-order'] as const;

function choice<T extends string>(args: Args, flag: string, choices: readonly T[]): T | undefined {
  const value = oneValue(args, flag);
  const found = choices.find((one) => one === value);
  if (value !== undefined && found === undefined) throw new UsageError(`--${flag} ${value} is none of ${choices.join(', ')}`, `Use --${flag} ${choices[0] ?? ''}.`);
  return found;
}

/** Numbers between commas. @throws UsageError */
function numbers(args: Args, flag: string, example: string, isFit: (value: number) => boolean): readonly number[] | undefined {
  const text = oneValue(args, flag);
  const values = text?.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (values?.every((value) => Number.isFinite(value) && isFit(value)) === false) throw new UsageError(`--${flag} ${text ?? ''} is no list of numbers${isFit(0) ? '' : ' above 0'}`, `Use --${flag} ${example}.`);
  return values;
}

/** @throws UsageError */
export function readCalibrationOptions(args: Args): CalibrationOptions {
  const calibration = pathValue(args, 'calibration');
  const count = oneValue(args, 'calibration-count');
  if (count !== undefined && !(/^[0-9]{1,9}$/.test(count) && Number(count) > 0)) throw new UsageError(`--calibration-count ${count} is not an integer from 1`, `Use --calibration-count ${DEFAULT_COUNT}.`);
  if (count !== undefined && calibration === undefined) throw new UsageError('--calibration-count needs --calibration', 'Name the images with --calibration.');
  return {
    calibration, calibrationCount: count === undefined ? DEFAULT_COUNT : Number(count),
    pixels: choice(args, 'pixels', MEANINGS), resize: choice(args, 'resize', RESIZE_METHODS),
    mean: numbers(args, 'mean', '0.485,0.456,0.406', () => true), std: numbers(args, 'std', '0.229,0.224,0.225', (value) => value > 0), channelOrder: choice(args, 'channel-order', CHANNEL_ORDERS),
  };
}

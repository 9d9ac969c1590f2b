// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel pnr`. */
import type { Argv } from 'yargs';
import { DEVICES, PNR_TARGETS, SPEED_GRADES, type PnrTarget, type SpeedGrade } from '../../sim/pnr/devices.js';
import { addConfigOptions } from './config-options.js';
import { oneValue, pathValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

export interface PnrChoice {
  readonly target: PnrTarget;
  readonly device: string;
  readonly speed: SpeedGrade;
  readonly seed: number;
  readonly frequencyMhz: number;
  /** Module name without prefix; undefined: the whole core. */
  readonly block: string | undefined;
  readonly yosys: string | undefined;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

const GROUP = 'Place and route:';
const OUTPUT = 'Output:';
const devices = PNR_TARGETS.map((target) => `${target}: ${Object.keys(DEVICES[target]).join(', ')}`).join('; ');

export const addPnrOptions = (argv: Argv): Argv =>
  addConfigOptions(argv)
    .option('target', { type: 'string', requiresArg: true, group: GROUP, describe: `${PNR_TARGETS.join(', ')} [ecp5]` })
    .option('device', { type: 'string', requiresArg: true, group: GROUP, describe: `${devices} [the first one]` })
    .option('speed', { type: 'string', requiresArg: true, group: GROUP, describe: `speed grade of ecp5: ${SPEED_GRADES.join(', ')} [6]` })
    .option('seed', { type: 'string', requiresArg: true, group: GROUP, describe: 'of the placer; clocks differ by some per cent [1]' })
    .option('freq', { type: 'string', requiresArg: true, group: GROUP, describe: 'MHz to work towards; a slower result is no error [by device]' })
    .option('block', { type: 'string', requiresArg: true, group: GROUP, describe: 'a module of the design alone, without prefix; array: pe_array [core]' })
    .option('yosys', { type: 'string', requiresArg: true, group: GROUP, describe: 'a native Yosys, which is faster [the embedded one]' })
    .option('out', { type: 'string', alias: 'o', requiresArg: true, group: OUTPUT, describe: 'folder for the shell, the netlist, report and logs [not kept]' })
    .option('force', { type: 'boolean', default: false, group: OUTPUT, describe: 'overwrite files that were edited or that gen-accel did not write' })
    .option('json', { type: 'boolean', default: false, group: OUTPUT, describe: 'print one JSON object instead of the table' })
    .example('gen-accel pnr --pes 16 --speed 8', 'the clock of 16 PEs on ECP5')
    .example('gen-accel pnr --target ice40 --device up5k --pes 8 --group 4 --block array', 'the array alone on UP5K')
    .example('gen-accel pnr --block pool_unit --out build/pool', 'one block; netlist and logs are kept') as unknown as Argv;

function choice<T extends string>(args: Args, flag: string, choices: readonly T[], fallback: T): T {
  const value = oneValue(args, flag) ?? fallback;
  const found = choices.find((one) => one === value);
  if (found === undefined) throw new UsageError(`--${flag} ${value} is none of ${choices.join(', ')}`, `Use --${flag} ${fallback}.`);
  return found;
}

function number(args: Args, flag: string, min: number, max: number, fallback: number): number {
  const value = oneValue(args, flag);
  if (value === undefined) return fallback;
  if (!(/^[0-9]+$/.test(value) && Number(value) >= min && Number(value) <= max)) throw new UsageError(`--${flag} ${value} is not an integer from ${min} to ${max}`, `Use --${flag} ${fallback}.`);
  return Number(value);
}

const SYNONYMS: Readonly<Record<string, string>> = { array: 'pe_array' };

/** @throws UsageError */
export function readPnrOptions(args: Args): PnrChoice {
  const target = choice(args, 'target', PNR_TARGETS, 'ecp5');
  const names = Object.keys(DEVICES[target]);
  const device = choice(args, 'device', names, names[0] as string);
  if (target !== 'ecp5' && args['speed'] !== undefined) throw new UsageError(`--speed belongs to --target ecp5, not ${target}`, 'Leave it out.');
  const block = oneValue(args, 'block');
  return {
    target, device,
    speed: choice(args, 'speed', SPEED_GRADES, '6'),
    seed: number(args, 'seed', 1, 2 ** 31 - 1, 1),
    frequencyMhz: number(args, 'freq', 1, 1000, DEVICES[target][device]?.frequencyMhz ?? 100),
    block: block === undefined ? undefined : (SYNONYMS[block] ?? block),
    yosys: pathValue(args, 'yosys'), out: pathValue(args, 'out'), force: args['force'] === true, json: args['json'] === true,
  };
}

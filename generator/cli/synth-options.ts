// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `gen-accel synth`. */
import type { Argv } from 'yargs';
import { SYNTH_TARGETS, type SynthTarget } from '../../sim/synth/script.js';
import { addConfigOptions } from './config-options.js';
import { UsageError } from './usage-error.js';

export const addSynthOptions = (argv: Argv): Argv =>
  addConfigOptions(argv)
    .option('target', { type: 'string', requiresArg: true, group: 'Synthesis:', describe: `${SYNTH_TARGETS.join(', ')} [xc7]` })
    .option('yosys', { type: 'string', requiresArg: true, group: 'Synthesis:', describe: 'a native Yosys, which is faster [the embedded one]' })
    .option('json', { type: 'boolean', default: false, group: 'Output:', describe: 'print one JSON object instead of the table' })
    .example('gen-accel synth --pes 16', 'cells of every block for Xilinx 7 series')
    .example('gen-accel synth --pes 16 --target generic --json', 'for no technology, for a script')
    .example('gen-accel synth --pes 16 --target ecp5', 'cells of every block for Lattice ECP5')
    .example('gen-accel synth --yosys /usr/bin/yosys', 'with a native Yosys') as unknown as Argv;

/** @throws UsageError */
export function readTarget(value: unknown): SynthTarget {
  const target = SYNTH_TARGETS.find((one) => one === (value ?? 'xc7'));
  if (target === undefined) throw new UsageError(`--target ${String(value)} is none of ${SYNTH_TARGETS.join(', ')}`, 'Use --target xc7.');
  return target;
}

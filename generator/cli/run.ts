// SPDX-License-Identifier: Apache-2.0
/** Owns the command line: which commands there are, how errors are printed, which exit code they have. */
import yargs from 'yargs';
import { GenAccelError } from '../core/errors.js';
import { printable } from '../core/text.js';
import { addGenerateOptions, runGenerate } from './commands/generate.js';
import { addInspectOptions, runInspect } from './commands/inspect.js';
import { addCompareOptions } from './compare-options.js';
import { addCompileOptions } from './compile-options.js';
import { addEstimateOptions } from './estimate-options.js';
import { InterruptedError } from './output-errors.js';
import type { Shell } from './shell.js';
import { addPnrOptions } from './pnr-options.js';
import { addPruneOptions } from './prune-options.js';
import { addSimOptions } from './sim-options.js';
import { addSynthOptions } from './synth-options.js';
import { UsageError } from './usage-error.js';
import { packageVersion } from './version.js';

const INTERRUPTED = 130;
const DEFECT = 3;

const HELP_COLUMNS = 110;

/** Runs one command line and returns its exit code: 0, 1 the user's input, 2 a tool, 3 a defect of gen-accel. */
export async function run(words: readonly string[], shell: Shell): Promise<number> {
  try {
    await command(words, shell);
    return 0;
  } catch (error) {
    const debug = words.includes('--debug');
    const complain = (text: string): void => shell.complain(printable(text));
    if (error instanceof GenAccelError) {
      complain(`gen-accel: ${error.message}`);
      if (debug) complain(String(error.cause ?? error.stack));
      return error instanceof InterruptedError ? INTERRUPTED : error.exitCode;
    }
    complain(`gen-accel: a defect: ${error instanceof Error ? error.message : String(error)}. Please report it with the command that you ran.`);
    if (debug && error instanceof Error) complain(String(error.stack));
    return DEFECT;
  }
}

async function command(words: readonly string[], shell: Shell): Promise<void> {
  let help = '';
  const parser = yargs([...words])
    .scriptName('gen-accel')
    .locale('en') // yargs would take the words of its own messages from LANG
    .usage('gen-accel [options]\n\nGenerates a sparse CNN accelerator as readable, synthesizable Verilog.')
    .command('$0', 'generate Verilog (the default)', addGenerateOptions, (args) => runGenerate(args, shell))
    .command('sim [model]', 'run a network on the generated Verilog, bit by bit', addSimOptions, async (args) => (await import('./commands/sim.js')).runSim(args, shell))
    .command('compile [model]', 'write program, memory image, listing and C sources of a network', addCompileOptions, async (args) => (await import('./commands/compile.js')).runCompile(args, shell))
    .command('prune [model]', 'prune a float network: ONNX and masks for a tool that trains', addPruneOptions, async (args) => (await import('./commands/prune.js')).runPrune(args, shell))
    .command('estimate [model]', 'the cycles that a network will take, layer by layer', addEstimateOptions, async (args) => (await import('./commands/estimate.js')).runEstimate(args, shell))
    .command('inspect [model]', 'what a model holds: shapes, zeros, cycles', addInspectOptions, (args) => runInspect(args, shell))
    .command('compare [model]', 'one network under every kind of pruning: accuracy, storage, cycles, logic', addCompareOptions, async (args) => (await import('./commands/compare.js')).runCompare(args, shell))
    .command('synth', 'synthesize it with Yosys: cells per block', addSynthOptions, async (args) => (await import('./commands/synth.js')).runSynth(args, shell))
    .command('pnr', 'place and route it with nextpnr: clock and slowest path', addPnrOptions, async (args) => (await import('./commands/pnr.js')).runPnr(args, shell))
    .example('gen-accel --pes 16 --group 8', '16 multipliers, groups of 8 activations')
    .example('gen-accel --pes 64 --lanes 4 --bus 128 --out hw/accel', '256 multipliers, another folder')
    .example('gen-accel --config accel.ts --prefix left', 'from a TypeScript file, modules named left_*')
    .example('gen-accel --pes 16 --group 8 --check', 'is the committed Verilog current?')
    .example('gen-accel sim net.tflite --keep 2', 'the network, pruned to 2 of 8, in Verilator')
    .example('gen-accel compile net.tflite --keep 2 -o firmware/net', 'what a processor needs to run it')
    .example('gen-accel estimate net.tflite --keep 2', 'its cycles, what bounds every layer, bytes moved')
    .example('gen-accel prune net.onnx --keep 2', 'pruned weights and masks, to retrain in PyTorch')
    .example('gen-accel inspect net.tflite', 'density, patterns of zeros and cycles of every layer')
    .example('gen-accel compare net.tflite --images dev', 'every kind of pruning side by side, with plots')
    .example('gen-accel synth --pes 16 --target xc7', 'LUTs, flip-flops, block RAMs and DSPs of every block')
    .example('gen-accel pnr --pes 16 --target ecp5 --speed 8', 'MHz, cells in use, the slowest path')
    .option('debug', { type: 'boolean', default: false, describe: 'show the stack of an error' })
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .wrap(HELP_COLUMNS)
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      // yargs words its own complaints; every other error comes from a command and passes.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError(message ?? error?.message ?? 'the command line could not be read');
    });
  await parser.parseAsync([...words], {}, (_error, _args, output) => {
    help = output;
  });
  if (help !== '') shell.print(help);
}

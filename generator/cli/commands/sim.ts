// SPDX-License-Identifier: Apache-2.0
/** `gen-accel sim`: runs a network on the generated Verilog, compares every bit with the golden model, reports a row a layer. */
import { resolve } from 'node:path';
import type { AccelConfig } from '../../arch/config.js';
import type { CompiledNetwork } from '../../compile/compiled-network.js';
import { lowerNetwork } from '../../compile/lower-network.js';
import { GenAccelError } from '../../core/errors.js';
import { opByName } from '../../graph/query.js';
import { isWeighted, type Network, type Op } from '../../graph/network.js';
import type { NetworkResult } from '../../report/network-result.js';
import { networkTable } from '../../report/network-table.js';
import { plural } from '../../report/plural.js';
import { withTarget } from '../../report/target-table.js';
import { findDecoder } from '../../blocks/index.js';
import { formatMismatch, layerOf, traceWindow } from '../../../sim/run/mismatch.js';
import { rtlOpener } from '../../../sim/run/rtl-array.js';
import { simulateNetwork, type Progress, type Simulation } from '../../../sim/run/simulate-network.js';
import { createSimulator, type TraceOptions } from '../../../sim/simulators/index.js';
import { answerTarget } from '../answer-target.js';
import { readAccelerator } from '../config-options.js';
import { pruneAsAsked } from '../keep-option.js';
import { loadTemplates } from '../load-templates.js';
import { InterruptedError } from '../output-errors.js';
import { createProgress } from '../progress.js';
import { readInputImages } from '../read-network.js';
import { readPruned } from '../read-pruned.js';
import type { Shell } from '../shell.js';
import { layerCommand, readSimOptions, type SimOptions } from '../sim-options.js';
import { UsageError } from '../usage-error.js';
import { packageVersion } from '../version.js';

/** E_BITS_DIFFER: the hardware and the golden model disagree, or the bus protocol was broken. */
export class BitsDifferError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy: string) {
    super('E_BITS_DIFFER', 'input', { where, found, expected, remedy });
  }
}

export async function runSim(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  // 1. What to run, on what.
  const asked = readSimOptions(args);
  const { config, indexDecoders, constraints } = await readAccelerator(args, shell.cwd);
  const { options, target } = await answerTarget(asked, { ...config, constraints }, shell, () => ({ config, indexFormat: findDecoder(config, indexDecoders).format, latency: asked.latency, batch: asked.batch }));
  const progress = createProgress(shell.progress);
  const loaded = readPruned(options, options.seed, shell, { ...config, constraints }, progress);
  const { network, prune } = loaded;
  const images = readInputImages(loaded, options, shell.cwd);
  for (const flag of ['layer', 'fault'] as const) if (options[flag] !== undefined) checkOnArray(network, options[flag], flag, config);

  // 2. The hardware.
  const simulator = createSimulator(options.simulator);
  const version = await simulator.version();
  const trace = traceOptions(network, options, shell.cwd);
  const open = rtlOpener({
    config, simulator,
    generate: { buildTop: shell.buildTop, indexDecoders, templates: loadTemplates(), version: packageVersion() },
    seed: options.seed,
    settings: { latency: options.latency, stall: options.stall },
    trace: trace === undefined ? undefined : { run: options.layer === undefined ? 'network' : 'layers', format: options.trace?.format ?? 'fst', options: trace },
    onLog: (line) => shell.complain(line),
  });

  // 3. The runs.
  progress.show({ done: 0, all: 1, phase: `building ${config.prefix} with ${options.simulator}` });
  let simulation: Simulation;
  try {
    simulation = await simulateNetwork({
      network, prune, config, images,
      indexFormat: findDecoder(config, indexDecoders).format,
      firstImage: options.skip, batch: options.batch,
      layer: options.layer, rows: options.rows, dense: options.dense,
      unconstrained: options.compareUnconstrained ? pruneAsAsked(network, options.keep, 'unconstrained', { ...config, constraints }) : undefined,
      tamper: options.fault === undefined ? undefined : flipWeight(options.fault),
      about: { simulator: version, memory: { latency: options.latency, stall: options.stall, seed: options.seed } },
      seed: options.seed, signal: shell.signal, open,
      onProgress: (step) => progress.show({ done: step.done, all: step.all, phase: phase(step, images.length), detail: `${images.length > 1 && step.run === 'network' ? `image ${step.image}, ` : ''}${step.layers.join(', ')}` }),
    });
  } catch (error) {
    if (shell.signal.aborted) throw new InterruptedError('simulation');
    throw error;
  } finally {
    progress.stop();
  }

  // 4. The report.
  const { result } = simulation;
  for (const line of withTarget(target, options.json, result, networkTable)) shell.print(line);
  if (trace !== undefined && !options.json) shell.print(`Waveforms: ${trace.file}`);
  if (!result.bitExact) throw failure(args, simulation);
}

/** A layer that can run alone begins a pass of the array; a fault needs weights. */
function checkOnArray(network: Network, name: string, flag: 'layer' | 'fault', config: AccelConfig): void {
  const op = opByName(network, name, `--${flag}`);
  const unit = lowerNetwork(network, undefined, config).units.find(({ ops }) => (ops as readonly Op[]).includes(op));
  const refuse = (what: string, remedy: string): never => { throw new UsageError(`--${flag} ${name}: ${op.kind} ${what}`, remedy); };
  if (unit?.kind === 'host') refuse('runs on the host', 'Choose a convolution or a fully connected layer.');
  if (unit?.kind === 'alias') refuse('is a matter of place in memory', 'Choose a convolution or a fully connected layer.');
  if (unit !== undefined && unit.ops[0] !== op) refuse(`is computed at the drain of ${unit.ops[0].name}`, `Use --${flag} ${unit.ops[0].name}.`);
  if (flag === 'fault' && !isWeighted(op)) refuse('has no weights', 'Choose a convolution or a fully connected layer.');
}

function traceOptions(network: Network, { trace, layer }: SimOptions, cwd: string): TraceOptions | undefined {
  if (trace === undefined) return undefined;
  const name = `${network.name}${layer === undefined ? '' : `-${layer}`}.${trace.format}`;
  return { file: resolve(cwd, trace.file ?? name), start: trace.from, ...(trace.to === undefined ? {} : { stop: trace.to }) };
}

/** A wrong bit where the layer's first weight lies: the sign of the weight of PE 0 in the first step. */
const flipWeight = (layer: string) => (compiled: CompiledNetwork): CompiledNetwork => {
  const image = compiled.image.slice();
  const address = layerOf(compiled, layer).weightAddress;
  image[address] = (image[address] as number) ^ (2 ** (compiled.config.weightBits - 1));
  return { ...compiled, image };
};

function phase({ run }: Progress, count: number): string {
  if (run === 'layers') return 'a program for every layer';
  if (run === 'network') return `the network, ${plural(count, 'image')}`;
  return `the ${run} network`;
}

function failure(args: Readonly<Record<string, unknown>>, { result, layers }: Simulation): BitsDifferError {
  const { mismatch, protocolViolations } = result;
  if (mismatch === null || layers === undefined) {
    return new BitsDifferError('bus', `${protocolViolations} protocol violations`, 'none', 'The lines that begin with CHECK name them.');
  }
  const error = new BitsDifferError(`layer ${mismatch.layer}`, `rtl ${mismatch.rtl}`, `golden ${mismatch.golden}`, '');
  const window = traceWindow(layerOf(layers, mismatch.layer), layers.config, mismatch, cyclesOf(result, mismatch.layer));
  const { run, image, layer } = mismatch;
  error.message = `${formatMismatch(mismatch)}\n  in ${RUN_TEXT[run]}, image ${image}; the layer alone, with waveforms:\n  ${layerCommand(args, { run, image, layer, window })}`;
  return error;
}

const RUN_TEXT = { layers: 'the run with a program for every layer', network: 'the run of the network', dense: 'the run of the dense network', unconstrained: 'the run of the unconstrained network' } as const;

const cyclesOf = ({ layers }: NetworkResult, name: string): number | undefined => layers.find((layer) => layer.name === name)?.cycles ?? undefined;

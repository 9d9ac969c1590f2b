// SPDX-License-Identifier: Apache-2.0
/** Owns a comparison from options to result: inputs, rows and tables for every weight width. */
import { join, resolve } from 'node:path';
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { findDecoder } from '../blocks/index.js';
import { comparisonTable } from '../compare/table.js';
import { comparisonSchema, type Comparison, type ComparisonTable, type MeasuredRow } from '../compare/result.js';
import { DEFAULT_ROWS, readRowSpec, type RowSpec } from '../compare/row-spec.js';
import { GenAccelError } from '../core/errors.js';
import { sha256, stableHash } from '../core/stable-hash.js';
import type { GenerateOptions } from '../generate/generate.js';
import { rightOf } from '../compare/paired-loss.js';
import { magnitude } from '../prune/methods/magnitude.js';
import { secondOrder } from '../prune/methods/second-order.js';
import { CONSTRAINT_KINDS } from '../prune/constraints/parse.js';
import { rtlDesign, rtlOpener } from '../../sim/run/rtl-array.js';
import { createSimulator } from '../../sim/simulators/index.js';
import { compareCache, sourceVersions } from './compare-cache.js';
import { cutChannels } from './compare-channels.js';
import { rowCommand } from './compare-command.js';
import { decoderCells } from './compare-decoders.js';
import { floatAnswers, readCompareInputs } from './compare-inputs.js';
import { denseSize, measureRow, preparedRow, type DenseSize, type MeasureContext, type RowRequest } from './compare-measure.js';
import type { CompareOptions } from './compare-options.js';
import { readRetrained } from './compare-retrained.js';
import { readAccelerator, type AcceleratorChoice } from './config-options.js';
import { interruptible } from './interruptible.js';
import { loadTemplates } from './load-templates.js';
import { InterruptedError } from './output-errors.js';
import type { Args } from './option-values.js';
import { createProgress } from './progress.js';
import type { Shell } from './shell.js';
import { UsageError } from './usage-error.js';
import { packageVersion } from './version.js';

export interface ComparisonRun {
  readonly comparison: Comparison;
  readonly folder: string;
}

/** Of the Verilog of core and testbench. */
function designHash(config: AccelConfig, generating: GenerateOptions): string {
  const { rtl, tb } = rtlDesign(config, generating);
  return stableHash([...rtl, ...tb]);
}

/** The rows that are measured: the dense one first, then those that are asked for, then retrained ones. */
function requestsOf(specs: readonly RowSpec[], dense: RowSpec, retrained: readonly RowRequest[]): RowRequest[] {
  const oneShot = specs.filter(({ text }) => text !== dense.text);
  return [dense, ...oneShot].map((spec): RowRequest => ({ spec, retrained: undefined })).concat(retrained);
}

/** @throws UsageError and every error of reading, pruning, compilation, simulation and synthesis */
export async function runComparison(options: CompareOptions, args: Args, shell: Shell): Promise<ComparisonRun> {
  // 1. Arrays, rows, inputs: everything that may be refused comes before anything that takes time.
  const arrays = await Promise.all(options.widths.map((bits) => readAccelerator({ ...args, 'weight-bits': bits }, shell.cwd)));
  const [first] = arrays as [AcceleratorChoice];
  const kinds = [...CONSTRAINT_KINDS, ...first.constraints];
  const context = { pes: first.config.pes, group: first.config.group };
  const read = (text: string, where: string): RowSpec => readRowSpec(text, { ...context, where }, kinds);
  const specs = (options.rows ?? DEFAULT_ROWS).map((text) => read(text, '--rows'));
  const retrainedSpecs = options.retrained.map(({ spec, file }) => ({ spec: read(spec, '--retrained'), file }));
  const inputs = readCompareInputs(options, shell.cwd);
  const { kind } = inputs.model;
  const method = options.method ?? (kind === 'float32' ? secondOrder : magnitude);
  if (kind === 'int8' && method.needs !== 'weights') throw new UsageError(`--method ${method.name} changes weights, and those of ${options.model} are int8 already`, 'Use --method magnitude, or a float model with --calibration.');
  if (kind === 'int8' && arrays.some(({ config }) => config.weightBits !== 8)) throw new UsageError(`--weight-bits ${options.widths.join(',')} rounds weights, and those of ${options.model} are int8 already`, 'Leave it out, or use a float model with --calibration.');
  if (options.rtl > inputs.scored.length) throw new UsageError(`--rtl ${options.rtl} is more than the ${inputs.scored.length} images that are scored`, `Use --rtl ${inputs.scored.length}.`);
  const retrained = interruptible('comparison', shell.signal, () => retrainedSpecs.map(({ spec, file }) => readRetrained(spec, file, inputs, context.group, shell.cwd)));
  const requests = requestsOf(specs, read('dense', '--rows'), retrained);

  // 2. Tools.
  const folder = resolve(shell.cwd, options.out ?? join('compared', inputs.model.network.name));
  const cache = compareCache(options.cache === undefined ? join(folder, 'build') : resolve(shell.cwd, options.cache), context, kinds);
  const progress = createProgress(shell.progress);
  const simulator = options.rtl === 0 ? undefined : { driver: createSimulator(options.simulator), version: await createSimulator(options.simulator).version() };
  const all = requests.length * arrays.length;
  let done = 0;
  let label = '';
  const onPhase = (phase: string, detail?: string): void => progress.show({ done, all, phase: label === '' ? phase : `row ${done + 1} of ${all}, ${label}: ${phase}`, ...(detail === undefined ? {} : { detail }) });
  try {
    const decoders = options.synth ? await decoderCells(first.config, first.indexDecoders, shell, options.yosys, onPhase) : null;
    const versions = sourceVersions();

    // 3. A table for every width.
    const tables: ComparisonTable[] = [];
    let size: DenseSize | undefined;
    for (const { config, indexDecoders } of arrays) {
      const generating = { buildTop: shell.buildTop, indexDecoders, templates: loadTemplates(), version: packageVersion() };
      const measuring: MeasureContext = {
        inputs, config, indexFormat: findDecoder(config, indexDecoders).format, method, seed: options.seed, latency: options.latency, cut: cutChannels(config, inputs.calibration, method, options.seed, (layer) => onPhase('cutting channels', layer)), cache, versions, signal: shell.signal, onPhase,
        rtl: simulator === undefined ? undefined : {
          images: options.rtl, simulator: simulator.version, design: designHash(config, generating),
          open: () => rtlOpener({ config, simulator: simulator.driver, seed: options.seed, settings: { latency: options.latency, stall: 0 }, onLog: (line) => shell.complain(line), generate: generating }),
        },
      };
      const rows: MeasuredRow[] = [];
      const leftOut: { row: string; reason: string }[] = [];
      for (const request of requests) {
        label = `${request.spec.text}${request.retrained === undefined ? '' : ' retrained'}${arrays.length === 1 ? '' : `, ${config.weightBits} bits`}`;
        size ??= denseSize(preparedRow(request, measuring).prepared());
        const row = await measured(request, size, measuring);
        if (typeof row === 'string') leftOut.push({ row: request.spec.text, reason: row });
        else rows.push(row);
        done++;
      }
      tables.push(comparisonTable(rows, leftOut, { config, denseMacs: size?.macs ?? 0, within: options.within, decoders, command: (row) => rowCommand(args, options, row, config.weightBits) }));
    }

    // 4. The result.
    label = '';
    const float = inputs.model.kind === 'float32' ? await floatAnswers(inputs, cache, versions.pruning, shell.signal, onPhase) : undefined;
    const comparison: Comparison = {
      network: inputs.model.network.name,
      model: { file: options.model, sha256: sha256(inputs.bytes), kind },
      config: { ...first.config }, configHash: configHash(first.config), method: method.name, seed: options.seed, within: options.within,
      calibration: options.calibration === undefined ? null : { file: options.calibration, count: inputs.calibration.length },
      scored: { file: options.images, first: options.skip, n: inputs.scored.length },
      rtl: simulator === undefined ? null : { images: options.rtl, simulator: simulator.version, latency: options.latency },
      float: float === undefined ? null : { right: rightOf(float), accuracy: (100 * rightOf(float)) / float.length },
      denseMacs: size?.macs ?? 0, decoders, tables,
    };
    return { comparison: comparisonSchema.parse(comparison), folder };
  } finally {
    progress.stop();
  }
}

/** A row, or why there is none: a constraint that prunes no layer, masks that the array cannot hold. The dense row must be there. */
async function measured(request: RowRequest, size: DenseSize, context: MeasureContext): Promise<MeasuredRow | string> {
  const { spec } = request;
  if (spec.channels !== undefined && context.inputs.model.kind === 'int8') return 'channels are cut out of float networks; those of this one are int8';
  try {
    const row = await measureRow(request, size, context);
    return spec.constraint !== undefined && row.prunedLayers === 0 ? 'it prunes no layer of this network' : row;
  } catch (error) {
    if (!(error instanceof GenAccelError) || error instanceof InterruptedError || error.origin !== 'input' || spec.family === 'dense' || request.retrained !== undefined) throw error;
    return error.message;
  }
}

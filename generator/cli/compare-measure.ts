// SPDX-License-Identifier: Apache-2.0
/** Owns the measurement of one row of a comparison: network, answers, prediction, simulation, each kept in the cache. */
import { setImmediate } from 'node:timers/promises';
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { configHash } from '../arch/config-hash.js';
import { prepareFloatRow, prepareInt8Row, prepareOrderedRow, prepareRetrainedRow, type PrepareOptions } from '../compare/prepare-row.js';
import { denseMacs, predictRow, type PreparedNetwork } from '../compare/predict-row.js';
import type { MeasuredRow } from '../compare/result.js';
import type { RowSpec } from '../compare/row-spec.js';
import { isRightInt8 } from '../compare/score.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { weightedOps } from '../graph/query.js';
import type { WeightBits } from '../prune/layer/levels.js';
import type { PruningMethod } from '../prune/methods/method.js';
import type { NetworkResult } from '../report/network-result.js';
import type { ArrayExecutor } from '../../sim/run/array-executor.js';
import { simulateNetwork, type RunName } from '../../sim/run/simulate-network.js';
import type { CompareCache, sourceVersions } from './compare-cache.js';
import type { CompareInputs } from './compare-inputs.js';
import { interruptible, stopIfAborted } from './interruptible.js';
import { InterruptedError } from './output-errors.js';

/** What an interrupt ends. */
const RUN = 'comparison';

/** A row that is asked for. */
export interface RowRequest {
  readonly spec: RowSpec;
  /** The retrained network, with the file and its hash. */
  readonly retrained: { readonly network: CompareInputs['model']; readonly file: string; readonly hash: string } | undefined;
}

export interface MeasureContext {
  readonly inputs: CompareInputs;
  readonly config: AccelConfig;
  readonly indexFormat: IndexFormat;
  readonly method: PruningMethod;
  readonly seed: number;
  readonly latency: number;
  /** Images on the RTL, a hash of its Verilog, and how it is started. */
  readonly rtl: { readonly images: number; readonly simulator: string; readonly design: string; readonly open: () => (run: RunName, memoryBytes: number) => Promise<ArrayExecutor> } | undefined;
  readonly cut: PrepareOptions['cut'];
  readonly cache: CompareCache;
  readonly versions: ReturnType<typeof sourceVersions>;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string, detail?: string) => void;
}

/** Weights and multiplications of the dense network. */
export interface DenseSize {
  readonly weights: number;
  readonly macs: number;
}

function prepare({ spec, retrained }: RowRequest, context: MeasureContext): PreparedNetwork {
  const { inputs: { model, calibration }, config, method, seed, cut, signal, onPhase } = context;
  const options: PrepareOptions = {
    group: config.group, weightBits: config.weightBits as WeightBits, seed, calibration, method, cut,
    onProgress: ({ layer, done, all }) => {
      stopIfAborted(signal, RUN);
      onPhase('pruning', `${layer}, ${done} of ${all}`);
    },
  };
  const source = retrained?.network ?? model;
  if (source.kind === 'int8') return prepareInt8Row(source.network, spec, options);
  return retrained === undefined ? prepareFloatRow(source.network, spec, options) : prepareRetrainedRow(source.network, spec, options, retrained.file);
}

async function answersOf({ network }: PreparedNetwork, { inputs: { scored }, config, signal, onPhase }: MeasureContext): Promise<string> {
  let answers = '';
  for (const [i, image] of scored.entries()) {
    await setImmediate();
    stopIfAborted(signal, RUN);
    onPhase('scoring', `image ${i + 1} of ${scored.length}`);
    answers += isRightInt8(network, image.int8(network), image.label, config.rounding) ? '1' : '0';
  }
  return answers;
}

async function simulated({ network, prune }: PreparedNetwork, { inputs: { scored }, config, indexFormat, seed, latency, rtl, signal, onPhase }: MeasureContext): Promise<NetworkResult | undefined> {
  if (rtl === undefined) return undefined;
  try {
    const { result } = await simulateNetwork({
      network, prune, config, indexFormat, seed, signal, rows: false, dense: false, open: rtl.open(),
      images: scored.slice(0, rtl.images).map(({ label, int8 }) => ({ label, data: int8(network) })),
      about: { simulator: rtl.simulator, memory: { latency, stall: 0, seed } },
      onProgress: ({ image, done, all }) => onPhase('simulating', `image ${image + 1}, program ${done + 1} of ${all}`),
    });
    return result;
  } catch (error) {
    if (signal.aborted) throw new InterruptedError(RUN);
    throw error;
  }
}

/** The dense network's size, of the first row's network. */
export const denseSize = ({ network }: PreparedNetwork): DenseSize => ({ weights: weightedOps(network).reduce((sum, { weights }) => sum + weights.data.length, 0), macs: denseMacs(network) });

/** Network and masks of a row; rows of one base share them. */
export function preparedRow(request: RowRequest, context: MeasureContext): { readonly key: unknown; readonly prepared: () => PreparedNetwork } {
  const { spec, retrained } = request;
  const { inputs, config, method, seed, versions, cache } = context;
  const sources = spec.channels === undefined ? versions.pruning : versions.channels;
  const key = { what: 'network', inputs: inputs.hash, base: spec.base, retrained: retrained?.hash ?? null, pes: config.pes, group: config.group, weightBits: config.weightBits, method: method.name, seed, sources };
  let known: PreparedNetwork | undefined;
  const base = (): PreparedNetwork => (known ??= cache.network(key, () => interruptible(RUN, context.signal, () => prepare(request, context))));
  if (!isOrdered(request, context)) return { key, prepared: base };
  const orderedKey = { ...key, what: 'ordered network', sources: versions.channels };
  let ordered: PreparedNetwork | undefined;
  const { calibration } = inputs;
  const order = (unordered: PreparedNetwork): PreparedNetwork => interruptible(RUN, context.signal, () => prepareOrderedRow(unordered, { weightBits: config.weightBits as WeightBits, calibration }, config) ?? unordered);
  return { key: orderedKey, prepared: () => (ordered ??= cache.network(orderedKey, () => order(base()))) };
}

/** Filters are put into another order in the network itself, where its weights are not int8 yet. */
const isOrdered = ({ spec, retrained }: RowRequest, { inputs }: MeasureContext): boolean => spec.variant?.kind === 'ordered' && retrained === undefined && inputs.model.kind === 'float32';

/** Throws the errors of pruning, compilation and simulation, InterruptedError. */
export async function measureRow(request: RowRequest, dense: DenseSize, context: MeasureContext): Promise<MeasuredRow> {
  const { spec, retrained } = request;
  const { inputs, config, indexFormat, latency, method, seed, cache, versions, rtl } = context;
  const { key: networkKey, prepared } = preparedRow(request, context);
  const variant = isOrdered(request, context) ? undefined : spec.variant;
  const rowKey = { what: 'row', network: networkKey, row: spec.text, scored: inputs.scoredHash, config: configHash(config), index: indexFormat.name, latency, rtl: rtl === undefined ? null : [rtl.images, rtl.simulator, rtl.design], sources: versions.cycles };
  const known = cache.row(rowKey);
  if (known !== undefined) return known;
  stopIfAborted(context.signal, RUN);

  // 1. Network and masks; answers, which do not depend on the array.
  context.onPhase('pruning');
  await setImmediate();
  const network = prepared();
  const answersKey = { what: 'answers', network: networkKey, scored: inputs.scoredHash, rounding: config.rounding };
  let answers = cache.answers(answersKey);
  if (answers === undefined) {
    answers = await answersOf(network, context);
    cache.keepAnswers(answersKey, answers);
  }
  // 2. What the array makes of it.
  context.onPhase('predicting');
  await setImmediate();
  const { cycles, bytes, ...prediction } = interruptible(RUN, context.signal, () => predictRow(network, { config, indexFormat, latency, variant }));
  const result = variant === undefined ? await simulated(network, context) : undefined;
  const { totals } = result ?? { totals: undefined };
  const { busBytes } = derive(config);
  const row: MeasuredRow = {
    row: spec.text, family: spec.family, trained: retrained === undefined ? 'one-shot' : 'retrained', modelFile: retrained?.file ?? null,
    method: retrained === undefined ? method.name : 'retrained', seed, answers, ...prediction, allWeights: dense.weights,
    cycles: { ...cycles, rtl: totals?.cycles ?? null },
    dram: { predicted: bytes, rtl: totals?.beatsRead === undefined || totals.beatsRead === null || totals.beatsWritten === null ? null : (totals.beatsRead + totals.beatsWritten) * busBytes },
    bitExact: result?.bitExact ?? null,
  };
  if (result?.bitExact !== false) cache.keepRow(rowKey, row);
  return row;
}

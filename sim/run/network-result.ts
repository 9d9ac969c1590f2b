// SPDX-License-Identifier: Apache-2.0
/** Owns how counters become the rows and totals of a report: law from shapes, useful work from graph and masks. */
import type { AccelConfig } from '../../generator/arch/config.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { isWeighted, type Network, type Op } from '../../generator/graph/network.js';
import { inputOf, outputOf, weightedOps } from '../../generator/graph/query.js';
import { networkLaw, utilization } from '../../generator/model/law.js';
import { density, layerWork, type LayerWork } from '../../generator/prune/accounting.js';
import { lawKeeps, type PruneResult } from '../../generator/prune/result.js';
import { FROM_MODEL, type LayerResult, type MismatchResult, type NetworkResult, type StallCycles } from '../../generator/report/network-result.js';
import { imageSize } from '../../generator/tensor/tensor.js';
import { addCounters, COUNTER_NAMES, NO_CYCLES, type ProgramCounters } from './array-executor.js';
import type { ProgramRun } from './run-network.js';

/** What one kind of run brought: the programs of every image. */
export interface Measured {
  readonly runs: readonly (readonly ProgramRun[])[];
  /** Array layers that ran: whether all bits agreed on every image. */
  readonly exact: ReadonlyMap<string, boolean>;
  /** Images that ran, and how many of them a program took. */
  readonly images: number;
  readonly batch: number;
  /** Images whose label equals the largest output. */
  readonly right: number;
}

export interface ResultRequest extends Pick<NetworkResult, 'simulator' | 'memory' | 'configHash'> {
  readonly network: Network;
  readonly compiled: CompiledNetwork;
  readonly prune: PruneResult | undefined;
  readonly unconstrained: PruneResult | undefined;
  readonly config: AccelConfig;
  readonly layer: string | undefined;
  readonly measured: ReadonlyMap<MismatchResult['run'], Measured>;
  readonly mismatch: MismatchResult | undefined;
  readonly violations: number;
  readonly hasLabels: boolean;
}

/** No weight was chosen here: every pruned layer has the zeros that it came with. */
const isFromModel = ({ keep, existing }: PruneResult): boolean => [...keep].every(([name, kept]) => kept === 'dense' || existing?.has(name) === true);

export function networkResult(request: ResultRequest): NetworkResult {
  const { network, prune, config, measured, mismatch } = request;
  const ops = network.ops.filter(({ name }) => request.layer === undefined || name === request.layer);
  const names = new Set(ops.map(({ name }) => name));
  const work = workOf(network, prune).filter(({ name }) => names.has(name));
  const keep = lawKeeps(network, prune);
  const law = networkLaw(network, keep, config);
  const denseLaw = networkLaw(network, new Map(), config);
  const totalLaw = networkLaw(network, keep, config, measured.get('network')?.batch ?? 1);
  const lawOf = (of: typeof law): number => [...of.layers].reduce((sum, [name, { cycles }]) => sum + (names.has(name) ? cycles : 0), 0);

  const layerRuns = measured.get('layers')?.runs[0] ?? [];
  // A program of its own for every operator that begins a pass; further passes of it carry a suffix.
  const ofLayer = new Map(layerRuns.filter(({ layers: [first = '', ...more] }) => more.every((name) => name.startsWith(`${first}.`))).map(({ layers, counters }) => [layers[0] as string, counters]));
  const exactOf = (name: string): boolean | null => {
    const passes = request.compiled.layers.filter(({ ops }) => ops.includes(name));
    const seen = (['layers', 'network'] as const).flatMap((run) => passes.flatMap((pass) => measured.get(run)?.exact.get(pass.name) ?? []));
    return seen.length === 0 ? null : seen.every((exact) => exact);
  };
  const layers = ops.map((op): LayerResult => {
    const rule = law.layers.get(op.name);
    const shown = { name: op.name, op: op.kind, shape: shapeText(network, op) };
    const place = request.compiled.places.get(op.name) ?? 'host';
    if (place !== 'array' && place !== 'pool') {
      return { ...shown, place, keep: null, cycles: null, lawCycles: null, utilization: null, stalls: null, bitExact: place === 'drain' ? exactOf(op.name) : null };
    }
    const counters = ofLayer.get(op.name);
    const useful = work.find(({ name }) => name === op.name)?.usefulMacs ?? 0;
    return {
      ...shown, place, keep: prune?.keep.get(op.name) ?? 'dense', lawCycles: rule?.cycles ?? null,
      cycles: counters?.cycles ?? null,
      utilization: counters === undefined || rule === undefined ? null : utilization(useful, counters.cycles, config),
      stalls: counters === undefined ? null : stallsOf(counters),
      bitExact: exactOf(op.name),
    };
  });

  // A layer alone is its own total.
  const whole = meanOf(measured.get(request.layer === undefined ? 'network' : 'layers'));
  const dense = meanOf(measured.get('dense')) ?? (keepsAll(prune) && request.layer === undefined ? whole : undefined);
  const free = meanOf(measured.get('unconstrained'));
  const usefulWork = arrayWork(work, law);
  const runs = [...measured.values()];
  const arrayRan = layers.every(({ place, bitExact }) => place === 'host' || place === 'memory' || bitExact !== null);
  return {
    network: network.name,
    synthetic: network.synthetic,
    config: { ...config },
    configHash: request.configHash,
    simulator: request.simulator,
    memory: request.memory,
    pruning: prune === undefined ? null : { constraint: prune.constraint, method: isFromModel(prune) ? FROM_MODEL : prune.method, density: density(work) },
    bitExact: mismatch === undefined && request.violations === 0 && arrayRan && runs.every(({ exact }) => [...exact.values()].every((agrees) => agrees)),
    images: measured.get(request.layer === undefined ? 'network' : 'layers')?.images ?? 0,
    correct: request.hasLabels && request.layer === undefined ? (measured.get('network')?.right ?? null) : null,
    protocolViolations: request.violations,
    layers,
    totals: {
      cycles: whole?.cycles ?? null,
      lawCycles: lawOf(totalLaw),
      denseCycles: dense?.cycles ?? null,
      denseLawCycles: lawOf(denseLaw),
      layerCycles: ofLayer.size === 0 ? null : [...ofLayer.values()].reduce((sum, { cycles }) => sum + cycles, 0),
      usefulWork,
      utilization: whole === undefined ? null : utilization(usefulWork, whole.cycles, config),
      stalls: whole === undefined ? null : stallsOf(whole),
      beatsRead: whole?.beatsRead ?? null,
      beatsWritten: whole?.beatsWritten ?? null,
    },
    speedupOverDense: whole === undefined || dense === undefined ? null : dense.cycles / whole.cycles,
    unconstrained: free === undefined || whole === undefined ? null : {
      cycles: free.cycles,
      utilization: utilization(arrayWork(workOf(network, request.unconstrained), law), free.cycles, config),
      slowdown: free.cycles / whole.cycles,
    },
    mismatch: mismatch ?? null,
  };
}

/** Kept weights and pixels of every weighted layer; without masks every weight is kept. */
const workOf = (network: Network, prune: PruneResult | undefined): LayerWork[] =>
  layerWork(network, prune?.masks ?? new Map(weightedOps(network).map(({ name, weights }) => [name, new Uint8Array(weights.data.length).fill(1)])));

const arrayWork = (work: readonly LayerWork[], { layers }: { readonly layers: ReadonlyMap<string, unknown> }): number =>
  work.reduce((sum, { name, usefulMacs }) => sum + (layers.has(name) ? usefulMacs : 0), 0);

const keepsAll = (prune: PruneResult | undefined): boolean => [...(prune?.keep.values() ?? [])].every((keep) => keep === 'dense');

const stallsOf = ({ drain, load, store, dispatch }: ProgramCounters): StallCycles => ({ drain, load, store, dispatch });

/** Counters of one image: the mean over the images, each rounded; `cycles` stays the sum of its parts. */
function meanOf(measured: Measured | undefined): ProgramCounters | undefined {
  if (measured === undefined || measured.runs.length === 0) return undefined;
  const sum = measured.runs.flat().reduce((total, { counters }) => addCounters(total, counters), NO_CYCLES);
  const mean = Object.fromEntries(COUNTER_NAMES.map((name) => [name, Math.round(sum[name] / (measured.runs.length * measured.batch))])) as unknown as ProgramCounters;
  return { ...mean, cycles: mean.compute + mean.drain + mean.load + mean.store + mean.dispatch };
}

/** `32x32x3 > 16x16x32, 3x3/2`: input, output, kernel and stride. */
function shapeText(network: Network, op: Op): string {
  const size = (tensor: ReturnType<typeof inputOf>): string => {
    const { height, width, channels } = imageSize(tensor.shape);
    return height * width === 1 ? String(channels) : `${height}x${width}x${channels}`;
  };
  const from = size(inputOf(network, op));
  const to = size(outputOf(network, op));
  const shown = from === to ? from : `${from} > ${to}`;
  if (!isWeighted(op) || op.kind === 'fully-connected') return shown;
  const [, height, width] = op.weights.shape;
  const stride = op.strideHeight === op.strideWidth ? `${op.strideHeight}` : `${op.strideHeight}x${op.strideWidth}`;
  return `${shown}, ${height}x${width}${stride === '1' ? '' : `/${stride}`}`;
}

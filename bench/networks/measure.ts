// SPDX-License-Identifier: Apache-2.0
/** Owns the measurement of one network on one configuration: what runs where, bits, cycles, law. */
import { createHash } from 'node:crypto';
import type { AccelConfig } from '../../generator/arch/config.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { packageVersion } from '../../generator/cli/version.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork, Place } from '../../generator/compile/compiled-network.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import type { GenerateOptions } from '../../generator/generate/generate.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import type { LayerResult } from '../../generator/report/network-result.js';
import { rtlDesign, rtlOpener } from '../../sim/run/rtl-array.js';
import { simulateNetwork } from '../../sim/run/simulate-network.js';
import { indexOfLargest } from '../../generator/tensor/tensor.js';
import { createSimulator } from '../../sim/simulators/index.js';
import { hostShare, operationCount } from '../../generator/estimate/operations.js';
import type { Subject, SubjectSource } from './subjects.js';

export const LATENCY = 20;

export interface DepthwiseRow {
  readonly name: string;
  readonly macs: number;
  readonly cycles: number;
  readonly alone: number;
  /** Read beats of the bus that are its own: streams and activations. */
  readonly readBeats: number;
}

/** A row of the tables. */
export interface NetworkRow {
  readonly name: string;
  readonly pes: number;
  readonly inputs: string;
  readonly images: number;
  /** Operators by where they are computed. */
  readonly places: Readonly<Record<Place, number>>;
  readonly hostNames: readonly string[];
  readonly hostShare: number;
  /** Operators whose tensors the array wrote, and those of them that agree on every input. */
  readonly compared: number;
  readonly exact: number;
  readonly mismatch: string | null;
  readonly violations: number;
  /** Outputs that equal recorded ones, of those that are recorded. */
  readonly recorded: number;
  readonly asRecorded: number;
  /** Inputs with a class whose largest output it is, and all of them, by the golden model. */
  readonly right: number;
  readonly scored: number;
  readonly cycles: number;
  readonly lawCycles: number;
  readonly utilization: number;
  /** Cycles by the cycle model. */
  readonly estimate: number;
  /** Depthwise layers whose channels fill the array: cycles of the program of the network that are theirs by the cycle model, and measured alone. */
  readonly depthwise: readonly DepthwiseRow[];
  readonly programs: number;
}

export interface Prepared {
  readonly source: SubjectSource;
  readonly subject: Subject;
  readonly config: AccelConfig;
  readonly prune: PruneResult | undefined;
  readonly compiled: CompiledNetwork;
  /** Equal when program, hardware and inputs are. */
  readonly key: string;
}

const generate = (): GenerateOptions => ({ buildTop: buildCore, templates: loadTemplates(), version: packageVersion() });

/** Compiles the network; the measurement of an equal key is the same. */
export function prepare(source: SubjectSource, config: AccelConfig, count: number): Prepared {
  const subject = source.load(count);
  const { network, images } = subject;
  const prune = source.zeros === true ? pruneNetwork(network, keepPlan(config.group, 'existing', {}, 'unconstrained')) : source.keep === undefined ? undefined : pruneNetwork(network, keepPlan(config.group, source.keep));
  const compiled = compileNetwork(network, prune, config, { batch: source.batch ?? 1 });
  const { rtl, tb } = rtlDesign(config, generate());
  const hash = createHash('sha256').update(`${source.name} ${LATENCY} ${compiled.configHash}`).update(compiled.image);
  for (const [path, text] of [...rtl, ...tb]) hash.update(path).update(text);
  for (const { data } of [...images, ...(subject.scored ?? [])]) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.length));
  return { source, subject, config, prune, compiled, key: hash.digest('hex').slice(0, 16) };
}

const PLACES: readonly Place[] = ['array', 'drain', 'pool', 'memory', 'host'];

const count = <T>(values: readonly T[], is: (value: T) => boolean): number => values.filter(is).length;

const isRight = (output: Int8Array, label: number | undefined): boolean => indexOfLargest(output) === label;

const isCompared = ({ place }: LayerResult): boolean => place === 'array' || place === 'pool' || place === 'drain';

export async function measure({ source, subject, config, prune, compiled }: Prepared, onProgress: (text: string) => void): Promise<NetworkRow> {
  const { network, images, recorded } = subject;
  const simulator = createSimulator('verilator');
  const { result } = await simulateNetwork({
    network, config, images, prune, batch: compiled.batch, seed: 1, rows: source.rows ?? true, dense: false,
    open: rtlOpener({ config, simulator, seed: 1, settings: { latency: LATENCY }, generate: generate(), onLog: (line) => console.error(line) }),
    about: { simulator: await simulator.version(), memory: { latency: LATENCY, stall: 0, seed: 1 } },
    onProgress: ({ run, image, done, all }) => onProgress(`${run}, input ${image + 1}, program ${done + 1} of ${all}`),
  });
  const masked = prune === undefined ? network : applyMasks(network, prune.masks);
  const kept = masked.ops.map((op) => operationCount(masked, op));
  const macsOf = (name: string): number => {
    const at = network.ops.findIndex((op) => op.name === name);
    const mask = prune?.masks.get(name);
    const share = mask === undefined ? 1 : mask.reduce((sum, bit) => sum + bit, 0) / mask.length;
    return (kept[at] as number) * share;
  };
  const estimate = estimateProgram(compiled, { readLatency: LATENCY, writeLatency: LATENCY });
  const { layers, totals, mismatch } = result;
  const cycles = totals.cycles ?? Number.NaN;
  const weighted = layers.filter(({ op, place }) => place === 'array' && (op === 'conv2d' || op === 'depthwise-conv2d' || op === 'fully-connected'));
  const places = [...compiled.places.values()];
  const known = recorded.flatMap((output, i) => (output === undefined ? [] : [{ output, i }]));
  return {
    name: source.name, pes: config.pes, inputs: subject.inputs, images: result.images,
    places: Object.fromEntries(PLACES.map((place) => [place, count(places, (each) => each === place)])) as Record<Place, number>,
    hostNames: layers.filter(({ place }) => place === 'host').map(({ name }) => name),
    hostShare: hostShare(network, compiled.places),
    compared: count(layers, isCompared),
    exact: count(layers, (layer) => isCompared(layer) && layer.bitExact === true),
    mismatch: mismatch === null ? null : JSON.stringify(mismatch),
    violations: result.protocolViolations,
    recorded: known.length,
    // The host's softmax takes what the array wrote, which equals the golden model's input of it.
    asRecorded: mismatch === null ? count(known, ({ output, i }) => goldenOutput(masked, runGolden(masked, images[i]!.data)).data.every((value, k) => value === output[k])) : 0,
    right: count(subject.scored ?? [], ({ data, label }) => isRight(goldenOutput(masked, runGolden(masked, data)).data, label)),
    scored: subject.scored?.length ?? 0,
    cycles, lawCycles: totals.lawCycles, estimate: estimate.totals.cycles / compiled.batch,
    utilization: weighted.reduce((sum, { name }) => sum + macsOf(name), 0) / (config.pes * config.lanes * cycles),
    depthwise: weighted.flatMap((layer) => {
      const op = network.ops.find(({ name }) => name === layer.name);
      if (op?.kind !== 'depthwise-conv2d' || op.weights.shape[0] % config.pes !== 0 || layer.cycles === null) return [];
      const own = estimate.layers.filter(({ ops }) => ops.includes(layer.name));
      const sum = (of: (each: (typeof own)[number]) => number): number => own.reduce((total, each) => total + of(each), 0);
      return [{ name: layer.name, macs: macsOf(layer.name), cycles: sum((each) => each.cycles), alone: layer.cycles, readBeats: sum(({ limits }) => limits.read) }];
    }),
    programs: compiled.segments.length,
  };
}

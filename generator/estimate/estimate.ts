// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the estimate of a compiled network: cycles, classes and traffic of every program and of every pass of the array,
 * from instructions, schedules and configuration alone.
 */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import type { CompiledLayer, CompiledNetwork, Segment } from '../compile/compiled-network.js';
import type { OpKind } from '../graph/network.js';
import { utilization } from '../model/law.js';
import { classify, type CycleClasses, type Stretch } from './classes.js';
import type { ComputeTiming } from './compute.js';
import { hostShare, operationCount } from './operations.js';
import { timeProgram, type ProgramTiming } from './program.js';
import { DEFAULT_LATENCY, describeUnits, type MemoryTiming, type Units } from './units.js';

export interface EstimateOptions extends Partial<MemoryTiming> {
  /** Encoding of a decoder that is not built in. */
  readonly indexFormat?: IndexFormat;
  /** Useful multiplications by operator, from graph and masks; absent: utilization is not known. */
  readonly work?: ReadonlyMap<string, number>;
}

/** What a pass would take if only one thing limited it. */
export interface Limits {
  /** Steps of the array. */
  readonly steps: number;
  /** Drain of every pixel. */
  readonly drain: number;
  /** The law: pixel by pixel the larger of the two. */
  readonly law: number;
  /** Read beats, written beats: one a cycle, in both directions at once. */
  readonly read: number;
  readonly write: number;
}

export type Bound = 'steps' | 'drain' | 'read' | 'write';

/** What moves over the bus. */
export interface Traffic {
  /** Beats of weights, indices, schedules, parameters, tables; of activations; of results. */
  readonly streamBeats: number;
  readonly activationBeats: number;
  readonly writtenBeats: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface LayerEstimate extends CycleClasses, Traffic {
  readonly name: string;
  readonly ops: readonly string[];
  readonly segment: number;
  /** From the last step of the pass before to its own last step; programs begin with their first pass and end with their last one. */
  readonly cycles: number;
  readonly limits: Limits;
  readonly bound: Bound;
  /** The largest limit / cycles. */
  readonly ofCeiling: number;
  readonly usefulWork: number | null;
  /** usefulWork / (P * L * cycles). */
  readonly utilization: number | null;
}

/** One program, with the names of the core's counters. */
export interface SegmentEstimate extends CycleClasses {
  readonly index: number;
  readonly layers: readonly string[];
  readonly cycles: number;
  readonly beatsRead: number;
  readonly beatsWritten: number;
  /** Of the beats that are read, those of the program and of what is read ahead behind it. */
  readonly beatsFetched: number;
}

export interface HostEstimate {
  readonly name: string;
  readonly op: OpKind;
  readonly operations: number;
}

export interface Estimate {
  readonly network: string;
  readonly synthetic: boolean;
  readonly config: AccelConfig;
  readonly configHash: string;
  /** Images that a run computes; all figures are of one run. */
  readonly batch: number;
  readonly memory: MemoryTiming;
  readonly segments: readonly SegmentEstimate[];
  readonly layers: readonly LayerEstimate[];
  /** Operators that the host computes; their time is not counted. */
  readonly host: readonly HostEstimate[];
  readonly totals: CycleClasses & {
    readonly cycles: number;
    readonly law: number;
    readonly beatsRead: number;
    readonly beatsWritten: number;
    readonly bytesRead: number;
    readonly bytesWritten: number;
    readonly usefulWork: number | null;
    readonly utilization: number | null;
    /** Operations of the host / operations of the network. */
    readonly hostShare: number;
  };
}

const CLASSES = ['compute', 'drain', 'load', 'store', 'dispatch'] as const;

const sumOf = <T>(list: readonly T[], value: (item: T) => number): number => list.reduce((sum, item) => sum + value(item), 0);

const sumClasses = (parts: readonly CycleClasses[]): CycleClasses =>
  Object.fromEntries(CLASSES.map((name) => [name, sumOf(parts, (part) => part[name])])) as unknown as CycleClasses;

/** Estimates every program of a compiled network. Throws EstimateError for an index decoder without a format. */
export function estimateProgram(compiled: CompiledNetwork, options: EstimateOptions = {}): Estimate {
  const { network, config, configHash, layers: passes, steps } = compiled;
  const memory = { readLatency: options.readLatency ?? DEFAULT_LATENCY, writeLatency: options.writeLatency ?? DEFAULT_LATENCY };
  const units = describeUnits(config, memory, options.indexFormat);
  const timed = compiled.segments.map((segment) => timeSegment(segment, compiled.image, units));
  const segments = timed.map(segmentEstimate);
  const layers = timed.flatMap((program) => layerEstimates(program, passes, units, options.work));

  const host = steps.flatMap((step): HostEstimate[] => (step.kind === 'host' ? [{ name: step.op.name, op: step.op.kind, operations: operationCount(network, step.op) }] : []));
  const { busBytes } = units.derived;
  const cycles = sumOf(segments, (segment) => segment.cycles);
  const [beatsRead, beatsWritten] = [sumOf(segments, (segment) => segment.beatsRead), sumOf(segments, (segment) => segment.beatsWritten)];
  const usefulWork = options.work === undefined ? null : sumOf(layers, (layer) => layer.usefulWork ?? 0);
  return {
    network: network.name, synthetic: network.synthetic, config, configHash, batch: compiled.batch, memory, segments, layers, host,
    totals: {
      ...sumClasses(segments), cycles, beatsRead, beatsWritten,
      law: sumOf(layers, ({ limits }) => limits.law),
      bytesRead: beatsRead * busBytes,
      bytesWritten: beatsWritten * busBytes,
      usefulWork,
      utilization: usefulWork === null || cycles === 0 ? null : utilization(usefulWork, cycles, config),
      hostShare: hostShare(network, compiled.places),
    },
  };
}

interface TimedSegment {
  readonly segment: Segment;
  readonly timing: ProgramTiming;
  /** One a compute command, and the rest of the program. */
  readonly stretches: readonly Stretch[];
}

function timeSegment(segment: Segment, image: Uint8Array, units: Units): TimedSegment {
  const { instructions, programAddress } = segment;
  const timing = timeProgram({ instructions, programAddress, image }, units);
  return { segment, timing, stretches: classify([...timing.computes.values()], timing.cycles, timing.storeBusy) };
}

const segmentEstimate = ({ segment, timing, stretches }: TimedSegment): SegmentEstimate => ({
  index: segment.index, layers: segment.layers, cycles: timing.cycles, ...sumClasses(stretches),
  beatsRead: timing.beatsRead, beatsWritten: timing.beatsWritten, beatsFetched: timing.beatsFetched,
});

function layerEstimates({ segment, timing, stretches }: TimedSegment, passes: readonly CompiledLayer[], units: Units, work: EstimateOptions['work']): LayerEstimate[] {
  const names = segment.instructionLayers;
  const computes = [...timing.computes.entries()];
  return segment.layers.map((name): LayerEstimate => {
    const isOwn = (at: number): boolean => names[at] === name;
    // What follows the last command belongs to its pass.
    const own = stretches.filter((_, i) => isOwn((computes[Math.min(i, computes.length - 1)] as (typeof computes)[number])[0]));
    const cycles = sumOf(own, ({ from, to }) => to - from);
    const traffic = trafficOf(segment, timing, isOwn, units);
    const limits = limitsOf(computes.filter(([at]) => isOwn(at)).map(([, timingOf]) => timingOf), traffic);
    const ops = passes.find((pass) => pass.name === name)?.ops ?? [name];
    const usefulWork = work === undefined ? null : sumOf(passOps(name, ops), (op) => work.get(op) ?? 0);
    return {
      name, ops, segment: segment.index, cycles, ...sumClasses(own), ...traffic, limits,
      bound: boundOf(limits),
      ofCeiling: cycles === 0 ? 0 : Math.max(limits.law, limits.read, limits.write) / cycles,
      usefulWork,
      utilization: usefulWork === null || cycles === 0 ? null : utilization(usefulWork, cycles, units.config),
    };
  });
}

/** Operators whose work a pass does; that of an operator of several passes counts in the first one. */
const passOps = (name: string, ops: readonly string[]): readonly string[] => (ops.includes(name) ? ops : []);

function trafficOf({ instructions }: Segment, timing: ProgramTiming, isOwn: (at: number) => boolean, { derived: { busBytes } }: Units): Traffic {
  let [streamBeats, activationBeats, writtenBeats] = [0, 0, 0];
  for (const [at, { beats }] of timing.loads) {
    if (!isOwn(at)) continue;
    if (instructions[at]?.kind === 'loadAct') activationBeats += beats;
    else streamBeats += beats;
  }
  for (const [at, { beats }] of timing.stores) if (isOwn(at)) writtenBeats += beats;
  return { streamBeats, activationBeats, writtenBeats, bytesRead: (streamBeats + activationBeats) * busBytes, bytesWritten: writtenBeats * busBytes };
}

const limitsOf = (computes: readonly ComputeTiming[], { streamBeats, activationBeats, writtenBeats }: Traffic): Limits => ({
  steps: sumOf(computes, ({ work }) => work.steps),
  drain: sumOf(computes, ({ work }) => work.drainCycles),
  law: sumOf(computes, ({ work }) => work.cycles),
  read: streamBeats + activationBeats,
  write: writtenBeats,
});

function boundOf({ steps, drain, law, read, write }: Limits): Bound {
  if (read > law && read >= write) return 'read';
  if (write > law) return 'write';
  return drain > steps ? 'drain' : 'steps';
}

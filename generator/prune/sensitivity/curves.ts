// SPDX-License-Identifier: Apache-2.0
/** Owns the sensitivity curves: what the network's output loses on held-out inputs when one layer alone is pruned to K of G. */

import { runFloatOp } from '../../float/execute.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import { elementCount } from '../../tensor/tensor.js';
import { CalibrationWalk } from '../layer/calibration-walk.js';
import { relativeError } from '../layer/problem.js';
import { biasOf } from '../prune-float.js';
import { OutputDistance, scoredTensors } from './answers.js';
import { weightsByKeep, type CurveRule } from './candidates.js';
import type { LabelledInput } from './split.js';

export interface CurveOptions {
  readonly group: number;
  readonly rule: CurveRule;
  /** Layers whose curves are wanted. */
  readonly layers: ReadonlySet<string>;
  readonly fitted: readonly LabelledInput[];
  readonly heldOut: readonly LabelledInput[];
  readonly seed: number;
}

export interface CurveProgress {
  readonly layer: string;
  readonly done: number;
  readonly all: number;
}

export interface Curves {
  /** By layer and K: relative error of the network's output. G is absent: 0. */
  readonly losses: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** The first held-out inputs that were run. */
  readonly inputs: number;
}

/** Multiplications that all runs may take, about; at least and at most so many inputs all the same. */
const [MOST_WORK, LEAST_INPUTS, MOST_INPUTS] = [2e10, 8, 32];
/** Output pixels that the statistics of a curve are taken over, and the dampening of them. */
const STATISTICS = { samples: 8192, dampening: 1e-3, sequential: false, joins: false } as const;

const work = (network: FloatNetwork, op: FloatOp): number => {
  const { shape } = floatTensorById(network, op.outputs[0]);
  return isFloatWeighted(op) ? (elementCount(shape) * op.weights.data.length) / op.weights.shape[0] : elementCount(shape);
};

/** Held-out inputs that curves are measured on, and the K at which they are; between them they follow the errors of the layer. */
function runsOf(network: FloatNetwork, { layers, group, heldOut, rule }: CurveOptions): { readonly count: number; readonly keeps: ReadonlySet<number> } {
  let [left, perKeep] = [0, 0];
  for (const op of [...network.ops].reverse()) {
    left += work(network, op);
    if (layers.has(op.name)) perKeep += left;
  }
  const all = Array.from({ length: group - 1 }, (_, i) => i + 1);
  const most = Math.min(heldOut.length, MOST_INPUTS);
  const isCheap = perKeep * all.length * most <= MOST_WORK;
  const keeps = new Set(isCheap || rule === 'unchanged' ? all : all.filter((keep) => [1, 2, 4, 8, 16].includes(keep)));
  return { keeps, count: Math.min(heldOut.length, Math.max(LEAST_INPUTS, Math.min(most, Math.floor(MOST_WORK / Math.max(1, perKeep * keeps.size))))) };
}

/** What the output loses for each part of the layer's own error, from the K below and above that are measured; the nearest one outside them. */
function between(keep: number, errors: ReadonlyMap<number, number>, measured: ReadonlyMap<number, number>): number {
  const known = [...measured.keys()].sort((a, b) => a - b);
  const gain = (at: number): number => ((errors.get(at) as number) > 0 ? (measured.get(at) as number) / (errors.get(at) as number) : 0);
  const [below, above] = [known.filter((at) => at <= keep).at(-1), known.find((at) => at >= keep)];
  const [low, high] = [below ?? (above as number), above ?? (below as number)];
  const share = high === low ? 0 : (keep - low) / (high - low);
  return (errors.get(keep) as number) * ((1 - share) * gain(low) + share * gain(high));
}

type Values = Map<TensorId, Float32Array>;

function runOp(network: FloatNetwork, op: FloatOp, values: Values): void {
  const operands = op.inputs.map((id) => {
    const { shape, constant } = floatTensorById(network, id);
    return { shape, data: values.get(id) ?? (constant as Float32Array) };
  });
  values.set(op.outputs[0], runFloatOp(op, operands, floatTensorById(network, op.outputs[0]).shape));
}

/** The scored outputs when `changed` stands at place `at`, from what is known before it. */
function runFrom(network: FloatNetwork, at: number, changed: FloatOp, before: Values, outputs: readonly TensorId[]): Float32Array[] {
  const values = new Map(before);
  runOp(network, changed, values);
  for (const op of network.ops.slice(at + 1)) runOp(network, op, values);
  return outputs.map((id) => values.get(id) as Float32Array);
}

/** The same inputs and options give the same curves. The network is folded; every other layer is dense. */
export function* measureCurves(network: FloatNetwork, options: CurveOptions): Generator<CurveProgress, Curves> {
  const { layers, fitted, group, rule, seed } = options;
  const { count, keeps } = runsOf(network, options);
  const inputs = options.heldOut.slice(0, count);
  const outputs = scoredTensors(network);
  const [inputId] = network.inputs as readonly [TensorId];
  const lastUse = new Map([...network.ops.flatMap((op, i) => op.inputs.map((id) => [id, i] as const)), ...outputs.map((id) => [id, Infinity] as const)]);
  const walk = rule === 'unchanged' ? undefined : new CalibrationWalk(network, fitted.map(({ data }) => data), { ...STATISTICS, seed });
  /** Of each input, what is still read. */
  const live: Values[] = inputs.map(({ data }) => new Map([[inputId, data]]));
  const distance = new OutputDistance(live.map((values) => {
    const all = new Map(values);
    for (const op of network.ops) runOp(network, op, all);
    return outputs.map((id) => all.get(id) as Float32Array);
  }));
  const losses = new Map<string, Map<number, number>>();

  function* curveOf(op: FloatWeightedOp, at: number): Generator<CurveProgress, Map<number, number>> {
    const progress = { layer: op.name, done: losses.size, all: layers.size };
    yield progress;
    const dense = Float64Array.from(op.weights.data);
    const problem = walk?.problem(op, dense);
    const measured = new Map<number, number>();
    const errors = new Map<number, number>();
    for (const [keep, weights] of weightsByKeep({ name: op.name, shape: op.weights.shape, dense }, problem, rule, group)) {
      yield progress;
      errors.set(keep, problem === undefined ? 0 : relativeError(problem, weights));
      if (!keeps.has(keep)) continue;
      const bias = problem === undefined ? op.bias : biasOf(problem, weights, op.bias);
      const changed = { ...op, weights: { ...op.weights, data: Float32Array.from(weights) }, bias };
      measured.set(keep, live.reduce((sum, values, i) => sum + distance.of(i, runFrom(network, at, changed, values, outputs)), 0));
    }
    return new Map([...errors.keys()].map((keep) => [keep, measured.get(keep) ?? between(keep, errors, measured)]));
  }

  for (const [at, op] of network.ops.entries()) {
    if (isFloatWeighted(op) && layers.has(op.name)) losses.set(op.name, yield* curveOf(op, at));
    walk?.advance(op, op);
    for (const values of live) {
      runOp(network, op, values);
      for (const id of op.inputs) if (lastUse.get(id) === at) values.delete(id);
    }
  }
  return { losses, inputs: inputs.length };
}

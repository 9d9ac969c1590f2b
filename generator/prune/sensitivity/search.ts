// SPDX-License-Identifier: Apache-2.0
/** Owns the search for the K of every layer, once the curves are known: by budget, and by the loss of the whole as it is measured. */

import { DefectError } from '../../core/errors.js';
import type { FloatNetwork } from '../../float/network.js';
import type { PruningMethod } from '../methods/method.js';
import type { LayerRequest } from '../plan.js';
import type { FloatPruneOptions } from '../prune-float.js';
import type { MeasuredLoss } from './answers.js';
import { TargetUnreachableError } from './errors.js';
import { Frontier, type Chosen, type CycleModel, type Losses } from './frontier.js';
import { keptOf, type KeepByLayer, type TargetLayers } from './layers.js';
import type { LabelledInput } from './split.js';
import { TARGET_FLAGS, type Target, type TargetResult } from './target.js';

export interface TargetRequest {
  readonly network: FloatNetwork;
  /** Calibration inputs; none of those that are scored. */
  readonly inputs: readonly LabelledInput[];
  readonly group: number;
  readonly method: PruningMethod;
  readonly target: Target;
  /** What is asked of layers by name; their K is not chosen. */
  readonly named: ReadonlyMap<string, LayerRequest>;
  /** For targets of cycles and of loss. */
  readonly cycles?: CycleModel;
  /** Of the split and of sampled pixels (default 1). */
  readonly seed?: number;
  /** The whole is pruned and measured once more for a target of sparsity or cycles (default true). */
  readonly measure?: boolean;
  readonly pruning?: Omit<FloatPruneOptions, 'onProgress' | 'seed'>;
}

export interface TargetProgress {
  readonly phase: string;
  readonly detail?: string;
  readonly done: number;
  readonly all: number;
}

/** What a search gives: a choice, and what was measured on the way. */
export interface Found {
  readonly chosen: Chosen;
  readonly heldOut: MeasuredLoss | undefined;
  readonly measured: TargetResult['measured'];
}

/** Prunes as chosen and measures; undefined: the network gives no classes. */
export type Measure = (keeps: KeepByLayer, phase: string) => Generator<TargetProgress, MeasuredLoss | undefined>;

/** Halvings of the range of cycles in the search for the fewest at a loss. */
const HALVINGS = 7;

/** Runs `steps` to their end, each as a step of another kind. */
export function* relayed<Step, Result>(steps: Generator<Step, Result>, as: (step: Step) => TargetProgress): Generator<TargetProgress, Result> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    yield as(step.value);
  }
}

export function cyclesOf({ cycles, target }: TargetRequest): CycleModel {
  if (cycles === undefined) throw new DefectError('chooseKeeps', `a target of ${target.kind} without a model of cycles`);
  return cycles;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const allAt = (layers: TargetLayers, keep: number): KeepByLayer => new Map(layers.free.map(({ name }) => [name, keep]));
/** Weights that may stay; a hair beyond a whole number is rounding. */
const mostKept = ({ all }: TargetLayers, sparsity: number): number => all - Math.ceil(sparsity * all - 1e-9);

/** Throws before anything is measured. */
export function requireReachable(request: TargetRequest, layers: TargetLayers): void {
  const { target: { kind, value } } = request;
  const stay = layers.fixed.map(({ name, reason }) => [name, reason] as const);
  const least = allAt(layers, 1);
  if (kind === 'sparsity' && keptOf(layers, least) > mostKept(layers, value)) {
    const most = 1 - keptOf(layers, least) / layers.all;
    // Rounded down, so that what is advised can be reached.
    const advised = Math.floor(1000 * most) / 1000;
    throw new TargetUnreachableError(TARGET_FLAGS.sparsity, `${value}`, `at most ${percent(most)} of the weights pruned, with K = 1 in every layer that can be pruned`, stay, advised > 0 ? `Use --target-sparsity ${advised}, or a larger --group.` : 'No layer can be pruned: use a smaller --group.');
  }
  if (kind !== 'cycles') return;
  const fewest = cyclesOf(request).program(least);
  if (fewest > value) throw new TargetUnreachableError(TARGET_FLAGS.cycles, `${value}`, `at least ${fewest} cycles, with K = 1 in every layer that can be pruned`, stay, `Use --target-cycles ${fewest}, or a larger array (--pes, --lanes).`);
}

/** The least sum of losses at a sparsity or a number of cycles; then the loss of the whole. */
export function* cheapest(request: TargetRequest, layers: TargetLayers, losses: Losses, measure: Measure): Generator<TargetProgress, Found> {
  const { target: { kind, value }, group } = request;
  let chosen: Chosen | undefined;
  if (kind === 'sparsity') {
    const kept = new Map(layers.free.map((layer) => [layer.name, layer]));
    chosen = new Frontier(losses, group, (name, keep) => kept.get(name)?.kept(keep) ?? 0).within(mostKept(layers, value) - layers.fixedKept);
  } else {
    const cycles = cyclesOf(request);
    const search = new Frontier(losses, group, cycles.layer).withinProgram(value, cycles.program, allAt(layers, 1));
    chosen = yield* relayed(search, (takes) => ({ phase: 'compiling choices', detail: `${takes} cycles`, done: 0, all: 1 }));
  }
  if (chosen === undefined) throw new DefectError('chooseKeeps', 'a target that can be reached was not');
  const heldOut = yield* measure(chosen.keeps, 'measuring the choice');
  const takes = kind === 'cycles' ? cyclesOf(request).program(chosen.keeps) : null;
  return { chosen, heldOut, measured: heldOut === undefined ? [] : [{ cycles: takes, loss: heldOut.loss, standardError: heldOut.standardError }] };
}

/** The fewest cycles whose choice, pruned and measured, loses no more than asked: halvings of the range between the cheapest choice and the dense one. */
export function* fewestCycles(request: TargetRequest, losses: Losses, measure: Measure): Generator<TargetProgress, Found> {
  const { target: { value }, group } = request;
  const cycles = cyclesOf(request);
  const frontier = new Frontier(losses, group, cycles.layer);
  const [least, dense] = frontier.range;
  const known = new Map<string, MeasuredLoss>();
  const measured: TargetResult['measured'][number][] = [];
  let best: Found | undefined;
  let [low, high] = [least, dense];
  for (let step = 0; step <= HALVINGS && low <= high; step++) {
    // The last attempt is the cheapest choice, where nothing above it lost too much.
    const budget = step < HALVINGS ? Math.floor((low + high) / 2) : low;
    if (step === HALVINGS && low > least) break;
    const chosen = frontier.within(budget);
    if (chosen === undefined) throw new DefectError('chooseKeeps', `no choice within ${budget} cycles`);
    const key = [...chosen.keeps.values()].join();
    const takes = cycles.program(chosen.keeps);
    const loss = known.get(key) ?? ((yield* measure(chosen.keeps, `measuring a choice of ${takes} cycles`)) as MeasuredLoss);
    if (!known.has(key)) measured.push({ cycles: takes, loss: loss.loss, standardError: loss.standardError });
    known.set(key, loss);
    if (loss.loss <= value) {
      if (best === undefined || takes < cycles.program(best.chosen.keeps)) best = { chosen, heldOut: loss, measured };
      high = Math.min(budget, chosen.cost) - 1;
    } else {
      low = budget + 1;
    }
  }
  if (best !== undefined) return { ...best, measured };
  // Nothing cheaper is good enough.
  const all = frontier.within(dense) as Chosen;
  return { chosen: all, heldOut: yield* measure(all.keeps, 'measuring the dense network'), measured };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns pruning of a float network with calibration data: layer after layer, each on what the pruned layers before it give. */

import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../float/network.js';
import { elementCount } from '../tensor/tensor.js';
import { CalibrationWalk } from './layer/calibration-walk.js';
import { LARGEST_LEVEL, type WeightBits } from './layer/levels.js';
import { relativeError, type LayerProblem } from './layer/problem.js';
import { refit } from './layer/refit.js';
import { roundWeights } from './layer/rounding.js';
import { CalibrationMissingError } from './errors.js';
import type { PruningMethod } from './methods/method.js';
import { isConstraint, isExisting, resolvePlan, tightest, type PrunePlan } from './plan.js';
import { planText } from './prune.js';
import { keepOfConstraint, keepsAll, type PruneResult } from './result.js';
import type { Constraint } from './scheme.js';

export interface FloatPruneOptions {
  /** Output pixels a layer that the sums are taken over, of all images together (default 32768). */
  readonly samples?: number;
  /** Of the choice of pixels (default 1). */
  readonly seed?: number;
  /** Added to the diagonal of X X^T, as a share of its mean, with the dense weights as target (default 0.001). */
  readonly dampening?: number;
  /** Inputs from the pruned network (default), or from the dense one. */
  readonly sequential?: boolean;
  /** A layer whose output is added to another tensor takes up what that tensor lost (default true). */
  readonly joins?: boolean;
  /** Layers that stay dense are fitted too, to what reaches them (default true). */
  readonly refitDense?: boolean;
  /** Weights rounded to this many bits, each error taken up by the weights still open; absent: real weights. */
  readonly weightBits?: WeightBits;
  /** Fold the network first (default); false: its operators stay as they are. */
  readonly fold?: boolean;
  readonly onProgress?: (progress: FloatPruneProgress) => void;
}

export interface FloatPruneProgress {
  readonly layer: string;
  readonly done: number;
  readonly all: number;
}

export interface LayerFit {
  readonly name: string;
  /** Mean square of what the layer's output misses over its power about the mean, on the samples; undefined: no calibration was needed. */
  readonly error: number | undefined;
}

export interface FloatPruneResult extends PruneResult {
  readonly constraints: ReadonlyMap<string, Constraint>;
  /** Folded; weights outside the masks are 0. */
  readonly network: FloatNetwork;
  readonly fits: readonly LayerFit[];
}

/**
 * Folds a network and prunes it under a plan. The same network, plan, method, inputs and options give the same result. Inputs are the calibration's alone:
 * never those that are scored (`requireDisjoint`). Throws UnknownOpError, DenseLayerError, CalibrationMissingError, TensorShapeError.
 */
export function pruneFloatNetwork(network: FloatNetwork, plan: PrunePlan, method: PruningMethod, calibration: readonly Float32Array[], options: FloatPruneOptions = {}): FloatPruneResult {
  const steps = pruneFloatSteps(network, plan, method, calibration, options);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    options.onProgress?.(step.value);
  }
}

/** The same, layer by layer: what drives it may stop between two of them. */
export function* pruneFloatSteps(network: FloatNetwork, plan: PrunePlan, method: PruningMethod, calibration: readonly Float32Array[], options: Omit<FloatPruneOptions, 'onProgress'> = {}): Generator<FloatPruneProgress, FloatPruneResult> {
  const folded = options.fold === false ? network : foldNetwork(network);
  const weighted = folded.ops.filter(isFloatWeighted);
  const requests = resolvePlan(weighted, plan);
  const usesData = method.needs === 'problem' || options.weightBits !== undefined;
  if (usesData && calibration.length === 0) throw new CalibrationMissingError(method.name);
  const walk = usesData ? new CalibrationWalk(folded, calibration, { samples: 32768, seed: 1, dampening: 1e-3, sequential: true, joins: true, ...options }) : undefined;
  const masks = new Map<string, Uint8Array>();
  const constraints = new Map<string, Constraint>();
  const existing = new Set<string>();
  const fits: LayerFit[] = [];
  let changed = false;

  const pruneOp = (op: FloatWeightedOp): FloatOp => {
    const { shape } = op.weights;
    const dense = Float64Array.from(op.weights.data);
    const full = new Uint8Array(elementCount(shape)).fill(1);
    // 1. What is asked, and what the layer's own zeros answer.
    const request = requests.get(op.name) ?? 'dense';
    const nonzero = Uint8Array.from(dense, (weight) => (weight === 0 ? 0 : 1));
    const own = isExisting(request) && nonzero.includes(0) ? tightest(request, nonzero, shape, plan.group) : undefined;
    if (own !== undefined) existing.add(op.name);
    const constraint = isConstraint(request) ? request : own?.constraint;
    if (constraint !== undefined) constraints.set(op.name, constraint);
    const fixed = isConstraint(request) ? undefined : (own?.mask ?? full);
    const needsProblem = (fixed === undefined && method.needs === 'problem') || options.weightBits !== undefined || (fixed !== undefined && options.refitDense !== false && changed && method.needs === 'problem');
    const problem = needsProblem ? walk?.problem(op, dense) : undefined;
    // 2. Mask and weights.
    const { mask, weights } = choose(constraint, fixed, method, { name: op.name, shape, dense }, problem, changed && options.refitDense !== false, options.weightBits);
    masks.set(op.name, mask);
    // A constraint that takes nothing from a layer leaves it dense.
    if (keepsAll(mask)) constraints.delete(op.name);
    if (problem === undefined) {
      fits.push({ name: op.name, error: undefined });
      changed ||= fixed === undefined;
      return { ...op, weights: { ...op.weights, data: Float32Array.from(weights) } };
    }
    // 3. Levels, bias, and the layer as it will run.
    const rounded = options.weightBits === undefined ? undefined : roundWeights(problem, mask, weights, LARGEST_LEVEL[options.weightBits]);
    const final = rounded?.weights ?? weights;
    fits.push({ name: op.name, error: relativeError(problem, final) });
    changed = true;
    const steps = rounded === undefined ? {} : { steps: rounded.scales };
    return { ...op, weights: { ...op.weights, data: Float32Array.from(final), ...steps }, bias: biasOf(problem, final, op.bias) };
  };

  const ops: FloatOp[] = [];
  for (const op of folded.ops) {
    if (isFloatWeighted(op)) yield { layer: op.name, done: fits.length, all: weighted.length };
    const next = isFloatWeighted(op) ? pruneOp(op) : op;
    walk?.advance(op, next);
    ops.push(next);
  }
  const keep = new Map([...masks.keys()].map((name) => [name, keepOfConstraint(constraints.get(name), plan.group)]));
  return { network: { ...folded, ops }, fits, groupSize: plan.group, constraint: planText(plan), method: method.name, masks, keep, constraints, existing };
}

function choose(
  constraint: Constraint | undefined, fixed: Uint8Array | undefined, method: PruningMethod, layer: { readonly name: string; readonly shape: FloatWeightedOp['weights']['shape']; readonly dense: Float64Array },
  problem: LayerProblem | undefined, refits: boolean, bits: WeightBits | undefined,
): { readonly mask: Uint8Array; readonly weights: Float64Array } {
  if (fixed !== undefined) return { mask: fixed, weights: problem !== undefined && refits ? refit(problem, fixed) : layer.dense };
  if (method.needs === 'weights') return method.prune(layer, constraint as Constraint);
  return method.prune(problem as LayerProblem, constraint as Constraint, bits === undefined ? undefined : { largest: LARGEST_LEVEL[bits] });
}

/** The bias with which the mean output is the wanted one. */
export function biasOf({ blocks }: LayerProblem, weights: Float64Array, old: Float32Array): Float32Array {
  const bias = old.slice();
  for (const { firstRow, rows, columns, inputMean, targetMean } of blocks) {
    for (let row = 0; row < rows; row++) {
      let mean = 0;
      for (let i = 0; i < columns; i++) mean += (weights[(firstRow + row) * columns + i] as number) * (inputMean[i] as number);
      bias[firstRow + row] = (targetMean[row] as number) - mean;
    }
  }
  return bias;
}

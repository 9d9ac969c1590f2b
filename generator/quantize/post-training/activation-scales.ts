// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of every activation's scale and zero point, with TFLite's conventions of what shares one. */

import type { FloatNetwork, FloatOp, FloatOpKind } from '../../float/network.js';
import type { Quantization, TensorId } from '../../graph/network.js';
import type { Histograms } from './calibrate.js';
import type { Histogram } from './histogram.js';
import { leastNoiseRange, wholeRange, type RealRange } from './range-rule.js';

/** Operators that hand values through: all their tensors share one scale and zero point. */
const PASS_THROUGH: ReadonlySet<FloatOpKind> = new Set<FloatOpKind>([
  'average-pool', 'max-pool', 'reshape', 'concatenation', 'pad', 'transpose', 'slice', 'resize-nearest',
]);

/** Outputs of these are probabilities: 256 steps from 0 to 1. */
const PROBABILITY: ReadonlySet<FloatOpKind> = new Set<FloatOpKind>(['softmax', 'logistic']);

export const PROBABILITY_QUANTIZATION: Quantization = { scale: 1 / 256, zeroPoint: -128 };

export const isPassThrough = (op: FloatOp): boolean => PASS_THROUGH.has(op.kind);
export const isProbability = (op: FloatOp): boolean => PROBABILITY.has(op.kind);

/** Scales below this are of no use: every value is zero. */
const SMALLEST_SCALE = 2 ** -60;

/**
 * 256 steps over the range, widened to hold 0; the zero point is the int8 value nearest to real 0, so that 0 is exact.
 * Range [0, 0] gives scale 1.
 */
export function quantizationOf({ min, max }: RealRange): Quantization {
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  const scale = Math.fround((high - low) / 255);
  if (!(scale > SMALLEST_SCALE)) return { scale: 1, zeroPoint: low < 0 ? 127 : -128 };
  // `+ 0` makes 0 of -0.
  return { scale, zeroPoint: Math.min(127, Math.max(-128, Math.round(-128 - low / scale))) + 0 };
}

/** Tensors that share one scale: a forest whose roots stand for the groups. */
export function scaleGroups(network: FloatNetwork): (id: TensorId) => TensorId {
  const parent = network.tensors.map((_, id) => id);
  const root = (id: TensorId): TensorId => {
    let at = id;
    while (parent[at] !== at) at = parent[at] as TensorId;
    return at;
  };
  for (const op of network.ops) {
    if (isPassThrough(op)) for (const id of op.inputs) parent[root(id)] = root(op.outputs[0]);
  }
  return root;
}

/** Tensors whose every value counts: what comes in, what goes out, and what softmax compares. */
function wholeTensors({ inputs, outputs, ops }: FloatNetwork): readonly TensorId[] {
  return [...inputs, ...outputs, ...ops.filter(({ kind }) => kind === 'softmax').flatMap((op): readonly TensorId[] => op.inputs)];
}

/**
 * Quantization of every activation of a network whose probabilities stand alone (see `separateProbabilities`). The range is the
 * one with the least noise; for the network's inputs and outputs and for softmax's input the whole one.
 */
export function activationScales(network: FloatNetwork, histograms: Histograms): Quantization[] {
  const root = scaleGroups(network);
  const members = new Map<TensorId, Histogram[]>();
  for (const [id, histogram] of histograms) members.set(root(id), [...(members.get(root(id)) ?? []), histogram]);
  const whole = new Set(wholeTensors(network).map(root));
  const scales = new Map<TensorId, Quantization>();
  for (const [id, group] of members) {
    const { min, max } = whole.has(id) ? wholeRange(group) : leastNoiseRange(group);
    const paddings = network.ops.flatMap((op) => (op.kind === 'pad' && Number.isFinite(op.value) && root(op.outputs[0]) === id ? [op.value] : []));
    scales.set(id, quantizationOf({ min: Math.min(min, ...paddings), max: Math.max(max, ...paddings) }));
  }
  for (const op of network.ops) if (isProbability(op)) scales.set(root(op.outputs[0]), PROBABILITY_QUANTIZATION);
  return network.tensors.map(({ id }) => scales.get(root(id)) ?? quantizationOf({ min: 0, max: 0 }));
}

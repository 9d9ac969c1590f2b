// SPDX-License-Identifier: Apache-2.0
/** Owns the folding of batch norm, and of constants that are added or multiplied, into the weights and bias before them. */

import type { TensorId } from '../../graph/network.js';
import { elementCount, type Shape } from '../../tensor/tensor.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../network.js';
import { floatTensorById, useCounts, withoutUnusedTensors } from '../query.js';
import { affineOf, compose, type Affine } from './affine.js';

const isUnclamped = ({ activationMin, activationMax }: { readonly activationMin: number; readonly activationMax: number }): boolean =>
  activationMin === -Infinity && activationMax === Infinity;

/** An operator, and what still has to be folded into it. */
interface Pending {
  readonly op: FloatOp;
  readonly affine: Affine | undefined;
}

/** weights[o] * factor[o] and bias[o] * factor[o] + offset[o], in float64 and rounded once. */
export function foldInto<O extends FloatWeightedOp>(op: O, { factor, offset, activationMin, activationMax }: Affine): O {
  const perChannel = op.weights.data.length / op.weights.shape[0];
  const data = op.weights.data.map((weight, i) => weight * (factor[Math.floor(i / perChannel)] as number));
  const bias = op.bias.map((value, o) => value * (factor[o] as number) + (offset[o] as number));
  const { steps } = op.weights;
  const folded = { ...op.weights, data, ...(steps === undefined ? {} : { steps: steps.map((step, o) => step * (factor[o] as number)) }) };
  return { ...op, weights: folded, bias, activationMin, activationMax };
}

/**
 * Every batch norm, and every add or mul with one value or one per channel, is folded into the operator before it: the weighted
 * operator without a clamp whose output nothing else reads, or another of its kind. What follows nothing of that kind stays.
 */
export function foldAffines(network: FloatNetwork): FloatNetwork {
  const uses = useCounts(network);
  const pending: Pending[] = [];
  const writer = new Map<TensorId, number>();
  for (const op of network.ops) {
    const affine = affineOf(network, op);
    const at = affine === undefined ? undefined : writer.get(affine.input);
    const before = at === undefined ? undefined : pending[at];
    if (affine !== undefined && at !== undefined && before !== undefined && uses[affine.input] === 1 && canTake(network, before, affine)) {
      const joined = before.affine === undefined ? affine : compose(before.affine, affine);
      pending[at] = { op: { ...before.op, outputs: op.outputs } as FloatOp, affine: joined };
      writer.set(op.outputs[0], at);
    } else {
      writer.set(op.outputs[0], pending.push({ op, affine: isFloatWeighted(op) ? undefined : affine }) - 1);
    }
  }
  const tensors = [...network.tensors];
  const copy = (name: string, shape: Shape): TensorId => tensors.push({ id: tensors.length, name, shape }) - 1;
  return withoutUnusedTensors({ ...network, tensors, ops: pending.flatMap((entry) => settle(network, entry, copy)) });
}

function canTake(network: FloatNetwork, { op, affine }: Pending, next: Affine): boolean {
  if (affine !== undefined) return isUnclamped(affine) && affine.factor.length === next.factor.length;
  return isFloatWeighted(op) && isUnclamped(op) && op.bias.length === next.factor.length && op.bias.length === floatTensorById(network, op.outputs[0]).shape.at(-1);
}

/** What was folded takes effect; an affine that nothing could take becomes a depthwise convolution of 1 x 1, on its values as an image. */
function settle(network: FloatNetwork, { op, affine }: Pending, copy: (name: string, shape: Shape) => TensorId): FloatOp[] {
  if (affine === undefined) return [op];
  if (isFloatWeighted(op)) return [foldInto(op, affine)];
  const channels = affine.factor.length;
  const { factor, offset, activationMin, activationMax } = affine;
  const { shape } = floatTensorById(network, affine.input);
  const scaled = (input: TensorId, output: TensorId): FloatOp => ({
    kind: 'depthwise-conv2d',
    name: op.name,
    inputs: [input],
    outputs: [output],
    weights: { name: `${op.name}/factor`, layout: 'OHWI', shape: [channels, 1, 1, 1], data: Float32Array.from(factor) },
    bias: Float32Array.from(offset),
    padding: { top: 0, left: 0, bottom: 0, right: 0 },
    strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
    depthMultiplier: 1,
    activationMin, activationMax,
  });
  const [output] = op.outputs;
  if (shape.length === 4) return [scaled(affine.input, output)];
  const image = [1, 1, elementCount(shape) / channels, channels];
  const [before, after] = [copy(`${op.name}/image`, image), copy(`${op.name}/scaled`, image)];
  return [
    { kind: 'reshape', name: `${op.name}_before`, inputs: [affine.input], outputs: [before] },
    scaled(before, after),
    { kind: 'reshape', name: `${op.name}_after`, inputs: [after], outputs: [output] },
  ];
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the rewriting of a float network for other channels in another order: weights, constants, shapes and offsets. */

import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatTensor, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import { validateFloatNetwork } from '../../float/validate.js';
import type { TensorId } from '../../graph/network.js';
import { elementCount, stridesOf, type Shape } from '../../tensor/tensor.js';
import { columnChannels, readsOwnChannel, type ChannelMap } from './follow.js';

/** For each tensor the old positions of its channels that are left, in their new order. */
export type ChannelOrder = (id: TensorId) => Int32Array;

/** Values at `positions` of dimension `axis`, in that order; row-major. */
export function takeAlong<T extends Float32Array | Uint8Array>(values: T, shape: Shape, axis: number, positions: Int32Array): T {
  const [size, inner] = [shape[axis] as number, stridesOf(shape)[axis] as number];
  const outer = values.length / (size * inner);
  const out = new (values.constructor as new (length: number) => T)(outer * positions.length * inner);
  for (let o = 0, to = 0; o < outer; o++) {
    for (const position of positions) {
      const from = (o * size + position) * inner;
      out.set(values.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return out;
}

/** Places of a filter's input channels that are left. A fully connected layer reads every element of its input. */
export function inputPlaces(op: FloatWeightedOp, shape: Shape, axis: number, positions: Int32Array): Int32Array {
  if (op.kind !== 'fully-connected') return positions;
  return Int32Array.from(takeAlong(Float32Array.from({ length: elementCount(shape) }, (_, i) => i), shape, axis, positions));
}

/** What `arrange` does to the weights of an operator, for anything of the weights' shape: a mask. */
export function arrangeWeights<T extends Float32Array | Uint8Array>(network: FloatNetwork, map: ChannelMap, order: ChannelOrder, op: FloatWeightedOp, values: T): T {
  const [rows, height, width, columns] = op.weights.shape;
  const byRow = takeAlong(values, [rows, height * width * columns], 0, order(op.outputs[0]));
  if (columnChannels(network, map, op) === undefined) return byRow;
  const { axis } = map.tensors.get(op.inputs[0]) as { axis: number };
  const places = inputPlaces(op, floatTensorById(network, op.inputs[0]).shape, axis, order(op.inputs[0]));
  return takeAlong(byRow, [byRow.length / columns, columns], 1, places);
}

function arrangeWeighted(network: FloatNetwork, map: ChannelMap, order: ChannelOrder, op: FloatWeightedOp): FloatOp {
  const rows = order(op.outputs[0]);
  const data = arrangeWeights(network, map, order, op, op.weights.data);
  const [, height, width] = op.weights.shape;
  const shape = [rows.length, height, width, data.length / (rows.length * height * width)] as const;
  const { steps } = op.weights;
  const weights = { ...op.weights, shape, data, ...(steps === undefined ? {} : { steps: Array.from(rows, (row) => steps[row] as number) }) };
  const bias = Float32Array.from(rows, (row) => op.bias[row] as number);
  if (op.kind === 'conv2d' && readsOwnChannel(op)) return { ...op, weights, bias, groups: (op.groups * rows.length) / op.weights.shape[0] };
  return { ...op, weights, bias };
}

function arrangeOp(network: FloatNetwork, map: ChannelMap, order: ChannelOrder, op: FloatOp): FloatOp {
  if (isFloatWeighted(op)) return arrangeWeighted(network, map, order, op);
  const axisOf = (id: TensorId): number => map.tensors.get(id)?.axis ?? 0;
  const replaced = (list: readonly number[], axis: number, value: number): number[] => list.map((old, d) => (d === axis ? value : old));
  switch (op.kind) {
    case 'batch-norm': {
      const rows = order(op.outputs[0]);
      const take = (values: Float32Array): Float32Array => Float32Array.from(rows, (row) => values[row] as number);
      return { ...op, scale: take(op.scale), offset: take(op.offset), mean: take(op.mean), variance: take(op.variance) };
    }
    case 'pad': {
      const [axis, left] = [axisOf(op.outputs[0]), order(op.outputs[0])];
      const behind = (op.before[axis] as number) + (floatTensorById(network, op.inputs[0]).shape[axis] as number);
      const count = (is: (position: number) => boolean): number => left.filter(is).length;
      return { ...op, before: replaced(op.before, axis, count((p) => p < (op.before[axis] as number))), after: replaced(op.after, axis, count((p) => p >= behind)) };
    }
    case 'slice': {
      const axis = axisOf(op.inputs[0]);
      const begin = op.begin[axis] as number;
      return begin === 0 ? op : { ...op, begin: replaced(op.begin, axis, order(op.inputs[0]).filter((p) => p < begin).length) };
    }
    default:
      return op;
  }
}

/** The network with the channels that `order` leaves of each tensor. Throws InvalidNetworkError where the orders contradict each other. */
export function arrange(network: FloatNetwork, map: ChannelMap, order: ChannelOrder): FloatNetwork {
  const tensors = network.tensors.map((tensor): FloatTensor => {
    const channels = map.tensors.get(tensor.id);
    if (channels === undefined) return tensor;
    const left = order(tensor.id);
    const shape = tensor.shape.map((size, d) => (d === channels.axis ? left.length : size));
    return { ...tensor, shape, ...(tensor.constant === undefined ? {} : { constant: takeAlong(tensor.constant, tensor.shape, channels.axis, left) }) };
  });
  return validateFloatNetwork({ ...network, tensors, ops: network.ops.map((op) => arrangeOp(network, map, order, op)) });
}

// SPDX-License-Identifier: Apache-2.0
/** Owns small questions about a network: its tensors, its layers by name, how much work a layer is. */

import { DefectError } from '../core/errors.js';
import { imageSize, type ImageSize } from '../tensor/tensor.js';
import { UnknownOpError } from './errors.js';
import { isWeighted, OP_STEMS, type ActivationTensor, type Conv2dOp, type FullyConnectedOp, type Network, type Op, type OpKind, type TensorId, type WeightedOp } from './network.js';

/** The tensor with this id; the network is valid, so absence is a defect. */
export function tensorById(network: Network, id: TensorId): ActivationTensor {
  const tensor = network.tensors[id];
  if (tensor === undefined) throw new DefectError(`network ${network.name}`, `tensor ${id} does not exist`);
  return tensor;
}

export const inputOf = (network: Network, op: Op): ActivationTensor => tensorById(network, op.inputs[0]);

export const outputOf = (network: Network, op: Op): ActivationTensor => tensorById(network, op.outputs[0]);

export const weightedOps = (network: Network): readonly WeightedOp[] => network.ops.filter(isWeighted);

/** A convolution over all input channels at once, or fully connected, with symmetric weights. */
export const isPlainConvolution = (op: Op): op is Conv2dOp | FullyConnectedOp =>
  ((op.kind === 'conv2d' && op.groups === 1) || op.kind === 'fully-connected') && op.weights.zeroPoint === 0;

/** The operator with this name. Throws UnknownOpError that lists the names. */
export function opByName(network: Network, name: string, where = `network ${network.name}`): Op {
  const op = network.ops.find((candidate) => candidate.name === name);
  if (op === undefined) throw new UnknownOpError(where, name, network.ops.map((candidate) => candidate.name));
  return op;
}

/** Gives operators their unique names: `conv2d_1`, `conv2d_2`, `add_1` in order of appearance. */
export function createOpNamer(): (kind: OpKind) => string {
  const counts = new Map<OpKind, number>();
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${OP_STEMS[kind]}_${count}`;
  };
}

/** Output pixels, each of which uses every kept weight once: H x W, or 1 for fully connected. */
export function outputPixels(network: Network, op: WeightedOp): number {
  const { height, width } = imageSize(outputOf(network, op).shape);
  return height * width;
}

/** Input of a weighted operator as the array sees it: fully connected is one pixel of all inputs. */
export function arrayInputSize(network: Network, op: WeightedOp): ImageSize {
  if (op.kind === 'fully-connected') return { height: 1, width: 1, channels: op.weights.shape[3] };
  return imageSize(inputOf(network, op).shape);
}

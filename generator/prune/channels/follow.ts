// SPDX-License-Identifier: Apache-2.0
/** Owns the way of channels through a float network: which positions of which tensors are one channel, kept or cut together. */

import { assertNever, DefectError } from '../../core/errors.js';
import { isFloatWeighted, type FloatAddOp, type FloatMulOp, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import type { Shape } from '../../tensor/tensor.js';
import { elementLabels, followMoving, unfollowed, type ChanneledInput } from './follow-moving.js';
import { ChannelLabels, type TensorChannels } from './labels.js';

/** The channels of every tensor, and which of them stay whole. Labels are those that stand for their sets. */
export interface ChannelMap {
  /** Activations, and constants of as many values as there are channels. */
  readonly tensors: ReadonlyMap<TensorId, TensorChannels>;
  /** Why a label stays, in its place; undefined: it may be cut or moved. */
  pinned(label: number): string | undefined;
}

/** True where output channel o reads the input channel floor(o / multiplier) alone. */
export const readsOwnChannel = (op: FloatWeightedOp): boolean =>
  op.kind === 'depthwise-conv2d' || (op.kind === 'conv2d' && op.groups > 1 && op.weights.shape[3] === 1);

/** True where a filter reads all input channels: what it reads has columns by channel. */
export const mixesChannels = (op: FloatOp): op is FloatWeightedOp => isFloatWeighted(op) && !readsOwnChannel(op) && (op.kind !== 'conv2d' || op.groups === 1);

/** The channel of each of a filter's columns under one kernel tap; undefined where the operator has none, or reads positions as channels. */
export function columnChannels(network: FloatNetwork, { tensors }: ChannelMap, op: FloatOp): Int32Array | undefined {
  if (!mixesChannels(op)) return undefined;
  const { shape } = floatTensorById(network, op.inputs[0]);
  const channels = tensors.get(op.inputs[0]) as TensorChannels;
  if (op.kind === 'fully-connected') return elementLabels({ ...channels, shape });
  return channels.axis === shape.length - 1 ? channels.labels : undefined;
}

class Follower {
  readonly labels = new ChannelLabels();
  readonly tensors = new Map<TensorId, TensorChannels>();

  constructor(private readonly network: FloatNetwork) {}

  input(id: TensorId): ChanneledInput {
    const channels = this.tensors.get(id);
    if (channels === undefined) throw new DefectError('followChannels', `tensor ${id} has no channels yet`);
    return { ...channels, shape: floatTensorById(this.network, id).shape };
  }

  fresh(shape: Shape): TensorChannels {
    return { axis: shape.length - 1, labels: this.labels.fresh(shape.at(-1) ?? 1) };
  }

  /** Channels of an operator's output. */
  follow(op: FloatOp, shape: Shape): TensorChannels {
    const { labels } = this;
    const from = (): ChanneledInput => this.input(op.inputs[0]);
    const stop = (why: string): TensorChannels => unfollowed([from()], shape, labels, `${op.name} ${why}`);
    const isLast = (): boolean => from().axis === from().shape.length - 1;
    switch (op.kind) {
      case 'fully-connected':
        return this.fresh(shape);
      case 'conv2d':
      case 'depthwise-conv2d': {
        if (!isLast()) return stop('reads positions as channels');
        if (readsOwnChannel(op)) {
          const multiplier = op.weights.shape[0] / from().labels.length;
          return { axis: shape.length - 1, labels: Int32Array.from({ length: op.weights.shape[0] }, (_, o) => from().labels[Math.floor(o / multiplier)] as number) };
        }
        return mixesChannels(op) ? this.fresh(shape) : stop('has convolution groups');
      }
      case 'add':
      case 'mul':
        return this.joined(op, shape);
      case 'average-pool':
      case 'max-pool':
      case 'mean':
      case 'batch-norm':
        return isLast() ? { axis: shape.length - 1, labels: from().labels } : stop('reads positions as channels');
      case 'relu':
      case 'leaky-relu':
      case 'logistic':
      case 'hard-swish':
        return from();
      case 'softmax':
        labels.pin(from().labels, `${op.name} divides by their sum`);
        return from();
      case 'reshape':
      case 'concatenation':
      case 'pad':
      case 'transpose':
      case 'slice':
      case 'resize-nearest':
        return followMoving(op, op.inputs.map((id) => this.input(id)), shape, labels);
      default:
        return assertNever(op, 'followChannels');
    }
  }

  /** Both operands of a sum or product have the same channels; an operand of one channel serves all of the other. */
  private joined(op: FloatAddOp | FloatMulOp, shape: Shape): TensorChannels {
    const { network, labels } = this;
    const operands = op.inputs.filter((id) => floatTensorById(network, id).constant === undefined).map((id) => this.input(id));
    const rank = shape.length;
    const atEnd = ({ axis, shape: own }: ChanneledInput): number => axis - own.length + rank;
    const wide = operands.filter((operand) => operand.labels.length === shape[atEnd(operand)]);
    const [first] = wide;
    if (first === undefined || wide.some((operand) => atEnd(operand) !== atEnd(first))) return unfollowed(operands, shape, labels, `${op.name} joins other dimensions`);
    const axis = atEnd(first);
    for (const operand of operands) {
      if (wide.includes(operand)) labels.join(first.labels, operand.labels);
      else labels.pin(operand.labels, `${op.name} repeats it for all channels`);
    }
    for (const id of op.inputs) {
      const { constant, shape: own } = floatTensorById(network, id);
      const place = axis - rank + own.length;
      if (constant === undefined || place < 0 || own[place] !== first.labels.length || first.labels.length === 1) continue;
      const before = this.tensors.get(id);
      if (before === undefined) this.tensors.set(id, { axis: place, labels: first.labels });
      else if (before.axis === place) labels.join(first.labels, before.labels);
      else labels.pin(Int32Array.from([...first.labels, ...before.labels]), `${op.name} shares a constant`);
    }
    return { axis, labels: first.labels };
  }
}

/** Follows the channels of a valid float network from input to output. Nothing is changed. */
export function followChannels(network: FloatNetwork): ChannelMap {
  const follower = new Follower(network);
  const { labels, tensors } = follower;
  for (const id of network.inputs) {
    const channels = follower.fresh(floatTensorById(network, id).shape);
    labels.pin(channels.labels, 'the network\'s input');
    tensors.set(id, channels);
  }
  for (const op of network.ops) tensors.set(op.outputs[0], follower.follow(op, floatTensorById(network, op.outputs[0]).shape));
  for (const id of network.outputs) labels.pin(follower.input(id).labels, 'the network\'s output');
  const resolved = new Map([...tensors].map(([id, { axis, labels: own }]) => [id, { axis, labels: own.map((label) => labels.find(label)) }]));
  return { tensors: resolved, pinned: (label) => labels.reason(label) };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the predicted cycles of a network of which each class keeps some channels: the cycle law of every layer, dense. */

import { isFloatWeighted, type FloatNetwork, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import { layerLaw } from '../../model/law.js';
import { imageSize } from '../../tensor/tensor.js';
import type { ChannelClass } from './classes.js';
import { columnChannels, readsOwnChannel, type ChannelMap } from './follow.js';
import type { TensorChannels } from './labels.js';

/** P and G. */
export interface ChannelArray {
  readonly inMultiple: number;
  readonly outMultiple: number;
}

/** Cycles of all layers with weights, of a network of which class i keeps counts[i]: one lane, a requantizer for 16 PEs. */
export function channelCycles(network: FloatNetwork, map: ChannelMap, classes: readonly ChannelClass[], { inMultiple, outMultiple }: ChannelArray): (counts: readonly number[]) => number {
  const classOf = new Map(classes.flatMap(({ labels }, i) => labels.map((label) => [label, i] as const)));
  /** Places of each class in a list, a channel. */
  const shares = (labels: Int32Array): readonly (readonly [number, number])[] => {
    const places = new Map<number, number>();
    for (const label of labels) places.set(classOf.get(label) as number, (places.get(classOf.get(label) as number) ?? 0) + 1);
    return [...places].map(([i, count]) => [i, count / (classes[i] as ChannelClass).labels.length]);
  };
  const array = { pes: outMultiple, group: inMultiple, lanes: 1, requant: Math.max(1, Math.floor(outMultiple / 16)) };
  const layers = network.ops.filter(isFloatWeighted).map((op: FloatWeightedOp) => {
    const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
    const { height, width } = imageSize(floatTensorById(network, op.outputs[0]).shape);
    const columns = columnChannels(network, map, op);
    const labelsOf = (id: TensorId): Int32Array => (map.tensors.get(id) as TensorChannels).labels;
    const reads = readsOwnChannel(op) ? { reads: { kind: 'own' as const, multiplier: op.kind === 'depthwise-conv2d' ? op.depthMultiplier : outChannels / labelsOf(op.inputs[0]).length } } : {};
    return {
      kernelHeight, kernelWidth, pixels: op.kind === 'fully-connected' ? 1 : height * width, keep: 'dense' as const, ...reads,
      out: shares(labelsOf(op.outputs[0])), in: columns === undefined ? undefined : shares(columns), inChannels,
    };
  });
  return (counts) => layers.reduce((total, { out, in: from, inChannels, ...layer }) => {
    const count = (list: readonly (readonly [number, number])[]): number => list.reduce((sum, [i, share]) => sum + Math.round(share * (counts[i] as number)), 0);
    return total + layerLaw({ ...layer, outChannels: count(out), inChannels: from === undefined ? inChannels : count(from) }, array).cycles;
  }, 0);
}

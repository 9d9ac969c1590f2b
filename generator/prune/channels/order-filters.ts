// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the order of filters for masks that allow any: filters of one pattern, or with similar counts under the same words, share a tile of PEs, so that the array in
 * lockstep waits less. Outputs change their order, and so do all that read them: the function stays.
 */

import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import { imageSize } from '../../tensor/tensor.js';
import { maskSteps } from '../../model/mask-law.js';
import { arrange, arrangeWeights } from './arrange.js';
import { orderClass, type OrderedLayer } from './class-order.js';
import { channelClasses } from './classes.js';
import { columnChannels, followChannels, mixesChannels, type ChannelMap } from './follow.js';
import type { TensorChannels } from './labels.js';
import { LockstepLayer } from './lockstep-layer.js';
import { filterPatterns } from './pattern-order.js';
import { movable, orderAfter, positionsOf } from './permutation.js';

export interface FilterOrderResult {
  readonly network: FloatNetwork;
  /** By operator name, of the network as it is now. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** Steps x output pixels of all layers with masks, by the law of masks; the drain's limit is not counted. */
  readonly before: number;
  readonly after: number;
}

const pixelsOf = (network: FloatNetwork, op: FloatOp): number => {
  const { height, width } = imageSize(floatTensorById(network, op.outputs[0]).shape);
  return op.kind === 'fully-connected' ? 1 : height * width;
};

/** Layers in which filters share words: all with a mask that read every input channel. */
function layersOf(network: FloatNetwork, map: ChannelMap, masks: ReadonlyMap<string, Uint8Array>, pes: number, group: number): OrderedLayer[] {
  return network.ops.flatMap((op): OrderedLayer[] => {
    const mask = masks.get(op.name);
    const channels = columnChannels(network, map, op);
    if (mask === undefined || channels === undefined || !isFloatWeighted(op)) return [];
    const { labels } = map.tensors.get(op.outputs[0]) as TensorChannels;
    const { shape } = op.weights;
    return [{
      lockstep: new LockstepLayer(mask, shape, pes, group), pixels: pixelsOf(network, op), filters: positionsOf(labels), channels: positionsOf(channels),
      patterns: filterPatterns(mask, shape), weights: mask.length / shape[0],
    }];
  });
}

/**
 * Orders the filters of every class for an array of P PEs and groups of G. From the given order, or from that of the patterns of a layer that writes the class where it takes fewer steps, each
 * channel changes places with the one with which most cycles are saved, until none are. Deterministic; never more steps than before. Layers without a mask do not count.
 */
export function orderFilters(network: FloatNetwork, masks: ReadonlyMap<string, Uint8Array>, { pes, group }: { readonly pes: number; readonly group: number }): FilterOrderResult {
  const map = followChannels(network);
  const layers = layersOf(network, map, masks, pes, group);
  const permutation = new Map<number, number>();
  for (const one of movable(channelClasses(network, map))) {
    const [first] = one.labels as [number];
    const own = layers.filter(({ filters, channels }) => filters.has(first) || channels.has(first));
    if (own.length === 0) continue;
    orderClass(one.labels, own, pes).forEach((label, i) => permutation.set(one.labels[i] as number, label));
  }
  const order = orderAfter(map, permutation);
  const moved = new Map(network.ops.flatMap((op): [string, Uint8Array][] => {
    const mask = masks.get(op.name);
    return mask === undefined || !isFloatWeighted(op) ? [] : [[op.name, arrangeWeights(network, map, order, op, mask)]];
  }));
  const total = (own: ReadonlyMap<string, Uint8Array>): number => network.ops.reduce((sum, op) => {
    const mask = own.get(op.name);
    if (mask === undefined || !mixesChannels(op)) return sum;
    return sum + pixelsOf(network, op) * maskSteps(mask, op.weights.shape, { pes, group }).reduce((a, b) => a + b, 0);
  }, 0);
  const [before, after] = [total(masks), total(moved)];
  // A tile without a slot takes a step all the same, which the trials leave out.
  return after < before ? { network: arrange(network, map, order), masks: moved, before, after } : { network, masks, before, after: before };
}

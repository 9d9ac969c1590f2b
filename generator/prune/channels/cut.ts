// SPDX-License-Identifier: Apache-2.0
/** Owns the cut: a float network without the channels that are given up, and the masks of the same network with zeros in their place. */

import type { FloatNetwork, FloatWeightedOp } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { arrange, type ChannelOrder } from './arrange.js';
import { columnChannels, type ChannelMap } from './follow.js';
import type { TensorChannels } from './labels.js';

/** Positions of the channels that stay, in their old order. */
export const orderWithout = (map: ChannelMap, cut: ReadonlySet<number>): ChannelOrder => {
  const orders = new Map<TensorId, Int32Array>();
  return (id) => {
    const known = orders.get(id);
    if (known !== undefined) return known;
    const { labels } = map.tensors.get(id) as TensorChannels;
    const left = Int32Array.from(labels, (_, i) => i).filter((i) => !cut.has(labels[i] as number));
    orders.set(id, left);
    return left;
  };
};

/** The smaller network. Its outputs are those of the old one with zeros where `columnMask` has them. */
export const cutChannels = (network: FloatNetwork, map: ChannelMap, cut: ReadonlySet<number>): FloatNetwork => arrange(network, map, orderWithout(map, cut));

/** OHWI mask of a layer's weights: 0 where a filter reads a channel of `cut`; undefined: the layer reads none. */
export function columnMask(network: FloatNetwork, map: ChannelMap, cut: ReadonlySet<number>, op: FloatWeightedOp): Uint8Array | undefined {
  const labels = columnChannels(network, map, op);
  if (labels?.some((label) => cut.has(label)) !== true) return undefined;
  const columns = labels.length;
  const row = Uint8Array.from(labels, (label) => (cut.has(label) ? 0 : 1));
  return Uint8Array.from(op.weights.data, (_, i) => row[i % columns] as number);
}

// SPDX-License-Identifier: Apache-2.0
/** Owns a permutation of the channels of classes, and the order that it gives every tensor. */

import type { TensorId } from '../../graph/network.js';
import type { ChannelOrder } from './arrange.js';
import type { ChannelClass } from './classes.js';
import type { ChannelMap } from './follow.js';
import type { TensorChannels } from './labels.js';

/** Which label stands in the place of each label; labels that are absent stand in their own. */
export type Permutation = ReadonlyMap<number, number>;

/** Positions of each label in a list of them, ascending. */
export function positionsOf(labels: Int32Array): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  labels.forEach((label, at) => {
    const own = positions.get(label);
    if (own === undefined) positions.set(label, [at]);
    else own.push(at);
  });
  return positions;
}

/** For every place the old place of what stands there now: the k-th place of a label takes the k-th of the label that replaces it. */
export function placesAfter(labels: Int32Array, permutation: Permutation): Int32Array {
  const positions = positionsOf(labels);
  const seen = new Map<number, number>();
  return labels.map((label) => {
    const k = seen.get(label) ?? 0;
    seen.set(label, k + 1);
    return (positions.get(permutation.get(label) ?? label) as number[])[k] as number;
  });
}

/** The order of every tensor's channels; see `arrange`. */
export const orderAfter = (map: ChannelMap, permutation: Permutation): ChannelOrder => (id: TensorId) => placesAfter((map.tensors.get(id) as TensorChannels).labels, permutation);

/** Classes whose channels may change places. */
export const movable = (classes: readonly ChannelClass[]): ChannelClass[] => classes.filter(({ labels, reason }) => reason === undefined && labels.length > 1);

// SPDX-License-Identifier: Apache-2.0
/** Owns the classes of channels: those that occur in the same tensors, so that any of them can be cut, or change places with another. */

import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { mixesChannels, type ChannelMap } from './follow.js';

export interface ChannelClass {
  /** Ascending. */
  readonly labels: readonly number[];
  /** Why all of them stay, in their places; undefined: they may be cut and moved. */
  readonly reason: string | undefined;
  /** Operators that give these channels, in execution order: filters, depthwise layers, joins; activations, norms and pools go along unnamed. */
  readonly writers: readonly string[];
  /** Convolutions and fully connected layers that read them. */
  readonly readers: readonly string[];
  /** The smallest tensor that holds them, and all labels that it has. */
  readonly tensor: TensorId;
  readonly tensorLabels: ReadonlySet<number>;
}

const JOINS: readonly FloatOp['kind'][] = ['add', 'mul', 'concatenation', 'pad', 'slice'];

/** Classes in the order of the first tensors that hold them. Every label of the map is in one. */
export function channelClasses(network: FloatNetwork, map: ChannelMap): ChannelClass[] {
  const places = new Map<number, string>();
  const smallest = new Map<number, { readonly tensor: TensorId; readonly labels: ReadonlySet<number> }>();
  for (const [tensor, { labels: own }] of [...map.tensors].sort(([a], [b]) => a - b)) {
    const counts = new Map<number, number>();
    for (const label of own) counts.set(label, (counts.get(label) ?? 0) + 1);
    const labels = new Set(counts.keys());
    for (const [label, count] of counts) {
      places.set(label, `${places.get(label) ?? ''}${tensor}:${count} `);
      const before = smallest.get(label);
      if (before === undefined || labels.size < before.labels.size) smallest.set(label, { tensor, labels });
    }
  }
  const groups = new Map<string, number[]>();
  for (const [label, place] of places) {
    const key = `${place}${map.pinned(label) ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  const holds = (id: TensorId, label: number): boolean => map.tensors.get(id)?.labels.includes(label) === true;
  return [...groups.values()].map((labels): ChannelClass => {
    const [first] = labels as [number];
    const { tensor, labels: tensorLabels } = smallest.get(first) as NonNullable<ReturnType<typeof smallest.get>>;
    const names = (test: (op: FloatOp) => boolean): string[] => network.ops.filter(test).map(({ name }) => name);
    return {
      labels: labels.sort((a, b) => a - b), reason: map.pinned(first), tensor, tensorLabels,
      writers: names((op) => (isFloatWeighted(op) || JOINS.includes(op.kind)) && holds(op.outputs[0], first)),
      readers: names((op) => mixesChannels(op) && holds(op.inputs[0], first)),
    };
  });
}

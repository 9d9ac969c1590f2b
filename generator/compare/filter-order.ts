// SPDX-License-Identifier: Apache-2.0
/** Owns an order of a layer's filters in which those of a PE tile have similar counts a word, for the prediction of lockstep after reordering. */
import { fifoSteps, tileCounts } from '../model/fifo-law.js';
import type { ArrayShape } from '../model/law.js';

type MaskShape = readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/**
 * `order[i]`: the filter that takes place i. Tiles are filled one by one: first the filter with the most slots that is left, then always the one that adds least to the sum of the
 * tile's largest counts. The order as it is stays where this one is no better. Each layer by itself: what its consumers and joins ask for is not looked at, so it is the best case.
 */
export function similarFilters(mask: Uint8Array, shape: MaskShape, array: Pick<ArrayShape, 'pes' | 'group'>): number[] {
  const [filters] = shape;
  const [all] = tileCounts(mask, shape, { pes: filters, group: array.group });
  const entries = all?.entries ?? 0;
  const countOf = (filter: number, entry: number): number => all?.slots[entry * filters + filter] as number;
  const totals = Array.from({ length: filters }, (_, filter) => sum(Array.from({ length: entries }, (_none, entry) => countOf(filter, entry))));
  const left = new Set(Array.from({ length: filters }, (_, filter) => filter));
  const order: number[] = [];
  while (left.size > 0) {
    const most = new Uint8Array(entries);
    for (let place = 0; place < array.pes && left.size > 0; place++) {
      let [best, bestCost] = [-1, Infinity];
      for (const filter of left) {
        let cost = 0;
        if (place === 0) cost = -(totals[filter] as number);
        else for (let entry = 0; entry < entries; entry++) cost += Math.max(0, countOf(filter, entry) - (most[entry] as number));
        if (cost < bestCost) [best, bestCost] = [filter, cost];
      }
      left.delete(best);
      order.push(best);
      for (let entry = 0; entry < entries; entry++) most[entry] = Math.max(most[entry] as number, countOf(best, entry));
    }
  }
  const plain = Array.from({ length: filters }, (_, filter) => filter);
  const steps = (of: readonly number[]): number => sum(fifoSteps(mask, shape, array, 1, of));
  return steps(order) < steps(plain) ? order : plain;
}

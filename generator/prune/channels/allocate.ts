// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of how many channels each class keeps for a share of the cycles: those go that cost least for the cycles that they save. */

import type { ChannelClass } from './classes.js';
import type { ChannelArray } from './cycles.js';

/** Cost of a class that keeps so many channels; rising as fewer are kept. */
export type ClassCost = (kept: number) => number;

/**
 * Channels of every class, in multiples of G, so that `cyclesOf` is at most `limit`. Step by step the class is cut whose cost grows least for each cycle that is saved;
 * at the end whatever fits again is given back. Where the limit cannot be reached all classes keep their least.
 */
export function countsForCycles(classes: readonly ChannelClass[], costs: readonly ClassCost[], cyclesOf: (counts: readonly number[]) => number, limit: number, { inMultiple }: ChannelArray): number[] {
  const counts = classes.map(({ labels }) => labels.length);
  const least = classes.map(({ labels, reason, tensorLabels }) => (reason !== undefined ? labels.length : tensorLabels.size > labels.length ? 0 : Math.min(labels.length, inMultiple)));
  /** Multiples of G of the class's smallest tensor, below the present count. */
  const steps = (i: number): number[] => {
    const found: number[] = [];
    for (let kept = Math.ceil((counts[i] as number) / inMultiple) * inMultiple - inMultiple; kept >= (least[i] as number); kept -= inMultiple) found.push(kept);
    return found;
  };
  const at = (i: number, kept: number): number[] => counts.map((count, other) => (other === i ? kept : count));
  let now = cyclesOf(counts);
  while (now > limit) {
    let best: { readonly i: number; readonly kept: number; readonly price: number; readonly cycles: number } | undefined;
    for (let i = 0; i < classes.length; i++) for (const kept of steps(i)) {
      const cycles = cyclesOf(at(i, kept));
      if (cycles >= now) continue;
      const cost = costs[i] as ClassCost;
      const price = (cost(kept) - cost(counts[i] as number)) / (now - Math.max(cycles, limit));
      if (best === undefined || price < best.price) best = { i, kept, price, cycles };
    }
    if (best === undefined) break;
    counts[best.i] = best.kept;
    now = best.cycles;
  }
  for (;;) {
    let best: { readonly i: number; readonly kept: number; readonly gain: number } | undefined;
    for (let i = 0; i < classes.length; i++) {
      const count = counts[i] as number;
      const kept = Math.min((classes[i] as ChannelClass).labels.length, count + inMultiple);
      if (kept === count || cyclesOf(at(i, kept)) > limit) continue;
      const gain = (costs[i] as ClassCost)(count) - (costs[i] as ClassCost)(kept);
      if (best === undefined || gain > best.gain) best = { i, kept, gain };
    }
    if (best === undefined) return counts;
    counts[best.i] = best.kept;
  }
}

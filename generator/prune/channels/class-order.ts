// SPDX-License-Identifier: Apache-2.0
/** Owns the order of the channels of one class for the array in lockstep: a start, the given one or by patterns, and exchanges from there on. */

import type { LockstepLayer } from './lockstep-layer.js';
import { jointPatternOrder } from './pattern-order.js';

/** A layer that writes channels of a class, or reads them. */
export interface OrderedLayer {
  readonly lockstep: LockstepLayer;
  readonly pixels: number;
  /** Positions by label. */
  readonly filters: ReadonlyMap<number, readonly number[]>;
  readonly channels: ReadonlyMap<number, readonly number[]>;
  /** The taps that each filter keeps, as it came. */
  readonly patterns: readonly string[];
  readonly weights: number;
}

/** Trials that a class may take; the largest ones take one sweep or less. */
const MOST_WORK = 3e9;
const MOST_SWEEPS = 8;

function swapIn({ lockstep, filters, channels }: OrderedLayer, a: number, b: number): void {
  const other = [filters.get(b) ?? [], channels.get(b) ?? []] as const;
  filters.get(a)?.forEach((place, k) => { lockstep.swapFilters(place, other[0][k] as number); });
  channels.get(a)?.forEach((place, k) => { lockstep.swapChannels(place, other[1][k] as number); });
}

/** Which label stands in the place of each, and what that costs. */
class Standing {
  readonly labels: number[];

  constructor(private readonly places: readonly number[], private readonly layers: readonly OrderedLayer[]) {
    this.labels = [...places];
  }

  get cost(): number {
    return this.layers.reduce((sum, { lockstep, pixels }) => sum + pixels * lockstep.steps, 0);
  }

  swap(a: number, b: number): void {
    for (const layer of this.layers) swapIn(layer, this.places[a] as number, this.places[b] as number);
    [this.labels[a], this.labels[b]] = [this.labels[b] as number, this.labels[a] as number];
  }

  take(order: readonly number[]): void {
    order.forEach((label, at) => {
      const from = this.labels.indexOf(label);
      if (from !== at) this.swap(at, from);
    });
  }
}

/** Filters in the order of their patterns, once for each layer that writes them: that layer's come first. */
function patternStarts(labels: readonly number[], layers: readonly OrderedLayer[], pes: number): number[][] {
  const writers = layers.filter(({ filters }) => filters.has(labels[0] as number));
  return writers.map((writer) => {
    const at = (label: number): number => writer.filters.get(label)?.[0] as number;
    const places = labels.map((_, i) => i).sort((a, b) => at(labels[a] as number) - at(labels[b] as number));
    const patternsIn = ({ filters, patterns }: OrderedLayer): string[] => places.map((i) => (filters.get(labels[i] as number) as readonly number[]).map((filter) => patterns[filter]).join('.'));
    const start: number[] = [];
    jointPatternOrder([writer, ...writers.filter((other) => other !== writer)].map(patternsIn), pes).forEach((from, to) => { start[places[to] as number] = labels[places[from] as number] as number; });
    return start;
  });
}

function descend(standing: Standing, sweeps: number): void {
  const { length } = standing.labels;
  let now = standing.cost;
  for (let round = 0; round < sweeps; round++) {
    let improved = false;
    for (let a = 0; a < length; a++) {
      let [best, least] = [-1, now];
      for (let b = a + 1; b < length; b++) {
        standing.swap(a, b);
        const { cost } = standing;
        if (cost < least) [best, least] = [b, cost];
        standing.swap(a, b);
      }
      if (best < 0) continue;
      standing.swap(a, best);
      [now, improved] = [least, true];
    }
    if (!improved) return;
  }
}

/** Which label stands in the place of each. The layers are left in that order. */
export function orderClass(labels: readonly number[], layers: readonly OrderedLayer[], pes: number): number[] {
  const standing = new Standing(labels, layers);
  let best = { order: [...labels], cost: standing.cost };
  for (const order of patternStarts(labels, layers, pes)) {
    standing.take(order);
    if (standing.cost < best.cost) best = { order, cost: standing.cost };
  }
  standing.take(best.order);
  const work = labels.length * labels.length * layers.reduce((sum, { weights }) => sum + 64 * weights, 0);
  descend(standing, Math.max(1, Math.min(MOST_SWEEPS, Math.floor(MOST_WORK / work))));
  return standing.labels;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the best K of every layer for a budget: of weights, or of cycles as a whole compiled program takes them. */

import { allocate, type Choice } from './allocate.js';
import type { KeepByLayer } from './layers.js';

/** What a choice takes. */
export interface CycleModel {
  /** Cycles of a layer at K of G, for the allocation. */
  layer(name: string, keep: number): number;
  /** Cycles of the whole program. */
  program(keeps: KeepByLayer): number;
}

/** Losses by layer and K; G is absent: 0. */
export type Losses = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface Chosen {
  readonly keeps: KeepByLayer;
  /** Sum of the costs of the layers. */
  readonly cost: number;
  /** Sum of the curves. */
  readonly loss: number;
  readonly exact: boolean;
}

/** Attempts to meet a number of cycles; each corrects the budget by what the one before was off. */
const ATTEMPTS = 20;

/** Every layer's candidates, K = 1 to G, at what they cost. */
export class Frontier {
  private readonly layers: readonly { readonly name: string; readonly choices: readonly Choice[] }[];

  constructor(losses: Losses, group: number, cost: (layer: string, keep: number) => number) {
    this.layers = [...losses].map(([name, curve]) => ({
      name, choices: Array.from({ length: group }, (_, i) => ({ cost: cost(name, i + 1), loss: i + 1 === group ? 0 : (curve.get(i + 1) as number) })),
    }));
  }

  /** The least sum of losses within the budget; undefined: nothing is. */
  within(budget: number): Chosen | undefined {
    const found = allocate(this.layers.map(({ choices }) => choices), budget);
    return found === undefined ? undefined : { keeps: new Map(this.layers.map(({ name }, l) => [name, (found.picks[l] as number) + 1])), cost: found.cost, loss: found.loss, exact: found.exact };
  }

  /** Costs of the cheapest and of the dense choice. */
  get range(): readonly [least: number, dense: number] {
    const total = (of: (choices: readonly Choice[]) => number): number => this.layers.reduce((sum, { choices }) => sum + of(choices), 0);
    return [total((choices) => choices.reduce((least, { cost }) => Math.min(least, cost), Infinity)), total((choices) => (choices.at(-1) as Choice).cost)];
  }

  lossOf(keeps: KeepByLayer): number {
    return this.sum(keeps, ({ loss }) => loss);
  }

  costOf(keeps: KeepByLayer): number {
    return this.sum(keeps, ({ cost }) => cost);
  }

  private sum(keeps: KeepByLayer, of: (choice: Choice) => number): number {
    return this.layers.reduce((total, { name, choices }) => total + of(choices[(keeps.get(name) as number) - 1] as Choice), 0);
  }

  /**
   * A choice whose program takes at most `cycles`, and from which no K can be raised by one with less loss. Undefined: none was found, and `least`, the
   * last resort, is none either. Yields the cycles of each program that is tried.
   */
  *withinProgram(cycles: number, program: CycleModel['program'], least: KeepByLayer): Generator<number, Chosen | undefined> {
    let budget = cycles;
    let best: Chosen | undefined;
    const seen = new Set<string>();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = this.within(budget);
      if (found === undefined) {
        // Too far down: what one program takes besides its layers differs a little from the next.
        const [cheapest] = this.range;
        if (attempt === 0 || budget >= cheapest) break;
        budget = cheapest;
        continue;
      }
      const key = [...found.keeps.values()].join();
      if (seen.has(key)) break;
      seen.add(key);
      const takes = program(found.keeps);
      yield takes;
      if (takes <= cycles && (best === undefined || found.loss < best.loss)) best = found;
      const rest = takes - found.cost;
      const next = Math.min(cycles - rest, takes > cycles ? budget - 1 : Infinity);
      if (takes <= cycles && next <= budget) break;
      budget = next;
    }
    if (best === undefined && program(least) <= cycles) best = { keeps: least, cost: this.costOf(least), loss: this.lossOf(least), exact: false };
    return best === undefined ? undefined : yield* this.raised(best, cycles, program);
  }

  /** Raises K while a raise by one gains and the program stays within the cycles, the largest gain first. */
  private *raised(from: Chosen, cycles: number, program: CycleModel['program']): Generator<number, Chosen> {
    let now = from;
    for (;;) {
      const raises = this.layers.flatMap(({ name, choices }) => {
        const keep = now.keeps.get(name) as number;
        const [own, next] = [choices[keep - 1] as Choice, choices[keep]];
        return next === undefined || next.loss >= own.loss ? [] : [{ name, keep: keep + 1, gain: own.loss - next.loss }];
      }).sort((a, b) => b.gain - a.gain);
      let better: Chosen | undefined;
      for (const { name, keep } of raises) {
        const keeps = new Map(now.keeps).set(name, keep);
        const takes = program(keeps);
        yield takes;
        if (takes > cycles) continue;
        better = { keeps, cost: this.costOf(keeps), loss: this.lossOf(keeps), exact: now.exact };
        break;
      }
      if (better === undefined) return now;
      now = better;
    }
  }
}

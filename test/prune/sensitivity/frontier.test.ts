// SPDX-License-Identifier: Apache-2.0
/** Holds the search for a number of cycles to programs that take more than their layers, and not the same more for every choice. */

import { expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { Frontier, type Chosen } from '../../../generator/prune/sensitivity/frontier.js';
import type { KeepByLayer } from '../../../generator/prune/sensitivity/layers.js';

const random = createRandom(23);
const GROUP = 4;

const all = (names: readonly string[], keep: number): KeepByLayer => new Map(names.map((name) => [name, keep]));

function result(steps: Generator<number, Chosen | undefined>): Chosen | undefined {
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

it('a choice within the cycles of a program is found where there is one, and no K can be raised with less loss', () => {
  let raises = 0;
  for (let run = 0; run < 200; run++) {
    const names = ['a', 'b', 'c', 'd'];
    const width = new Map(names.map((name) => [name, random.integer(20, 200)]));
    const losses = new Map(names.map((name) => [name, new Map([1, 2, 3].map((keep) => [keep, (GROUP - keep) * (1 + random.next())]))]));
    /** Waiting of neighbours: a share of the smaller of two layers that follow each other. */
    const share = random.next();
    const layer = (name: string, keep: number): number => width.get(name)! * keep;
    const program = (keeps: KeepByLayer): number => {
      const takes = names.map((name) => layer(name, keeps.get(name)!));
      return 50 + takes.reduce((sum, own, i) => sum + own + Math.floor(share * Math.min(own, takes[i + 1] ?? 0)), 0);
    };
    const frontier = new Frontier(losses, GROUP, layer);
    const at = (keep: number): number => program(all(names, keep));
    const cycles = random.integer(at(1), at(GROUP));
    const found = result(frontier.withinProgram(cycles, program, all(names, 1)))!;
    expect(program(found.keeps), `run ${run}`).toBeLessThanOrEqual(cycles);
    expect(found.loss).toBeCloseTo(frontier.lossOf(found.keeps), 12);
    for (const [name, keep] of found.keeps) {
      if (keep === GROUP) continue;
      const raised = new Map(found.keeps).set(name, keep + 1);
      if (frontier.lossOf(raised) >= found.loss) continue;
      expect(program(raised), `run ${run}, ${name}`).toBeGreaterThan(cycles);
      raises++;
    }
    expect(result(frontier.withinProgram(cycles, program, all(names, 1)))).toEqual(found);
  }
  expect(raises).toBeGreaterThan(100);
});

it('nothing is found below the cheapest choice', () => {
  const frontier = new Frontier(new Map([['a', new Map([[1, 3], [2, 2], [3, 1]])]]), GROUP, (_, keep) => 10 * keep);
  expect(result(frontier.withinProgram(14, (keeps) => 5 + 10 * keeps.get('a')!, all(['a'], 1)))).toBeUndefined();
  expect(result(frontier.withinProgram(15, (keeps) => 5 + 10 * keeps.get('a')!, all(['a'], 1)))?.keeps).toEqual(new Map([['a', 1]]));
  expect(frontier.range).toEqual([10, 40]);
});

it('the last resort is taken where nothing else fits', () => {
  // Two K that cost the same by themselves, and a program to which the smaller one is worth something.
  const frontier = new Frontier(new Map([['a', new Map([[1, 3], [2, 2], [3, 1]])]]), GROUP, (_, keep) => 10 * Math.max(2, keep));
  const program = (keeps: KeepByLayer): number => 20 + keeps.get('a')!;
  expect(result(frontier.withinProgram(21, program, all(['a'], 1)))).toEqual({ keeps: all(['a'], 1), cost: 20, loss: 3, exact: false });
  expect(result(frontier.withinProgram(22, program, all(['a'], 1)))?.keeps).toEqual(all(['a'], 2));
  expect(result(frontier.withinProgram(20, program, all(['a'], 1)))).toBeUndefined();
});

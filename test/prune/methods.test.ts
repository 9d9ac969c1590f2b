// SPDX-License-Identifier: Apache-2.0
/** Holds the methods to what they claim: refit is optimal, searches find what small problems allow, every mask is allowed, levels are levels. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { relativeError, rowError, solveBlock, type LayerProblem } from '../../generator/prune/layer/problem.js';
import { refit } from '../../generator/prune/layer/refit.js';
import { roundWeights } from '../../generator/prune/layer/rounding.js';
import { admm } from '../../generator/prune/methods/admm.js';
import { searchSegments, segmentsOf } from '../../generator/prune/methods/by-block.js';
import { searchRows } from '../../generator/prune/methods/by-row.js';
import { magnitude, magnitudeRefit } from '../../generator/prune/methods/magnitude.js';
import { secondOrder } from '../../generator/prune/methods/second-order.js';
import type { Constraint, WeightShape } from '../../generator/prune/scheme.js';

const of = (text: string): Constraint => parseConstraint(text, { pes: 2, group: 4 });

/** Inputs that hang together, as those of images do: each column is a mixture of a few sources. */
function problemOf(shape: WeightShape, seed: number, groups = 1): LayerProblem {
  const random = createRandom(seed);
  const bell = (): number => random.next() + random.next() + random.next() - 1.5;
  const [outChannels, height, width, inChannels] = shape;
  const columns = height * width * inChannels;
  const rows = outChannels / groups;
  const dense = Float64Array.from({ length: outChannels * columns }, bell);
  const blocks = Array.from({ length: groups }, (_, g) => {
    const mix = Float64Array.from({ length: columns * 3 }, bell);
    const samples = 4 * columns;
    const inputs = Array.from({ length: samples }, () => {
      const sources = [bell(), bell(), bell()];
      return Float64Array.from({ length: columns }, (_v, i) => bell() + sources.reduce((sum, source, s) => sum + source * mix[3 * i + s]!, 0));
    });
    const gram = new Float64Array(columns * columns);
    for (const x of inputs) for (let i = 0; i < columns; i++) for (let j = 0; j < columns; j++) gram[i * columns + j]! += (x[i]! * x[j]!) / samples;
    for (let i = 0; i < columns; i++) gram[i * columns + i]! += 1e-3;
    const firstRow = g * rows;
    const cross = new Float64Array(rows * columns);
    const power = new Float64Array(rows);
    for (let row = 0; row < rows; row++) for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) cross[row * columns + i]! += gram[i * columns + j]! * dense[(firstRow + row) * columns + j]!;
      power[row]! += cross[row * columns + i]! * dense[(firstRow + row) * columns + i]!;
    }
    return { firstRow, rows, columns, gram, cross, power, inputMean: new Float64Array(columns), targetMean: new Float64Array(rows) };
  });
  return { name: 'layer', shape, dense, blocks };
}

const SMALL: WeightShape = [4, 2, 2, 8];

describe('the refit', () => {
  it('leaves a gradient of 0 at every kept weight, so that no other weights of the mask are better', () => {
    const problem = problemOf(SMALL, 1, 2);
    const mask = of('balanced:2/4').project(problem.dense.map(Math.abs), SMALL);
    const weights = refit(problem, mask);
    const error = relativeError(problem, weights);
    const random = createRandom(2);
    for (let i = 0; i < 100; i++) {
      const other = weights.map((weight, at) => (mask[at] === 1 ? weight + 0.01 * (random.next() - 0.5) : 0));
      expect(relativeError(problem, other)).toBeGreaterThan(error);
    }
    expect(weights.every((weight, at) => mask[at] === 1 || weight === 0)).toBe(true);
  });

  it('of all weights gives the dense ones again', () => {
    const problem = problemOf(SMALL, 3);
    refit(problem, new Uint8Array(problem.dense.length).fill(1)).forEach((weight, at) => expect(weight).toBeCloseTo(problem.dense[at]!, 6));
  });
});

describe.each(['balanced:2/4', 'balanced:1/4', 'unconstrained:0.4', 'pattern:2@kernel', 'pattern:2/2@tile', 'kernel:1x2', 'pattern:2@tile+balanced:2/4'])('%s', (text) => {
  const constraint = of(text);

  it.each([magnitude, magnitudeRefit, secondOrder, admm])('by $name: an allowed mask of the stated count, weights inside it alone, the same every time', (method) => {
    const problem = problemOf(SMALL, 5);
    const { mask, weights } = method.prune(problem, constraint);
    expect(constraint.allows(mask, SMALL)).toBe(true);
    expect(mask.reduce((a, b) => a + b, 0)).toBe(constraint.kept(SMALL));
    expect(weights.every((weight, at) => mask[at] === 1 || weight === 0)).toBe(true);
    expect(method.prune(problem, constraint)).toEqual({ mask, weights });
  });

  it('second order and ADMM lose no more than the refitted choice by magnitude, and that less than magnitude alone', () => {
    const errors = Array.from({ length: 8 }, (_, seed) => {
      const problem = problemOf(SMALL, 40 + seed);
      return [magnitude, magnitudeRefit, secondOrder, admm].map((method) => relativeError(problem, method.prune(problem, constraint).weights));
    });
    const sum = (at: number): number => errors.reduce((total, own) => total + own[at]!, 0);
    expect(sum(1)).toBeLessThan(sum(0));
    expect(sum(2)).toBeLessThanOrEqual(sum(1));
    expect(sum(3)).toBeLessThanOrEqual(sum(1));
  });
});

describe('the second-order search', () => {
  /** The least error of a row over all masks of K of every group of 4. */
  function leastError(problem: LayerProblem, row: number, keep: number): number {
    const [block] = problem.blocks;
    const { columns } = block!;
    const sets = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].map((i) => (bits >> i) & 1)).filter((set) => set.reduce((a, b) => a + b, 0) === keep);
    let least = Infinity;
    const walk = (mask: readonly number[]): void => {
      if (mask.length < columns) {
        for (const set of sets) walk([...mask, ...set]);
        return;
      }
      const all = new Uint8Array(problem.dense.length);
      all.set(mask, row * columns);
      least = Math.min(least, rowError(block!, row, refit(problem, all), row * columns));
    };
    walk([]);
    return least;
  }

  it('finds the best of all masks in most rows, and loses 3 % to it on average', () => {
    let [found, rows, lostToBest] = [0, 0, 0];
    for (let seed = 0; seed < 12; seed++) {
      const shape: WeightShape = [2, 1, 1, 12];
      const problem = problemOf(shape, 100 + seed);
      const { weights } = secondOrder.prune(problem, of('balanced:2/4'));
      for (let row = 0; row < 2; row++, rows++) {
        const [own, best] = [rowError(problem.blocks[0]!, row, weights, row * 12), leastError(problem, row, 2)];
        lostToBest += own / best - 1;
        if (own <= best * (1 + 1e-9)) found++;
      }
    }
    expect(found / rows).toBeGreaterThan(0.7);
    expect(lostToBest / rows).toBeLessThan(0.03);
  });

  it('segment by segment is better than single saliencies, row by row is better still', () => {
    const sums = [0, 0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const shape: WeightShape = [4, 1, 1, 48];
      const problem = problemOf(shape, 200 + seed);
      const constraint = of('balanced:1/4');
      const solved = problem.blocks.map(solveBlock);
      const mask = constraint.project(problem.dense.map((weight) => weight ** 2), shape);
      const labels = constraint.exchange(mask, shape);
      const masks = [mask, searchSegments(problem, solved, mask, labels), searchRows(problem, solved, mask, labels)];
      masks.forEach((one, i) => {
        expect(constraint.allows(one, shape)).toBe(true);
        sums[i]! += relativeError(problem, refit(problem, one));
      });
    }
    expect(sums[1]).toBeLessThan(sums[0]!);
    expect(sums[2]).toBeLessThan(sums[1]!);
  });

  it('cuts columns into segments that hold whole groups, and long groups after 32 columns', () => {
    expect(segmentsOf(Int32Array.from({ length: 40 }, (_, i) => Math.floor(i / 8)))).toEqual([8, 16, 24, 32, 40]);
    expect(segmentsOf(new Int32Array(70))).toEqual([32, 64, 70]);
    expect(segmentsOf(Int32Array.of(-1, -1, 5, 5, -1))).toEqual([1, 2, 4, 5]);
  });
});

describe('rounding to levels', () => {
  it.each([[127, 1.05], [7, 1.02], [1, 1]])('with %i as the largest gives multiples of float32 scales and loses no more than nearest levels do', (largest, margin) => {
    for (let seed = 0; seed < 5; seed++) {
      const problem = problemOf(SMALL, 300 + seed);
      const { mask, weights } = magnitudeRefit.prune(problem, of('balanced:2/4'));
      const rounded = roundWeights(problem, mask, weights, largest);
      const columns = 32;
      expect(rounded.scales.every((scale) => Math.fround(scale) === scale)).toBe(true);
      rounded.weights.forEach((weight, at) => {
        const level = weight / rounded.scales[Math.floor(at / columns)]!;
        expect(Math.abs(level - Math.round(level))).toBeLessThan(1e-9);
        expect(Math.abs(level)).toBeLessThanOrEqual(largest + 1e-9);
        if (mask[at] === 0) expect(weight).toBe(0);
      });
      const nearest = weights.map((weight, at) => {
        const row = Math.floor(at / columns);
        const scale = weights.subarray(row * columns, (row + 1) * columns).reduce((most, one) => Math.max(most, Math.abs(one)), 0) / largest;
        return Math.round(weight / scale) * scale;
      });
      expect(relativeError(problem, rounded.weights)).toBeLessThanOrEqual(relativeError(problem, nearest) * margin);
    }
  });
});

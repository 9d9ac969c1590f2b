// SPDX-License-Identifier: Apache-2.0
/**
 * Owns pruning by ADMM on the layer's reconstruction error: weights that fit the outputs and weights that satisfy the constraint are drawn
 * together, then the mask is fixed and what stays is refitted.
 */

import { largestLevel, nearestLevels } from '../layer/levels.js';
import type { LayerProblem, ProblemBlock } from '../layer/problem.js';
import { refit } from '../layer/refit.js';
import { cholesky, solveFactored } from '../numeric/cholesky.js';
import type { PruningMethod } from './method.js';

/** rho as a share of the input power: the first, its growth from phase to phase, and the rounds of each phase. */
const [FIRST_RHO, GROWTH, PHASES, ROUNDS] = [0.02, 1.4, 16, 4];

/** Columns scaled to unit input power, so that the size of a scaled weight says what it does to the output. */
interface Scaled {
  readonly block: ProblemBlock;
  readonly scale: Float64Array;
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

function scaled(block: ProblemBlock): Scaled {
  const { columns: n } = block;
  const scale = Float64Array.from({ length: n }, (_, i) => Math.sqrt(block.gram[i * n + i] as number));
  const gram = block.gram.map((value, at) => value / ((scale[Math.floor(at / n)] as number) * (scale[at % n] as number)));
  const cross = block.cross.map((value, at) => value / (scale[at % n] as number));
  return { block, scale, gram, cross };
}

/**
 * min 1/2 sum (w - w*) G (w - w*) + rho/2 |W - Z + U|^2 over W, Z = the constraint's projection of W + U (and its quantization levels),
 * U += W - Z, while rho grows; in scaled weights. The mask of the last Z is refitted exactly.
 */
export const admm: PruningMethod = {
  name: 'admm',
  description: 'ADMM on the layer\'s outputs with the constraint\'s projection, then refit',
  needs: 'problem',
  prune(problem: LayerProblem, constraint, levels) {
    const { dense, shape } = problem;
    const blocks = problem.blocks.map(scaled);
    const w = new Float64Array(dense.length);
    const z = new Float64Array(dense.length);
    const u = new Float64Array(dense.length);
    for (const { block: { firstRow, rows, columns }, scale } of blocks) {
      for (let at = firstRow * columns; at < (firstRow + rows) * columns; at++) z[at] = (dense[at] as number) * (scale[at % columns] as number);
    }
    let mask = constraint.project(z.map((value) => value * value), shape);
    for (let phase = 0, rho = FIRST_RHO; phase < PHASES; phase++, rho *= GROWTH) {
      const factors = blocks.map(({ gram, block: { columns: n } }) => cholesky(gram.map((value, at) => (at % (n + 1) === 0 ? value + rho : value)), n));
      for (let round = 0; round < ROUNDS; round++) {
        blocks.forEach((block, b) => { fitTowards(block, factors[b] as Float64Array, rho, z, u, w); });
        const sum = w.map((value, at) => value + (u[at] as number));
        mask = constraint.project(sum.map((value) => value * value), shape);
        for (let at = 0; at < z.length; at++) z[at] = mask[at] === 1 ? (sum[at] as number) : 0;
        if (levels !== undefined) toLevels(z, blocks, levels.largest);
        for (let at = 0; at < u.length; at++) u[at] = (sum[at] as number) - (z[at] as number);
      }
      // U counts in units of 1 / rho.
      for (let at = 0; at < u.length; at++) u[at] = (u[at] as number) / GROWTH;
    }
    return { mask, weights: refit(problem, mask) };
  },
};

/** W = (C + rho (Z - U)) (G + rho I)^-1. */
function fitTowards({ cross, block: { firstRow, rows, columns: n } }: Scaled, factor: Float64Array, rho: number, z: Float64Array, u: Float64Array, w: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    const own = w.subarray((firstRow + row) * n, (firstRow + row + 1) * n);
    for (let i = 0; i < n; i++) {
      const at = (firstRow + row) * n + i;
      own[i] = (cross[row * n + i] as number) + rho * ((z[at] as number) - (u[at] as number));
    }
    solveFactored(factor, n, own);
  }
}

/** Kept values to the levels of their row, in weights as they will be stored. */
function toLevels(z: Float64Array, blocks: readonly Scaled[], largest: number): void {
  for (const { block: { firstRow, rows, columns: n }, scale } of blocks) {
    for (let row = firstRow; row < firstRow + rows; row++) {
      const own = Float64Array.from({ length: n }, (_, i) => (z[row * n + i] as number) / (scale[i] as number));
      const rounded = nearestLevels(own, largestLevel(own, largest), largest);
      for (let i = 0; i < n; i++) z[row * n + i] = (rounded[i] as number) * (scale[i] as number);
    }
  }
}

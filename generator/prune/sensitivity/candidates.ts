// SPDX-License-Identifier: Apache-2.0
/** Owns the weights of one layer at every K of G, all of them from one descent where the method fits weights to outputs. */

import { balanced } from '../constraints/balanced.js';
import { rowError, solveBlock, type LayerProblem } from '../layer/problem.js';
import { refit } from '../layer/refit.js';
import { rowChoice, searchWork } from '../methods/by-row.js';
import { giveUp } from '../methods/exchange.js';
import { magnitude, magnitudeRefit } from '../methods/magnitude.js';
import type { LayerWeights } from '../methods/method.js';
import { Tableau } from '../numeric/tableau.js';

/** Multiplications of a descent from all columns to one of G; larger layers are refitted instead. */
const MOST_WORK = 6e10;

/** OHWI weights by K, from G - 1 down to 1; 0 where they are pruned. */
export type WeightsByKeep = ReadonlyMap<number, Float64Array>;

const keeps = (group: number): number[] => Array.from({ length: group - 1 }, (_, i) => group - 1 - i);

/**
 * Every row loses the weight that costs its outputs least next, with exact updates of all others (OBS); the weights are read off each time all groups
 * are down to K. The masks are nested; second-order pruning exchanges slots besides.
 */
function descent(problem: LayerProblem, group: number): WeightsByKeep {
  const { shape, dense, blocks } = problem;
  const labels = balanced({ keep: 1, group }).exchange(new Uint8Array(dense.length), shape);
  const found = new Map(keeps(group).map((keep) => [keep, new Float64Array(dense.length)]));
  const full = new Uint8Array(dense.length).fill(1);
  for (const block of blocks) {
    const { columns, rows, firstRow } = block;
    const { inverse, optimum } = solveBlock(block);
    const tableau = Tableau.ofSize(columns);
    for (let row = 0; row < rows; row++) {
      const start = (firstRow + row) * columns;
      const own = optimum.subarray(row * columns, (row + 1) * columns);
      tableau.restart(inverse, own, rowError(block, row, own, 0));
      const all = rowChoice(labels, full, start, columns);
      for (const [keep, weights] of found) {
        giveUp(tableau, { labels: all.labels, keep: new Map([...all.keep].map(([label, size]) => [label, Math.min(keep, size)])) });
        for (let i = 0; i < columns; i++) if (tableau.inUse[i] === 1) weights[start + i] = tableau.weight(i);
      }
    }
  }
  return found;
}

/** How the weights of curves are found: `unchanged` by magnitude, `refit` of magnitude's choice, `descent`. */
export type CurveRule = 'unchanged' | 'refit' | 'descent';

/** The rule for a method; methods that choose by outputs share the descent. */
export const curveRule = (method: string): CurveRule => (method === magnitude.name ? 'unchanged' : method === magnitudeRefit.name ? 'refit' : 'descent');

/** Weights of a layer at every K below G. */
export function weightsByKeep(layer: LayerWeights, problem: LayerProblem | undefined, rule: CurveRule, group: number): WeightsByKeep {
  if (problem !== undefined && rule === 'descent' && 2 * searchWork(problem) <= MOST_WORK) return descent(problem, group);
  return new Map(keeps(group).map((keep) => {
    const mask = balanced({ keep, group }).project(layer.dense.map(Math.abs), layer.shape);
    return [keep, problem === undefined ? layer.dense.map((weight, i) => (mask[i] === 1 ? weight : 0)) : refit(problem, mask)];
  }));
}

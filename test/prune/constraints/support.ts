// SPDX-License-Identifier: Apache-2.0
/** Owns what the tests of constraints share: an array, layers as properties, random scores, sums over masks. */

import fc from 'fast-check';
import type { Random } from '../../../generator/core/random.js';
import { parseConstraint } from '../../../generator/prune/constraints/parse.js';
import type { Constraint, WeightShape } from '../../../generator/prune/scheme.js';

export const SEED = 20240;
export const ARRAY = { pes: 4, group: 8, lanes: 1, requant: 1 };
export const of = (text: string): Constraint => parseConstraint(text, ARRAY);

/** Layers of 3 x 3 and 2 x 3 with whole and partial groups and tiles. */
const shapes = fc.record({
  shape: fc.constantFrom<WeightShape>([4, 3, 3, 16], [6, 3, 3, 12], [5, 2, 3, 8], [9, 3, 3, 19]),
  seed: fc.nat(),
  levels: fc.constantFrom(1, 3, 128, 1e6),
});

export const count = (shape: WeightShape): number => shape.reduce((a, b) => a * b, 1);
export const scoresOf = (random: Random, shape: WeightShape, levels: number): number[] => Array.from({ length: count(shape) }, () => random.integer(0, levels - 1));
export const total = (scores: readonly number[], mask: Uint8Array): number => scores.reduce((sum, score, i) => sum + score * mask[i]!, 0);
export const kept = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);
export const check = (runs: number, property: (layer: { shape: WeightShape; seed: number; levels: number }) => void): void => fc.assert(fc.property(shapes, property), { seed: SEED, numRuns: runs });

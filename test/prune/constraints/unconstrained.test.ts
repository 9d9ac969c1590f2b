// SPDX-License-Identifier: Apache-2.0
/** Holds the unconstrained constraint to its definition, and its lockstep steps to those of its masks. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { maskSteps } from '../../../generator/model/mask-law.js';
import { constraintCost } from '../../../generator/prune/cost.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { of, scoresOf, total, kept, check } from './support.js';

describe('the unconstrained constraint', () => {
  it('keeps as many as balanced and at least its magnitude, with ties to the lower index', () => {
    check(100, ({ shape, seed, levels }) => {
      const scores = scoresOf(createRandom(seed), shape, levels);
      const mask = of('unconstrained:2/8').project(scores, shape);
      const other = of('balanced:2/8').project(scores, shape);
      expect(kept(mask)).toBe(kept(other));
      expect(total(scores, mask)).toBeGreaterThanOrEqual(total(scores, other));
      const lowest = Math.min(...scores.filter((_, i) => mask[i] === 1));
      scores.forEach((score, i) => { if (mask[i] === 0) expect(score).toBeLessThanOrEqual(lowest); });
      expect(scores.flatMap((score, i) => (score === lowest ? [mask[i]!] : [])).join('')).toMatch(/^1*0*$/);
    });
  });

  it('takes 2.14 times the steps of 2 of 8 on 16 processing elements in lockstep, as its masks do', () => {
    const array = { pes: 16, group: 8, lanes: 1, requant: 16 };
    const layer = { outChannels: 64, kernelHeight: 3, kernelWidth: 3, inChannels: 64, pixels: 1 };
    const { law } = constraintCost(of('unconstrained:2/8'), layer, array);
    const ideal = constraintCost(of('balanced:2/8'), layer, array).law;
    expect((law.steps / ideal.steps).toFixed(2)).toBe('2.14');
    const shape: WeightShape = [64, 3, 3, 64];
    const mask = of('unconstrained:2/8').project(scoresOf(createRandom(3), shape, 1e9), shape);
    expect(maskSteps(mask, shape, array).reduce((a, b) => a + b, 0) / 4 / law.steps).toBeCloseTo(1, 1);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds the kernel shape constraint to its definition: steps, placement, the smallest shape that leaves a share. */

import { describe, expect, it } from 'vitest';
import { constraintCost } from '../../../generator/prune/cost.js';
import type { WeightShape } from '../../../generator/prune/scheme.js';
import { ARRAY, of } from './support.js';

describe('the kernel shape constraint', () => {
  it('takes 1/9 of the steps at 1 x 1 and 2/3 at 3 x 2, times K/G with balanced inside', () => {
    const layer = { outChannels: 16, kernelHeight: 3, kernelWidth: 3, inChannels: 32, pixels: 9 };
    const cycles = (text: string): number => constraintCost(of(text), layer, ARRAY).law.cyclesWithoutDrain;
    const dense = 4 * 9 * 9 * 32;
    expect([cycles('kernel:1x1'), cycles('kernel:3x2'), cycles('kernel:6'), cycles('kernel:3x2+balanced:2/8')]).toEqual([dense / 9, (dense * 2) / 3, (dense * 2) / 3, dense / 6]);
    expect(of('kernel:1x1').storage([16, 3, 3, 32]).indexBits).toEqual({ schedule: 0 });
  });

  it('is placed where the score is, with rows and columns as the score asks for', () => {
    const shape: WeightShape = [1, 3, 3, 1];
    expect([...of('kernel:1x1').project([0, 0, 0, 0, 0, 5, 4, 0, 0], shape)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect([...of('kernel:6').project([9, 9, 9, 1, 1, 1, 0, 0, 0], shape)]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect([...of('kernel:6').project([9, 1, 0, 9, 1, 0, 9, 1, 0], shape)]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    // 27 of 36 are in a column, 30 in two: the smallest that leaves a share.
    const scores = [9, 1, 2, 9, 1, 2, 9, 1, 2];
    expect([...of('kernel:auto/0.75').project(scores, shape)]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0]);
    expect([...of('kernel:auto/0.8').project(scores, shape)]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    expect([...of('kernel:auto/1').project(scores, shape)]).toEqual(new Array(9).fill(1));
  });
});

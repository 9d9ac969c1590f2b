// SPDX-License-Identifier: Apache-2.0
/** Checks the paired loss against an example that was computed by hand, and what follows from it. */
import { describe, expect, it } from 'vitest';
import { judge, pairedLoss, rightOf } from '../../generator/compare/paired-loss.js';

describe('the paired loss', () => {
  it('equals the example by hand', () => {
    // Differences 0, 1, 1, 0, -1, 0, 1, 0: sum 2, mean 0.25; squares 4; variance (4 - 8 x 0.0625) / 7 = 0.5; error sqrt(0.5 / 8) = 0.25.
    const loss = pairedLoss('11101010', '10001100');
    expect(loss.points).toBe(25);
    expect(loss.standardError).toBeCloseTo(25, 12);
  });

  it('has no error where all differences are one value', () => {
    expect(pairedLoss('1111', '1111')).toEqual({ points: 0, standardError: 0 });
    expect(pairedLoss('1111', '0000')).toEqual({ points: 100, standardError: 0 });
    expect(pairedLoss('1', '0')).toEqual({ points: 100, standardError: 0 });
  });

  it('is smaller than that of two independent samples when answers go together', () => {
    const dense = '1'.repeat(80) + '0'.repeat(20);
    const { standardError } = pairedLoss(dense, `0${dense.slice(1)}`);
    expect(standardError).toBeCloseTo(1, 6);
    expect(rightOf(dense)).toBe(80);
  });

  it.each([
    [0.5, 0.2, 'within'], [0.7, 0.2, 'undecided'], [1.3, 0.2, 'undecided'], [1.5, 0.2, 'beyond'], [1, 0, 'within'], [1.1, 0, 'beyond'], [-3, 0.4, 'within'],
  ] as const)('of %d +- %d points is %s at a bar of 1', (points, standardError, verdict) => {
    expect(judge({ points, standardError }, 1)).toBe(verdict);
  });
});

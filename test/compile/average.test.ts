// SPDX-License-Identifier: Apache-2.0
/** Exact averages: the requantizer's parameters against plain division. */
import { describe, expect, it } from 'vitest';
import { averageParameters } from '../../generator/compile/lower/average.js';

/** BigInt arithmetic of the requantizer, written from its documentation. */
function requantize(sum: number, { bias, multiplier, rightShift, leftShift }: ReturnType<typeof averageParameters>['parameters'], single: boolean): number {
  const product = BigInt(sum + bias) * 2n ** BigInt(leftShift) * BigInt(multiplier);
  if (single) return Number((product + 2n ** BigInt(30 + rightShift)) >> BigInt(31 + rightShift));
  const high = (product + 2n ** 30n) >> 31n;
  if (rightShift === 0) return Number(high);
  const half = 2n ** BigInt(rightShift - 1);
  return Number(high < 0n ? -((-high + half) >> BigInt(rightShift)) : (high + half) >> BigInt(rightShift));
}

describe('the average of n int8 values', () => {
  it('is sum / n rounded half away from zero for every sum, for every n to 66 and some large ones', () => {
    const wrong: string[] = [];
    for (const rounding of ['double', 'single'] as const) {
      for (const count of [...Array.from({ length: 66 }, (_, i) => i + 1), 81, 144, 225, 2401]) {
        const { parameters, zeroPoint } = averageParameters(count, 'away', rounding);
        const step = count > 64 ? Math.ceil(count / 50) : 1;
        for (let sum = -128 * count; sum <= 127 * count; sum += step) {
          const expected = Math.trunc((sum + Math.sign(sum) * Math.floor(count / 2)) / count);
          if (requantize(sum, parameters, rounding === 'single') + zeroPoint !== expected + 0) wrong.push(`${sum} / ${count}, ${rounding}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('goes upwards at ties for legacy uint8', () => {
    for (const count of [2, 4, 6, 9, 49]) {
      const { parameters, zeroPoint } = averageParameters(count, 'up', 'double');
      for (let sum = -128 * count; sum <= 127 * count; sum++) {
        expect(requantize(sum, parameters, false) + zeroPoint).toBe(Math.floor((sum + 128 * count + Math.floor(count / 2)) / count) - 128);
      }
    }
  });
});

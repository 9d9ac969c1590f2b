// SPDX-License-Identifier: Apache-2.0
/** Holds the 32-bit fixed-point arithmetic to BigInt transcriptions of gemmlowp's C++. */

import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../generator/core/random.js';
import {
  multiplyByQuantizedMultiplier,
  multiplyRoundingOnce,
  roundingDivideByPOT,
  roundingHalfSum,
  saturatingRoundingDoublingHighMul,
  saturatingRoundingMultiplyByPOT,
} from '../../generator/quantize/fixed-point.js';

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;

/** gemmlowp as written: nudge by sign, then C++ division, which truncates. */
function highMulModel(a: bigint, b: bigint): bigint {
  if (a === b && a === BigInt(MIN)) return BigInt(MAX);
  const product = a * b;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return (product + nudge) / (1n << 31n);
}

/** gemmlowp as written, on BigInt. */
function divideModel(x: bigint, exponent: bigint): bigint {
  const mask = (1n << exponent) - 1n;
  const remainder = x & mask;
  const threshold = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> exponent) + (remainder > threshold ? 1n : 0n);
}

const EDGES = [MIN, MIN + 1, -65537, -65536, -65535, -32768, -2, -1, 0, 1, 2, 32767, 65535, 65536, 2 ** 30, MAX - 1, MAX];

/** Numbers of every magnitude, edges often. */
function anyInt32(random: Random): number {
  const kind = random.integer(0, 3);
  if (kind === 0) return random.pick(EDGES);
  return random.integer(MIN, MAX) >> random.integer(0, 31);
}

describe('fixed-point arithmetic equals a BigInt model of gemmlowp', () => {
  it('in saturatingRoundingDoublingHighMul, on all pairs of edges and 200,000 random pairs (seed 1)', () => {
    for (const a of EDGES) for (const b of EDGES) {
      expect(saturatingRoundingDoublingHighMul(a, b), `${a} * ${b}`).toBe(Number(highMulModel(BigInt(a), BigInt(b))));
    }
    const random = createRandom(1);
    for (let i = 0; i < 200_000; i++) {
      const [a, b] = [anyInt32(random), anyInt32(random)];
      const [found, expected] = [saturatingRoundingDoublingHighMul(a, b), Number(highMulModel(BigInt(a), BigInt(b)))];
      if (found !== expected) expect.fail(`${a} * ${b}: ${found}, model ${expected}`);
    }
  });

  it('in saturatingRoundingDoublingHighMul on products next to a tie, where the two roundings could differ', () => {
    // a * 2^k hits exact halves of 2^31 for small k.
    for (let k = 0; k < 31; k++) for (let a = -40; a <= 40; a++) for (const d of [-1, 0, 1]) {
      const [x, y] = [(a * 2 + 1) * 2 ** Math.min(24, 30 - k) + d, 2 ** k];
      if (x < MIN || x > MAX) continue;
      expect(saturatingRoundingDoublingHighMul(x, y)).toBe(Number(highMulModel(BigInt(x), BigInt(y))));
    }
  });

  it('in roundingDivideByPOT for every exponent 0..31 (seed 2)', () => {
    const random = createRandom(2);
    for (let exponent = 0; exponent <= 31; exponent++) {
      for (let i = 0; i < 2000; i++) {
        const x = i < EDGES.length ? (EDGES[i] as number) : anyInt32(random);
        const [found, expected] = [roundingDivideByPOT(x, exponent), Number(divideModel(BigInt(x), BigInt(exponent)))];
        if (found !== expected) expect.fail(`${x} / 2^${exponent}: ${found}, model ${expected}`);
      }
    }
  });

  it('in multiplyByQuantizedMultiplier with shifts to both sides, wrapping left shifts included (seed 3)', () => {
    const random = createRandom(3);
    for (let i = 0; i < 100_000; i++) {
      const x = anyInt32(random);
      const multiplier = random.integer(2 ** 30, MAX);
      const shift = random.integer(-31, 8);
      const left = BigInt(Math.max(0, shift));
      const right = BigInt(Math.max(0, -shift));
      const shifted = BigInt.asIntN(32, BigInt(x) << left);
      const expected = Number(divideModel(highMulModel(shifted, BigInt(multiplier)), right));
      const found = multiplyByQuantizedMultiplier(x, multiplier, shift);
      if (found !== expected) expect.fail(`${x} * ${multiplier} shift ${shift}: ${found}, model ${expected}`);
    }
  });

  it('in multiplyRoundingOnce for every shift from -31 to 30, where no rounding but one takes place (seed 4)', () => {
    const random = createRandom(4);
    for (let shift = -31; shift <= 30; shift++) {
      for (let i = 0; i < 2000; i++) {
        const x = i < EDGES.length ? (EDGES[i] as number) : anyInt32(random);
        const multiplier = i % 50 === 0 ? MAX : random.integer(2 ** 30, MAX);
        const total = BigInt(31 - shift);
        const expected = Number(BigInt.asIntN(32, (BigInt(x) * BigInt(multiplier) + (1n << (total - 1n))) >> total));
        const found = multiplyByQuantizedMultiplier(x, multiplier, shift, 'single');
        if (found !== expected) expect.fail(`${x} * ${multiplier} shift ${shift}: ${found}, model ${expected}`);
      }
    }
    // A quarter rounds to 0 at once, but to 1 over a half.
    expect([multiplyByQuantizedMultiplier(1, 2 ** 30, -1, 'single'), multiplyRoundingOnce(3, 2 ** 30, 0)]).toEqual([0, 2]);
  });

  it('rounds ties away from zero when dividing and rounds twice in all', () => {
    expect([3, -3, 5, -5].map((x) => roundingDivideByPOT(x, 1))).toEqual([2, -2, 3, -3]);
    // 1 * 1/2 rounds to 1, 1 / 2 rounds to 1 again: a single rounding of 1/4 would give 0.
    expect(multiplyByQuantizedMultiplier(1, 2 ** 30, -1)).toBe(1);
  });

  it('saturates in saturatingRoundingMultiplyByPOT and halves away from zero in roundingHalfSum', () => {
    expect(saturatingRoundingMultiplyByPOT(2 ** 28, 2)).toBe(2 ** 30);
    expect(saturatingRoundingMultiplyByPOT(2 ** 30, 2)).toBe(MAX);
    expect(saturatingRoundingMultiplyByPOT(-(2 ** 30), 2)).toBe(MIN);
    expect(saturatingRoundingMultiplyByPOT(5, -1)).toBe(3);
    expect([roundingHalfSum(1, 2), roundingHalfSum(-1, -2), roundingHalfSum(MAX, MAX)]).toEqual([2, -2, MAX]);
  });
});

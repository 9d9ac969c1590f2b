// SPDX-License-Identifier: Apache-2.0
/** Holds exp, log, log10 and pow to exact values, to the engine's own, and to bits that every machine must give. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { exp, log, log10, pow, powerOfTen } from '../../generator/core/real-functions.js';

const view = new DataView(new ArrayBuffer(8));
const bitsOf = (x: number): bigint => {
  view.setFloat64(0, x);
  return view.getBigInt64(0);
};
/** How many doubles lie between two of one sign. */
const steps = (a: number, b: number): number => Math.abs(Number(bitsOf(a) - bitsOf(b)));

/** e^x of a fraction p / q, to 60 decimal digits, by its series in integers. */
function exactExp(p: bigint, q: bigint): number {
  const one = 10n ** 60n;
  let [term, sum] = [one, one];
  for (let n = 1n; term !== 0n; n++) {
    term = (term * p) / (q * n);
    sum += term;
  }
  return Number(`${sum}e-60`);
}

describe('exp', () => {
  it('is within a step of the exact value for fractions from -4 to 4', () => {
    for (let k = -256; k <= 256; k++) expect(steps(exp(k / 64), exactExp(BigInt(k), 64n))).toBeLessThanOrEqual(1);
  });

  it("is within a step of the engine's over the whole range (seed 1)", () => {
    const random = createRandom(1);
    const xs = Array.from({ length: 100_000 }, () => (random.next() - 0.5) * 1480);
    expect(xs.filter((x) => steps(exp(x), Math.exp(x)) > 1)).toEqual([]);
  });

  it('ends at 0 and at Infinity', () => {
    expect([exp(0), exp(-0), exp(-Infinity), exp(Infinity), exp(-745.2), exp(709.8), exp(NaN)]).toEqual([1, 1, 0, Infinity, 0, Infinity, NaN]);
    expect(exp(-745.1)).toBe(5e-324);
  });
});

describe('log', () => {
  it('is the inverse of exp, and exact at 1', () => {
    for (let k = -256; k <= 256; k++) expect(Math.abs(log(exactExp(BigInt(k), 64n)) - k / 64)).toBeLessThan(1e-15 * Math.max(1, Math.abs(k / 64)));
    expect([log(1), log(0), log(-1), log(Infinity), log(NaN)]).toEqual([0, -Infinity, NaN, Infinity, NaN]);
  });

  it("is within two steps of the engine's for subnormal numbers too (seed 2)", () => {
    const random = createRandom(2);
    const xs = [5e-324, 1e-310, 1e308, ...Array.from({ length: 50_000 }, () => 2 * random.next())];
    expect(xs.filter((x) => steps(log(x), Math.log(x)) > 2)).toEqual([]);
  });

  it('to base 10 is an integer for every power of ten', () => {
    for (let n = -323; n <= 308; n++) expect(log10(powerOfTen(n))).toBe(n);
    expect([log10(0), log10(Infinity), log10(-1)]).toEqual([-Infinity, Infinity, NaN]);
    expect(log10(2)).toBeCloseTo(0.3010299956639812, 15);
  });
});

describe('pow', () => {
  it('is exact where the result is an integer that a double holds, or a power of two', () => {
    for (let base = -12; base <= 12; base++) {
      for (let n = 0; n <= 14; n++) expect(pow(base, n)).toBe(Number(BigInt(base) ** BigInt(n)));
    }
    for (let n = -1022; n <= 1023; n++) expect(pow(2, n)).toBe(n < 0 ? 1 / 2 ** -n : 2 ** n);
  });

  it('takes roots, and gives NaN for those of negative numbers', () => {
    expect([pow(9, 0.5), pow(-9, 0.5), pow(-8, 1 / 3), pow(0, 2.5), pow(0, -1), pow(Infinity, 0.3), pow(NaN, 0), pow(5, NaN)]).toEqual([3, NaN, NaN, 0, Infinity, Infinity, 1, NaN]);
    expect(pow(-1, 2001)).toBe(-1);
  });

  it("is close to the engine's (seed 3)", () => {
    const random = createRandom(3);
    const pairs = Array.from({ length: 50_000 }, () => [10 * random.next(), 20 * (random.next() - 0.5)] as const);
    expect(pairs.filter(([x, y]) => Math.abs(pow(x, y) / x ** y - 1) > 1e-13)).toEqual([]);
  });
});

it('every bit is the same on every machine', () => {
  const random = createRandom(4);
  const values = new DataView(new ArrayBuffer(8 * 4 * 5000));
  for (let i = 0; i < 5000; i++) {
    const [x, y] = [(random.next() - 0.5) * 1400, random.next() * 100];
    [exp(x), log(y), log10(y), pow(y, x / 100)].forEach((value, j) => values.setFloat64(8 * (4 * i + j), value));
  }
  expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe('aaf6e468a59c950234fec40f6d4c6445f88868235f05e1240215ed98e56b5cae');
});

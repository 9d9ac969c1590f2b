// SPDX-License-Identifier: Apache-2.0
/** Owns small integer helpers that every layer needs; knows no domain. */

/** ceil(a / b) for non-negative integers. */
export const ceilDiv = (a: number, b: number): number => Math.floor((a + b - 1) / b);

/** Smallest multiple of `m` that is >= `a`. */
export const roundUp = (a: number, m: number): number => ceilDiv(a, m) * m;

/** ceil(log2(n)); 0 for n = 1. */
export const clog2 = (n: number): number => (n <= 1 ? 0 : 32 - Math.clz32(n - 1));

/** Bits that address n things, at least 1 (Verilog has no zero-width vector). */
export const indexBits = (n: number): number => Math.max(1, clog2(n));

export const isPowerOfTwo = (n: number): boolean =>
  Number.isInteger(n) && n > 0 && (n & (n - 1)) === 0;

/** Smallest power of two >= n. */
export const nextPowerOfTwo = (n: number): number => 2 ** clog2(n);

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

// SPDX-License-Identifier: Apache-2.0
/** Owns exp, log, log10 and pow on sums, products and quotients alone: the same bits on every machine. JavaScript leaves Math's own to the engine. */

/** ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LN10 = 2.302585092994046;

const LARGEST_EXP = 709.782712893384;
const SMALLEST_EXP = -745.1332191019412;

/** 1 / n! for n = 2 to 14. */
const EXP_TERMS: readonly number[] = Array.from({ length: 13 }, (_, i) => 1 / Array.from({ length: i + 2 }, (_unused, n) => n + 1).reduce((a, b) => a * b, 1));

const view = new DataView(new ArrayBuffer(8));

/** 2^exponent for a normal number: -1022 to 1023. */
function powerOfTwo(exponent: number): number {
  view.setUint32(0, (exponent + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** e^x, within an ulp or two. */
export function exp(x: number): number {
  if (!(x <= LARGEST_EXP)) return x > 0 ? Infinity : NaN;
  if (x < SMALLEST_EXP) return 0;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 0;
  for (let n = EXP_TERMS.length - 1; n >= 0; n--) sum = sum * r + (EXP_TERMS[n] as number);
  const result = 1 + (r + r * r * sum);
  // In two steps: the larger half is exact, and only the other may round to a subnormal number.
  const half = Math.trunc(k / 2);
  return result * powerOfTwo(half) * powerOfTwo(k - half);
}

/** Natural logarithm, within an ulp or two of the larger part of the sum. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  // x = m * 2^e with m around 1: from sqrt(1/2) to sqrt(2).
  const subnormal = x < powerOfTwo(-1022);
  view.setFloat64(0, subnormal ? x * powerOfTwo(64) : x);
  const high = view.getUint32(0);
  let e = (high >>> 20) - 1023 - (subnormal ? 64 : 0);
  view.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let m = view.getFloat64(0);
  if (m > Math.SQRT2) [m, e] = [m / 2, e + 1];
  const f = (m - 1) / (m + 1);
  const f2 = f * f;
  let sum = 0;
  for (let n = 25; n >= 3; n -= 2) sum = sum * f2 + 1 / n;
  return e * LN2_HIGH + (2 * f + (2 * f * f2 * sum + e * LN2_LOW));
}

/** 10^n, rounded as a decimal number is read. */
export const powerOfTen = (n: number): number => Number(`1e${n}`);

/** Logarithm to base 10; an integer for a power of ten. */
export function log10(x: number): number {
  const quotient = log(x) / LN10;
  const nearest = Math.round(quotient);
  return Number.isFinite(quotient) && powerOfTen(nearest) === x ? nearest : quotient;
}

/** Integer exponents up to this are multiplied out. */
const MULTIPLIED_OUT = 1023;

/** x^y. Exact for small integers, a square root is one, otherwise within some 1e-13; NaN for a root of a negative number. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (y === 0.5) return Math.sqrt(x);
  const isInteger = Number.isInteger(y);
  if (isInteger && Math.abs(y) <= MULTIPLIED_OUT) {
    let product = 1;
    for (let n = Math.abs(y), square = x; n > 0; n = Math.floor(n / 2), square *= square) if (n % 2 === 1) product *= square;
    return y < 0 ? 1 / product : product;
  }
  if (x < 0 && !isInteger) return NaN;
  const size = exp(y * log(Math.abs(x)));
  return x < 0 && y % 2 !== 0 ? -size : size;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what masks at random places cost in lockstep: the mean of the largest count among the processing elements. */

/** x^n for whole n >= 0, by multiplications: the same on every machine. */
const wholePower = (x: number, n: number): number => Array.from({ length: n }).reduce<number>((product) => product * x, 1);

/** Mean of the largest of `pes` independent counts; `probability[k]` is that of count k. */
export function meanLargest(pes: number, probability: readonly number[]): number {
  let below = 0;
  let mean = 0;
  for (const one of probability.slice(0, -1)) {
    below += one;
    // P(largest > k), summed over k.
    mean += 1 - wholePower(Math.min(1, below), pes);
  }
  return mean;
}

/** Probability of every count among `size` slots, each kept with probability `density`. */
export function binomial(size: number, density: number): number[] {
  if (density >= 1) return Array.from({ length: size + 1 }, (_, k) => (k === size ? 1 : 0));
  const probability = [wholePower(1 - density, size)];
  for (let k = 1; k <= size; k++) probability.push((probability[k - 1] as number) * ((size - k + 1) / k) * (density / (1 - density)));
  return probability;
}

/** C(n, k), exact as far as doubles are. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let count = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) count = (count * (n - i + 1)) / i;
  return Math.round(count);
}

/** Probability of every count among `size` of `all` slots of which `kept` are kept. */
export const hypergeometric = (all: number, kept: number, size: number): number[] =>
  Array.from({ length: size + 1 }, (_, k) => (choose(size, k) * choose(all - size, kept - k)) / choose(all, kept));

/** Bits of a number that tells `count` cases apart; 0 for one. */
export function bitsFor(count: number): number {
  let bits = 0;
  for (let reach = 1; reach < count; reach *= 2) bits++;
  return bits;
}

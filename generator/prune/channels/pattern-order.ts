// SPDX-License-Identifier: Apache-2.0
/** Owns the order of filters by their patterns: those that keep the same taps fill tiles of P, so that a tile takes the steps of one pattern. */

import type { WeightShape } from '../scheme.js';

/** The pattern of each filter as text: `1` for a tap that any of its kernels keeps. */
export function filterPatterns(mask: Uint8Array, [filters, height, width, channels]: WeightShape): string[] {
  const taps = height * width;
  return Array.from({ length: filters }, (_, o) =>
    Array.from({ length: taps }, (_none, tap) => (mask.subarray((o * taps + tap) * channels, (o * taps + tap + 1) * channels).includes(1) ? '1' : '0')).join(''));
}

interface Tiles {
  /** As many filters of each pattern as fill tiles of P, pattern after pattern. */
  readonly whole: readonly number[];
  /** Those that are left, pattern after pattern. */
  readonly rest: readonly number[];
}

/** Splits the filters `among`, which go in their order where patterns are equal. */
function tilesOf(patterns: readonly string[], pes: number, among: readonly number[]): Tiles {
  const byPattern = new Map<string, number[]>();
  for (const filter of among) {
    const pattern = patterns[filter] as string;
    const own = byPattern.get(pattern);
    if (own === undefined) byPattern.set(pattern, [filter]);
    else own.push(filter);
  }
  const sorted = [...byPattern].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => ({ own, full: own.length - (own.length % pes) }));
  return { whole: sorted.flatMap(({ own, full }) => own.slice(0, full)), rest: sorted.flatMap(({ own, full }) => own.slice(full)) };
}

/** `order[i]`: the filter that takes place i. Patterns that fill tiles of P come first, what is left of each behind them. */
export function patternOrder(patterns: readonly string[], pes: number, among: readonly number[] = patterns.map((_, filter) => filter)): number[] {
  const { whole, rest } = tilesOf(patterns, pes, among);
  return [...whole, ...rest];
}

/**
 * The same for channels that several layers write: tiles that are of one pattern in all of them, then of one pattern in the first, whose filters lie in the order of
 * their patterns in the others.
 */
export function jointPatternOrder([first = [], ...others]: readonly (readonly string[])[], pes: number): number[] {
  const joint = tilesOf(first.map((pattern, i) => [pattern, ...others.map((own) => own[i])].join(' ')), pes, first.map((_, i) => i));
  return [...joint.whole, ...patternOrder(first, pes, joint.rest)];
}

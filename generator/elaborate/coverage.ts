// SPDX-License-Identifier: Apache-2.0
/** Owns bookkeeping of which bits of a vector are covered, as interval lists; knows no signal. */

/** Bits low .. high-1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const sortIntervals = <T extends Interval>(intervals: readonly T[]): T[] =>
  [...intervals].sort((a, b) => a.low - b.low || a.high - b.high);

/** The bits of 0 .. width-1 that no interval covers. */
export function gapsOf(intervals: readonly Interval[], width: number): Interval[] {
  const gaps: Interval[] = [];
  let next = 0;
  for (const { low, high } of sortIntervals(intervals)) {
    if (low > next) gaps.push({ low: next, high: Math.min(low, width) });
    next = Math.max(next, high);
  }
  if (next < width) gaps.push({ low: next, high: width });
  return gaps.filter((gap) => gap.low < gap.high);
}

/** The first pair of intervals that share bits. */
export function firstOverlap<T extends Interval>(intervals: readonly T[]): { a: T; b: T; shared: Interval } | undefined {
  let furthest: T | undefined;
  for (const interval of sortIntervals(intervals)) {
    if (interval.low >= interval.high) continue;
    if (furthest !== undefined && interval.low < furthest.high) {
      return { a: furthest, b: interval, shared: { low: interval.low, high: Math.min(furthest.high, interval.high) } };
    }
    furthest = interval;
  }
  return undefined;
}

/** `bit 3`, `bits 8..15`, `bits 8..15, 24..31, ... (12 ranges)`. */
export function printIntervals(intervals: readonly Interval[]): string {
  const texts = intervals.slice(0, 3).map(({ low, high }) => (high === low + 1 ? `${low}` : `${low}..${high - 1}`));
  const single = intervals.length === 1 && intervals[0]!.high === intervals[0]!.low + 1;
  const more = intervals.length > 3 ? `, ... (${intervals.length} ranges)` : '';
  return `${single ? 'bit' : 'bits'} ${texts.join(', ')}${more}`;
}

// SPDX-License-Identifier: Apache-2.0
/** Interval bookkeeping against a plain array of bits. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { firstOverlap, gapsOf, printIntervals } from '../../generator/elaborate/coverage.js';

describe('coverage', () => {
  it('finds the gaps and overlaps that a bit array finds', () => {
    const random = createRandom(7);
    const seen = { gaps: 0, overlaps: 0, clean: 0 };
    for (let round = 0; round < 3000; round += 1) {
      const width = random.integer(1, 24);
      const intervals = Array.from({ length: random.integer(0, 4) }, () => {
        const low = random.integer(0, width - 1);
        return { low, high: random.integer(low + 1, width) };
      });
      const counts = Array.from({ length: width }, (_, bit) => intervals.filter((one) => one.low <= bit && bit < one.high).length);
      const gapBits = gapsOf(intervals, width).flatMap(({ low, high }) => Array.from({ length: high - low }, (_, i) => low + i));
      const emptyBits = counts.flatMap((count, bit) => (count === 0 ? [bit] : []));
      expect(gapBits).toEqual(emptyBits);
      const overlap = firstOverlap(intervals);
      expect(overlap === undefined).toBe(counts.every((count) => count < 2));
      if (overlap !== undefined) {
        for (let bit = overlap.shared.low; bit < overlap.shared.high; bit += 1) expect(counts[bit]).toBeGreaterThan(1);
        expect(overlap.shared.high).toBeGreaterThan(overlap.shared.low);
        seen.overlaps += 1;
      }
      if (emptyBits.length > 0) seen.gaps += 1;
      else if (overlap === undefined) seen.clean += 1;
    }
    expect(Math.min(seen.gaps, seen.overlaps, seen.clean)).toBeGreaterThan(20);
  });

  it('prints bits, ranges, and long lists cut short', () => {
    expect(printIntervals([{ low: 3, high: 4 }])).toBe('bit 3');
    expect(printIntervals([{ low: 3, high: 8 }])).toBe('bits 3..7');
    const many = [0, 2, 4, 6].map((low) => ({ low, high: low + 1 }));
    expect(printIntervals(many)).toBe('bits 0, 2, 4, ... (4 ranges)');
  });
});

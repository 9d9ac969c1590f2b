// SPDX-License-Identifier: Apache-2.0
/** Checks the rows beside the dense one, the choice at equal accuracy, and the verdict in words, on rows made up for it. */
import { describe, expect, it } from 'vitest';
import type { MadeRow } from './made-rows.js';
import { madeTable } from './made-rows.js';

const DENSE: MadeRow = { row: 'dense', right: 90, cycles: 1000, bits: 8000 };

describe('rows beside the dense one', () => {
  it('have loss, speed-up and effective operations from the measured values', () => {
    const [dense, row] = madeTable([DENSE, { row: 'balanced:4/8', right: 89, cycles: 500, bits: 5000 }]).rows;
    expect(row).toMatchObject({ right: 89, accuracy: 89, loss: 1, speedup: 2, decoderLuts: 48 });
    // One of 100 differs: sqrt((1 - 100 x 0.01^2) / 99 / 100).
    expect(row?.lossStandardError).toBeCloseTo(100 * Math.sqrt(0.99 / 99 / 100), 10);
    expect(row?.operationsPerMultiplierCycle).toBe(2_000_000 / (16 * 500));
    expect(dense).toMatchObject({ loss: 0, lossStandardError: 0, speedup: 1, decoderLuts: 0 });
  });
});

describe('at equal accuracy', () => {
  const choice = (rows: readonly MadeRow[], within: number, family: string, by: string, trained = 'one-shot') =>
    madeTable([DENSE, ...rows], within).equalAccuracy.find((one) => one.family === family && one.by === by && one.trained === trained && one.hardware === 'rtl');

  it('the row with the fewest cycles and the one with the fewest bits within the bar are chosen, each by itself', () => {
    const rows: MadeRow[] = [{ row: 'balanced:4/8', right: 90, cycles: 500, bits: 5000 }, { row: '2:4', right: 90, cycles: 550, bits: 4000 }, { row: 'balanced:2/8', right: 60, cycles: 250, bits: 2000 }];
    expect(choice(rows, 1, 'balanced', 'cycles')).toMatchObject({ row: 'balanced:4/8', value: 500, verdict: 'within' });
    expect(choice(rows, 1, 'balanced', 'bits')).toMatchObject({ row: '2:4', value: 4000 });
    expect(choice(rows, 40, 'balanced', 'cycles')).toMatchObject({ row: 'balanced:2/8' });
  });

  it('a loss whose interval includes the bar is undecided', () => {
    // One image of 100: 1 +- 1.96 points about a bar of 2.
    expect(choice([{ row: 'balanced:4/8', right: 89, cycles: 500, bits: 5000 }], 2, 'balanced', 'cycles')).toMatchObject({ loss: 1, verdict: 'undecided' });
    expect(choice([{ row: 'balanced:4/8', right: 89, cycles: 500, bits: 5000 }], 4, 'balanced', 'cycles')).toMatchObject({ loss: 1, verdict: 'within' });
  });

  it('a family beyond the bar has no row, and retrained rows stand apart', () => {
    const rows: MadeRow[] = [{ row: 'kernel:2', right: 10, cycles: 200, bits: 1000 }, { row: 'kernel:2', right: 90, cycles: 200, bits: 1000, retrained: true }];
    expect(choice(rows, 1, 'kernel', 'cycles')).toMatchObject({ row: null, value: null, verdict: null });
    expect(choice(rows, 1, 'kernel', 'cycles', 'retrained')).toMatchObject({ row: 'kernel:2', value: 200 });
  });

  it('models are never chosen as hardware', () => {
    const table = madeTable([DENSE, { row: 'unconstrained:2/8', right: 90, cycles: 600, bits: 3000 }, { row: 'unconstrained:2/8,fifo:4', right: 90, cycles: 300, bits: 3000 }]);
    expect(table.equalAccuracy.filter(({ family }) => family === 'unconstrained').map(({ row, hardware, by }) => [row, hardware, by])).toEqual([
      ['unconstrained:2/8', 'rtl', 'cycles'], ['unconstrained:2/8', 'rtl', 'bits'], ['unconstrained:2/8,fifo:4', 'model', 'cycles'],
    ]);
  });
});

describe('the verdict', () => {
  const verdict = (...rows: MadeRow[]): string => madeTable([DENSE, ...rows]).verdict.join('\n');

  it('says that structured pruning wins where it takes less at no more loss', () => {
    const text = verdict({ row: 'channels:0.5', right: 89, cycles: 400, bits: 3000 }, { row: 'balanced:4/8', right: 88, cycles: 500, bits: 2500 });
    expect(text).toContain('Structured pruning wins in cycles: channels:0.5, 400 cycles, loss 1.0, against 500 cycles and loss 2.0 of balanced:4/8, which is 1.0 +- 1.0 points less accurate');
    expect(text).toContain('Neither wins in bits: channels:0.5, 3000 bits');
    expect(text).toContain('At a loss of at most 1 point, one-shot, by cycles: structured pruning alone is within it: channels:0.5 (400, undecided).');
  });

  it('says that it does not win where another row takes less at no more loss, and how sure that is', () => {
    const text = verdict({ row: 'channels:0.5', right: 80, cycles: 400, bits: 3000 }, { row: 'balanced:2/8', right: 89, cycles: 300, bits: 2500 });
    expect(text).toMatch(/Structured pruning does not win in cycles: channels:0\.5, 400 cycles, loss 10\.0; balanced:2\/8 takes 300 cycles at loss 1\.0, which is 9\.0 \+- 2\.9 points more accurate\./);
    expect(text).toMatch(/does not win in bits/);
  });

  it('says when the images do not decide it', () => {
    expect(verdict({ row: 'channels:0.5', right: 88, cycles: 400, bits: 3000 }, { row: 'balanced:2/8', right: 89, cycles: 300, bits: 2500 })).toContain('balanced:2/8 takes 300 cycles at loss 1.0, which is 1.0 +- 1.0 points more accurate (too close for these images).');
  });

  it('compares rows that were trained alike, and no models', () => {
    const text = verdict({ row: 'channels:0.5', right: 80, cycles: 400, bits: 3000 }, { row: 'balanced:2/8', right: 90, cycles: 300, bits: 2500, retrained: true }, { row: 'unconstrained:2/8,fifo:4', right: 90, cycles: 300, bits: 2500 });
    expect(text).not.toContain('balanced:2/8 (retrained)');
    expect(text).not.toContain('fifo');
  });
});

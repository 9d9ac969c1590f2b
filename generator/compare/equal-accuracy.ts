// SPDX-License-Identifier: Apache-2.0
/** Owns the choice at equal accuracy: of every family the row with the fewest cycles, and the one with the fewest bits, whose loss is within a bar. */
import { judge } from './paired-loss.js';
import type { ComparisonRow, EqualAccuracyChoice } from './result.js';
import { FAMILIES } from './row-spec.js';

/** Simulated cycles where there are some. */
export const cyclesOf = ({ cycles }: Pick<ComparisonRow, 'cycles'>): number => cycles.rtl ?? cycles.predicted;

const VALUES = { cycles: cyclesOf, bits: ({ storage }: ComparisonRow) => storage.bits } as const;

const lossOf = ({ loss, lossStandardError }: ComparisonRow): { readonly points: number; readonly standardError: number } => ({ points: loss, standardError: lossStandardError });

/**
 * One-shot and retrained rows apart, and built hardware apart from models. Of rows whose measured loss is at most `within` points the one of least value; `undecided` where the 95 %
 * interval of its loss includes the bar. A family none of whose rows is within it has a choice without a row.
 */
export function equalAccuracy(rows: readonly ComparisonRow[], within: number): EqualAccuracyChoice[] {
  return (['one-shot', 'retrained'] as const).flatMap((trained) => FAMILIES.flatMap((family) => (['rtl', 'model'] as const).flatMap((hardware) => {
    const own = rows.filter((row) => row.family === family && row.trained === trained && row.hardware === hardware);
    if (own.length === 0) return [];
    return (['cycles', 'bits'] as const).flatMap((by): EqualAccuracyChoice[] => {
      // Variants have the bits of their base.
      if (by === 'bits' && hardware === 'model') return [];
      const value = VALUES[by];
      const best = own.filter(({ loss }) => loss <= within).reduce<ComparisonRow | undefined>((least, row) => (least === undefined || value(row) < value(least) ? row : least), undefined);
      if (best === undefined) return [{ family, trained, by, row: null, hardware, value: null, loss: null, lossStandardError: null, verdict: null }];
      return [{ family, trained, by, row: best.row, hardware, value: value(best), loss: best.loss, lossStandardError: best.lossStandardError, verdict: judge(lossOf(best), within) === 'within' ? 'within' : 'undecided' }];
    });
  })));
}

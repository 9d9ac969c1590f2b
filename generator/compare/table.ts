// SPDX-License-Identifier: Apache-2.0
/** Owns the table of one weight width: rows measured one by one become rows beside the dense one. */
import type { AccelConfig } from '../arch/config.js';
import { DefectError } from '../core/errors.js';
import { cyclesOf, equalAccuracy } from './equal-accuracy.js';
import { pairedLoss, rightOf } from './paired-loss.js';
import type { Comparison, ComparisonRow, ComparisonTable, MeasuredRow } from './result.js';
import { equalAccuracyVerdict, structuredVerdict } from './verdict.js';

export interface TableRequest {
  readonly config: AccelConfig;
  readonly denseMacs: number;
  readonly within: number;
  readonly decoders: Comparison['decoders'];
  /** The command that measures a row again. */
  readonly command: (row: MeasuredRow) => string;
}

/** The first row is the dense one. */
export function comparisonTable(rows: readonly MeasuredRow[], leftOut: ComparisonTable['leftOut'], { config, denseMacs, within, decoders, command }: TableRequest): ComparisonTable {
  const [dense] = rows;
  if (dense?.family !== 'dense') throw new DefectError('comparisonTable', 'the first row is not dense');
  const full = rows.map((row): ComparisonRow => {
    const loss = pairedLoss(dense.answers, row.answers);
    const right = rightOf(row.answers);
    const simulated = row.cycles.rtl !== null && dense.cycles.rtl !== null;
    return {
      ...row, right, accuracy: (100 * right) / row.answers.length, loss: loss.points, lossStandardError: loss.standardError,
      speedup: simulated ? (dense.cycles.rtl as number) / (row.cycles.rtl as number) : dense.cycles.predicted / row.cycles.predicted,
      operationsPerMultiplierCycle: (2 * denseMacs) / (config.pes * config.lanes * cyclesOf(row)),
      decoderLuts: row.index === null ? 0 : (decoders?.formats[row.index]?.lut ?? null),
      command: command(row),
    };
  });
  const choices = equalAccuracy(full, within);
  return { weightBits: config.weightBits, rows: full, leftOut, equalAccuracy: choices, verdict: [...equalAccuracyVerdict(choices, within), ...structuredVerdict(full)] };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the command line that measures one row of a comparison again, beside the dense one. */
import { PARAMETERS } from '../arch/parameters.js';
import type { MeasuredRow } from '../compare/result.js';
import { CALIBRATION_FLAGS } from './calibration-option.js';
import type { CompareOptions } from './compare-options.js';
import type { Args } from './option-values.js';

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The options as they were given, with this row, width, method and seed named. */
export function rowCommand(args: Args, { model, images, skip, rtl, latency }: Pick<CompareOptions, 'model' | 'images' | 'skip' | 'rtl' | 'latency'>, row: Pick<MeasuredRow, 'row' | 'method' | 'modelFile' | 'seed' | 'answers'>, weightBits: number): string {
  const words = ['gen-accel', 'compare', model];
  for (const flag of [...PARAMETERS.map((spec) => spec.flag).filter((flag) => flag !== 'weight-bits'), 'config', ...CALIBRATION_FLAGS]) if (args[flag] !== undefined) words.push(`--${flag}`, String(args[flag]));
  words.push('--images', images, '--count', String(row.answers.length));
  if (skip > 0) words.push('--skip', String(skip));
  if (row.modelFile === null) words.push('--method', row.method);
  else if (args['method'] !== undefined) words.push('--method', String(args['method']));
  words.push('--weight-bits', String(weightBits), '--seed', String(row.seed), '--rtl', String(rtl), '--latency', String(latency));
  if (row.modelFile === null) words.push('--rows', row.row);
  else words.push('--rows', 'dense', '--retrained', `${row.row}=${row.modelFile}`);
  return words.map(quote).join(' ');
}

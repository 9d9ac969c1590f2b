// SPDX-License-Identifier: Apache-2.0
/** Owns effective operations: those of the dense network, skipped ones too, for a DSP block and cycle; two for a multiplication. */
import { predictDsp } from '../../generator/arch/predict-dsp.js';
import { denseOf, speedUpOf, type Bar } from './bars.js';
import type { Row } from './measure.js';

export interface OperationsRow {
  readonly row: Row;
  readonly multiplier: 'dsp' | 'packed';
  readonly arrayDsp: number;
  readonly allDsp: number;
  /** Operations a cycle and DSP block of the array. */
  readonly array: number;
  /** A cycle and any DSP block of the core. */
  readonly all: number;
  /** Cycles of the dense network over those of the pruned one. */
  readonly skipping: number;
  /** DSP blocks of the array, of the core: those of plain multipliers over these. */
  readonly packing: readonly [array: number, all: number];
}

/** What the array keeps to itself at least. */
const BARS = { dsp: 7.5, packed: 15 } as const;

/** Packing changes DSP blocks, not cycles; it takes lanes in pairs. */
function operationsOf(rows: readonly Row[], row: Row, multiplier: OperationsRow['multiplier']): OperationsRow[] {
  const { config } = row.subject;
  const [dense, skipping] = [denseOf(rows, row)?.model, speedUpOf(rows, row)];
  if (dense === undefined || row.model === undefined || skipping === undefined || (multiplier === 'packed' && config.lanes % 2 === 1)) return [];
  const dspOf = (kind: 'dsp' | 'packed'): { readonly array: number; readonly all: number } => {
    const shape = { ...config, multiplier: kind };
    return { array: predictDsp({ ...shape, requant: 0 }).dsp48, all: predictDsp(shape).dsp48 };
  };
  const [plain, own] = [dspOf('dsp'), dspOf(multiplier)];
  const perCycle = (2 * dense.useful) / row.model.cycles;
  return [{ row, multiplier, arrayDsp: own.array, allDsp: own.all, array: perCycle / own.array, all: perCycle / own.all, skipping, packing: [plain.array / own.array, plain.all / own.all] }];
}

export const vggOperations = (rows: readonly Row[]): OperationsRow[] =>
  rows.filter(({ subject: { network, density } }) => network === 'vgg16' && density === '2:8').flatMap((row) => (['dsp', 'packed'] as const).flatMap((kind) => operationsOf(rows, row, kind)));

export const operationBars = (operations: readonly OperationsRow[]): Bar[] =>
  operations.map(({ row: { subject: { multipliers, config } }, multiplier, array }) => ({
    what: `vgg16, 2:8, ${multipliers} multipliers, ${config.bus}-bit bus, ${multiplier}: operations a DSP block of the array and cycle`, bar: `>= ${BARS[multiplier]}`, found: array.toFixed(2), holds: array >= BARS[multiplier], by: 'model' as const,
  }));

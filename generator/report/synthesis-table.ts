// SPDX-License-Identifier: Apache-2.0
/** Owns the table of a synthesis: cells per block, totals, and how they compare with the prediction. */
import { columns } from './markdown-table.js';

/** Cells of one block, or of all. */
export interface TableCells {
  readonly lut: number;
  readonly lutRam: number;
  readonly ff: number;
  readonly ramb36: number;
  readonly ramb18: number;
  readonly ram4k: number;
  readonly ebr: number;
  readonly dsp: number;
  readonly multipliers: number;
  readonly memoryBits: number;
}

export interface TableBlock {
  readonly module: string;
  readonly instances: number;
  /** Without the blocks inside. */
  readonly own: TableCells;
}

export interface SynthesisReport {
  readonly name: string;
  readonly target: 'generic' | 'xc7' | 'ecp5' | 'ice40';
  /** Yosys and its version: LUT counts depend on it. */
  readonly tool: string;
  readonly blocks: readonly TableBlock[];
  readonly totals: TableCells;
  /** LUTs of the array with decode and drain, for one multiplier. */
  readonly lutsPerMultiplier: number;
  /** What was predicted and what came out, by resource. */
  readonly comparison: readonly { readonly resource: string; readonly predicted: number; readonly found: number }[];
}

type Column = readonly [title: string, key: keyof TableCells];
const LOGIC: readonly Column[] = [['LUT', 'lut'], ['LUT RAM', 'lutRam'], ['FF', 'ff']];
const COLUMNS: Readonly<Record<SynthesisReport['target'], readonly Column[]>> = {
  generic: [['LUT', 'lut'], ['FF', 'ff'], ['multiplier', 'multipliers'], ['memory bit', 'memoryBits']],
  xc7: [...LOGIC, ['RAMB36', 'ramb36'], ['RAMB18', 'ramb18'], ['DSP48', 'dsp']],
  ecp5: [...LOGIC, ['DP16KD', 'ebr'], ['MULT18', 'dsp']],
  ice40: [['LUT', 'lut'], ['FF', 'ff'], ['RAM4K', 'ram4k'], ['MAC16', 'dsp']],
};

export function synthesisTable(report: SynthesisReport): string[] {
  const shown = COLUMNS[report.target];
  const cells = (counts: TableCells): string[] => shown.map(([, key]) => String(counts[key]));
  const used = report.blocks.filter(({ own }) => shown.some(([, key]) => own[key] > 0));
  const rows = columns([
    ['block', 'instances', ...shown.map(([title]) => title)],
    ...used.map(({ module, instances, own }) => [module, String(instances), ...cells(own)]),
    ['total', '', ...cells(report.totals)],
  ]);
  return [
    `${report.name} on ${report.target}, ${report.tool}`,
    ...rows,
    `${report.lutsPerMultiplier.toFixed(1)} LUTs per multiplier (array with decode and drain)`,
    ...report.comparison.map(({ resource, predicted, found }) => `${resource}: ${found}, ${found === predicted ? 'as predicted' : `PREDICTED ${predicted}`}`),
  ];
}

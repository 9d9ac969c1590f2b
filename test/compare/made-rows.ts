// SPDX-License-Identifier: Apache-2.0
/** Makes rows of a comparison for tests, with answers of a wanted accuracy. */
import { validateConfig } from '../../generator/arch/rules.js';
import type { Comparison, ComparisonTable, MeasuredRow } from '../../generator/compare/result.js';
import { readRowSpec } from '../../generator/compare/row-spec.js';
import { comparisonTable } from '../../generator/compare/table.js';

export const CONFIG = validateConfig({ pes: 16, group: 8 });

/** n answers, the first of them right. */
export const answers = (right: number, n: number): string => '1'.repeat(right) + '0'.repeat(n - right);

export interface MadeRow {
  readonly row: string;
  /** Of 100. */
  readonly right: number;
  readonly cycles: number;
  readonly bits: number;
  readonly retrained?: boolean;
  readonly answers?: string;
}

export function madeRow({ row, right, cycles, bits, retrained = false, answers: given }: MadeRow): MeasuredRow {
  const { family, variant } = readRowSpec(row, { pes: 16, group: 8 });
  const built = variant === undefined;
  return {
    row, family, trained: retrained ? 'retrained' : 'one-shot', modelFile: retrained ? 'better.onnx' : null, hardware: built ? 'rtl' : 'model', method: retrained ? 'retrained' : 'second-order', weightBits: 8, seed: 1, maskHash: '0123456789ab',
    answers: given ?? answers(right, 100), layers: 3, prunedLayers: family === 'dense' ? 0 : 2, keptWeights: 500, allWeights: 1000,
    storage: { weightBits: bits, indexBits: { none: 0 }, format: 'none', bits }, dram: { predicted: built ? 1000 : null, rtl: built ? 1000 : null },
    cycles: { law: cycles - 10, predicted: cycles, rtl: built ? cycles : null }, bitExact: built ? true : null,
    fifo: variant?.kind === 'fifo' ? { depth: 4, bytes: 1, luts: 2, ff: 3 } : null, index: family === 'dense' || !built ? null : 'direct',
  };
}

export const madeTable = (rows: readonly MadeRow[], within = 1): ComparisonTable =>
  comparisonTable(rows.map(madeRow), [], { config: CONFIG, denseMacs: 1_000_000, within, decoders: { tool: 'Yosys', target: 'xc7', formats: { direct: { lut: 48, lutRam: 0, ff: 0 } } }, command: ({ row }) => `gen-accel compare net.onnx --rows ${row}` });

export const madeComparison = (tables: readonly ComparisonTable[]): Comparison => ({
  network: 'net', model: { file: 'net.onnx', sha256: 'a'.repeat(64), kind: 'float32' }, config: { ...CONFIG }, configHash: 'b'.repeat(64), method: 'second-order', seed: 1, within: 1,
  calibration: { file: 'train.bin', count: 50 }, scored: { file: 'dev.bin', first: 0, n: 100 }, rtl: { images: 1, simulator: 'Verilator', latency: 20 }, float: { right: 93, accuracy: 93 }, denseMacs: 1_000_000,
  decoders: { tool: 'Yosys', target: 'xc7', formats: { direct: { lut: 48, lutRam: 0, ff: 0 } } }, tables: [...tables],
});

/** As many rows as the default comparison has, near one another where real ones are. */
export const CROWDED: readonly MadeRow[] = [
  { row: 'dense', right: 93, cycles: 2_600_000, bits: 2_140_000 },
  ...(['channels:0.75', 'channels:0.5', 'channels:0.25'] as const).map((row, i): MadeRow => ({ row, right: [91, 84, 40][i] as number, cycles: [1_900_000, 1_200_000, 800_000][i] as number, bits: [1_400_000, 700_000, 300_000][i] as number })),
  ...(['balanced:4/8', 'balanced:3/8', 'balanced:2/8', 'balanced:8/16', 'balanced:4/16', '2:4'] as const).map((row, i): MadeRow => ({ row, right: [92, 91, 84, 92, 86, 91][i] as number, cycles: [1_310_000, 990_000, 670_000, 1_700_000, 1_050_000, 1_310_000][i] as number, bits: [1_330_000, 1_050_000, 720_000, 1_320_000, 710_000, 1_400_000][i] as number })),
  ...(['pattern:4@tile', 'pattern:2@tile', 'pattern:4/8@kernel', 'kernel:6', 'kernel:2', 'pattern:4@tile+balanced:4/8'] as const).map((row, i): MadeRow => ({ row, right: [88, 55, 91, 90, 30, 80][i] as number, cycles: [1_160_000, 590_000, 2_000_000, 1_740_000, 590_000, 600_000][i] as number, bits: [960_000, 480_000, 1_060_000, 1_430_000, 470_000, 640_000][i] as number })),
  ...(['4/8', '2/8'] as const).flatMap((keep, k) => ['', ',fifo:4', ',fifo:16', ',fifo:unlimited', ',ordered'].map((variant, i): MadeRow => ({ row: `unconstrained:${keep}${variant}`, right: [92, 89][k] as number, cycles: ([2_160_000, 1_660_000, 1_550_000, 1_500_000, 2_130_000][i] as number) * (k === 0 ? 1 : 0.62), bits: [1_390_000, 860_000][k] as number }))),
  ...(['balanced:2/8', 'pattern:2@tile', 'channels:0.5'] as const).map((row, i): MadeRow => ({ row, right: [92, 90, 91][i] as number, cycles: [670_000, 590_000, 1_200_000][i] as number, bits: [720_000, 480_000, 700_000][i] as number, retrained: true })),
];

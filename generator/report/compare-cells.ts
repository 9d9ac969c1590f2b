// SPDX-License-Identifier: Apache-2.0
/** Owns the columns of a comparison, for the terminal and for Markdown alike. */
import type { Comparison, ComparisonRow, ComparisonTable, EqualAccuracyChoice } from '../compare/result.js';

export const ROW_HEAD = [
  'row', 'right', 'accuracy', 'loss', '+-', 'layers', 'weights', 'bits', 'in', 'DRAM bytes', 'cycles predicted', 'cycles RTL', 'exact', 'speed-up', 'ops/mult/cycle', 'decoder LUT', 'masks',
] as const;

const dash = '-';
const times = (value: number): string => `${value.toFixed(2)}x`;
const percent = (value: number, digits = 1): string => `${value.toFixed(digits)}%`;

/** `a loss of at most 1 point`. */
export const barText = (within: number): string => `a loss of at most ${within} ${within === 1 ? 'point' : 'points'}`;

/** `balanced:2/8`, `balanced:2/8 retrained`, `unconstrained:2/8,fifo:4 (model)`. */
export const rowName = ({ row, trained, hardware }: Pick<ComparisonRow, 'row' | 'trained' | 'hardware'>): string => `${row}${trained === 'retrained' ? ' retrained' : ''}${hardware === 'model' ? ' (model)' : ''}`;

export const rowCells = (row: ComparisonRow): string[] => [
  rowName(row), String(row.right), percent(row.accuracy), row.loss.toFixed(1), row.lossStandardError.toFixed(1), `${row.prunedLayers} of ${row.layers}`, percent((100 * row.keptWeights) / row.allWeights), String(row.storage.bits), row.storage.format,
  row.dram.rtl === null ? (row.dram.predicted === null ? dash : `${row.dram.predicted}*`) : String(Math.round(row.dram.rtl)),
  String(Math.round(row.cycles.predicted)), row.cycles.rtl === null ? dash : String(Math.round(row.cycles.rtl)), row.bitExact === null ? dash : row.bitExact ? 'yes' : 'NO',
  times(row.speedup), row.operationsPerMultiplierCycle.toFixed(2), row.hardware === 'model' || row.decoderLuts === null ? dash : String(row.decoderLuts), row.maskHash,
];

export const STORAGE_HEAD = ['row', 'weights', 'weight bits', 'none', 'direct', 'bitmap', 'enumerative', 'pattern'] as const;

/** Bits of weights and indices together in every format. */
export const storageCells = (row: ComparisonRow): string[] => [
  rowName(row), String(row.keptWeights), String(row.storage.weightBits),
  ...['none', 'direct', 'bitmap', 'enumerative', 'pattern'].map((format) => {
    const bits = row.storage.indexBits[format];
    return bits === undefined ? dash : String(row.storage.weightBits + bits);
  }),
];

/** Rows whose storage is their own: variants have that of their base. */
export const storedRows = ({ rows }: ComparisonTable): ComparisonRow[] => rows.filter(({ hardware }) => hardware === 'rtl');

export const FIFO_HEAD = ['row', 'FIFO bytes', 'LUT as RAM and control', 'FF'] as const;
export const fifoRows = ({ rows }: ComparisonTable): string[][] =>
  rows.flatMap((row) => (row.fifo === null ? [] : [[rowName(row), ...[row.fifo.bytes, row.fifo.luts, row.fifo.ff].map((value) => (value === null ? 'unlimited' : String(value)))]]));

export const CHOICE_HEAD = ['family', 'training', 'fewest', 'row', 'value', 'loss', '+-', 'within the bar'] as const;

export const choiceCells = ({ family, trained, by, row, hardware, value, loss, lossStandardError, verdict }: EqualAccuracyChoice): string[] => [
  `${family}${hardware === 'model' ? ' (model)' : ''}`, trained, by, row ?? 'none is within it', value === null ? dash : String(Math.round(value)),
  loss === null ? dash : loss.toFixed(1), lossStandardError === null ? dash : lossStandardError.toFixed(1), verdict === null ? dash : verdict === 'within' ? 'yes' : 'undecided',
];

/** What the figures are of, in sentences. */
export function headLines({ network, model, config, method, seed, calibration, scored, rtl, float, decoders, denseMacs }: Comparison): string[] {
  const array = `${String(config['pes'])} PEs x ${String(config['lanes'])} lane(s), groups of ${String(config['group'])}, ${String(config['requant'])} requantizer(s) a lane, ${String(config['bus'])}-bit bus, index ${String(config['index'])}`;
  const cells = decoders === null ? [] : [`Decoders of all PEs, ${decoders.tool}, ${decoders.target}: ${Object.entries(decoders.formats).map(([format, { lut, lutRam, ff }]) => `${format} ${lut} LUT, ${lutRam} LUT as RAM, ${ff} FF`).join('; ')}.`];
  return [
    `${network}: ${model.file}, SHA-256 ${model.sha256.slice(0, 12)}, ${model.kind}${float === null ? '' : `, ${float.accuracy.toFixed(1)}% in float (${float.right} of ${scored.n})`}; ${denseMacs} multiplications an image.`,
    `Scored: ${scored.file}, images ${scored.first} to ${scored.first + scored.n - 1}, n = ${scored.n}. Calibration: ${calibration === null ? 'none' : `${calibration.file}, the first ${calibration.count}`}; no image is in both. Method ${method}, seed ${seed}.`,
    `Array: ${array}. ${rtl === null ? 'Nothing was simulated.' : `Simulated: ${rtl.images} image(s) a row, ${rtl.simulator}, memory latency ${rtl.latency}.`}`,
    ...cells,
  ];
}

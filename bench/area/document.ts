// SPDX-License-Identifier: Apache-2.0
/** Owns docs/area.md as text: cores, their parts, what sparsity costs, and what must hold. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import { allLuts, type Area } from './measure.js';
import { optionsOf } from './subjects.js';
import { unitsOf } from './units.js';

export interface Bar {
  readonly what: string;
  readonly bar: number;
  readonly found: number;
}

export interface DenseOnly {
  readonly sparse: Area;
  readonly dense: Area;
}

export interface AreaDocument {
  readonly sizes: readonly Area[];
  readonly packed: readonly Area[];
  readonly variants: readonly Area[];
  readonly others: readonly Area[];
  readonly embedded: readonly Area[];
  readonly againstDense: readonly DenseOnly[];
  readonly bars: readonly Bar[];
}

const perMultiplier = (area: Area): string => (allLuts(area.totals) / area.multipliers).toFixed(1);
const toolsOf = (areas: readonly Area[]): string => [...new Set(areas.map(({ tool }) => tool))].join(', ');

const coreTable = (areas: readonly Area[]): string => markdownTable(
  ['options', 'multipliers', 'LUT', 'LUT as RAM', 'both a multiplier', 'array: LUT a multiplier', 'FF', 'RAMB36', 'RAMB18', 'DSP48 in the array', 'DSP48'],
  areas.map((area) => {
    const { lut, lutRam, ff, ramb36, ramb18, dsp } = area.totals;
    return [`\`${optionsOf(area.core)}\``, ...[area.multipliers, lut, lutRam].map(String), perMultiplier(area), area.arrayLuts.toFixed(1), ...[ff, ramb36, ramb18, area.arrayDsp, dsp].map(String)];
  }),
);

const familyTable = (areas: readonly Area[]): string => markdownTable(
  ['options', 'family', 'multipliers', 'LUT', 'LUT as RAM', 'FF', 'block RAM', 'DSP', 'Yosys'],
  areas.map(({ core, multipliers, totals: { lut, lutRam, ff, ram4k, ebr, ramb36, ramb18, dsp }, tool }) => [
    `\`${optionsOf(core)}\``, core.target, ...[multipliers, lut, lutRam, ff].map(String), core.target === 'xc7' ? `${ramb36} + ${ramb18}` : String(ram4k + ebr), String(dsp), tool,
  ]),
);

/** LUTs that compute or store, by unit. */
function unitTable(areas: readonly Area[]): string {
  const units = areas.map((area) => unitsOf(area));
  const names = [...(units[0]?.keys() ?? [])];
  return markdownTable(
    ['part', ...areas.map(({ core }) => `\`${optionsOf(core).replace('--group 8 ', '')}\`, ${core.target}`)],
    [
      ...names.map((name) => [name, ...units.map((own) => { const cells = own.get(name); return cells === undefined ? '' : String(allLuts(cells)); })]),
      ['all', ...areas.map(({ totals }) => String(allLuts(totals)))],
    ],
  );
}

const blockTable = ({ blocks, totals }: Area): string => markdownTable(
  ['block', 'instances', 'LUT', 'LUT as RAM', 'FF', 'RAMB36', 'RAMB18', 'DSP48'],
  [
    ...blocks.filter(({ own }) => own.lut + own.lutRam + own.ff + own.ramb36 + own.ramb18 + own.dsp > 0)
      .map(({ module, instances, own }) => [module, ...[instances, own.lut, own.lutRam, own.ff, own.ramb36, own.ramb18, own.dsp].map(String)]),
    ['total', '', ...[totals.lut, totals.lutRam, totals.ff, totals.ramb36, totals.ramb18, totals.dsp].map(String)],
  ],
);

/** Decoders of all PEs with the table before them, by index format. */
const decoderTable = (areas: readonly Area[]): string => markdownTable(
  ['options', 'decoders of all PEs: LUT', 'LUT as RAM', 'FF', 'array: LUT a multiplier', 'drain_mux: LUT', 'stream unpackers: LUT'],
  areas.map(({ core, blocks, arrayLuts }) => {
    const sum = (name: RegExp, kind: 'lut' | 'lutRam' | 'ff'): string => String(blocks.filter(({ module }) => name.test(module)).reduce((total, { own }) => total + own[kind], 0));
    const decoders = /^(index_decoder_|pattern_table)/;
    return [`\`${optionsOf(core)}\``, sum(decoders, 'lut'), sum(decoders, 'lutRam'), sum(decoders, 'ff'), arrayLuts.toFixed(1), sum(/^drain_mux$/, 'lut'), sum(/^stream_unpacker$/, 'lut')];
  }),
);

const share = (part: number, whole: number): string => `${(100 * part / whole).toFixed(1)} %`;

const denseTable = (pairs: readonly DenseOnly[]): string => markdownTable(
  ['options', 'LUT', 'dense only', 'sparsity, of the core', 'a multiplier', 'FF', 'dense only', 'block RAM, Kibit', 'dense only'],
  pairs.map(({ sparse, dense }) => {
    const [all, without] = [allLuts(sparse.totals), allLuts(dense.totals)];
    const ram = ({ totals }: Area): number => 36 * totals.ramb36 + 18 * totals.ramb18;
    return [`\`${optionsOf(sparse.core)}\``, String(all), String(without), share(all - without, all), ((all - without) / sparse.multipliers).toFixed(1), String(sparse.totals.ff), String(dense.totals.ff), String(ram(sparse)), String(ram(dense))];
  }),
);

export function areaDocument({ sizes, packed, variants, others, embedded, againstDense, bars }: AreaDocument): string {
  const [first] = sizes;
  return `# Area

Written by \`npx tsx bench/area.ts\` (part of \`make bench\`): every figure is of a synthesis by that command, and \`gen-accel synth\` with the options of a row gives it again. LUT: look-up tables that compute; LUT as
RAM: those that store (distributed RAM, shift registers). A LUT has 6 inputs on xc7, 4 on ECP5 and iCE40. Multipliers: P x L. Array: \`pe_array\` with its decoders, and \`drain_mux\`. Nothing is placed: see [pnr.md](pnr.md)
for that, and [resources.md](resources.md) for how block RAMs and DSP blocks are predicted.

## Xilinx 7 series

${toolsOf(sizes)}, \`synth_xilinx -family xc7 -widemux 12\`: multiplexers of 12 inputs and more take MUXF7 and MUXF8, which cost no LUT.

${coreTable([...sizes, ...packed, ...variants])}

The same with ${toolsOf(embedded)}:

${coreTable(embedded)}

## Other families

${familyTable(others)}

## Parts

LUTs that compute or store, of each part with all that is inside it. "Rest of compute" is the command, the pipeline's control and the status; the schedule's memory is a block RAM.

${unitTable([...sizes, ...packed.slice(-1)])}

Other families, and wider buses:

${unitTable([...others, ...variants.filter(({ core: { input } }) => input.bus !== undefined)])}

## Decoders and narrow weights

${decoderTable([...sizes.slice(0, 1), ...variants.filter(({ core: { input } }) => input.index !== undefined || input.weightBits !== undefined)])}

## What sparsity costs

A core with an index of log2 G bits a weight against one for dense networks alone: every PE takes the activation of the step counter, so that all PEs of a word share one multiplexer of activations, and there is no index buffer. Both
are flattened, so that Yosys can merge what is common. What both have: a schedule in memory (a dense-only core could count instead), and the path that would load the index words.

${denseTable(againstDense)}

## Block by block

\`gen-accel synth ${first === undefined ? '' : optionsOf(first.core)}\`, ${toolsOf(sizes.slice(0, 1))}; blocks without those inside them.

${first === undefined ? '' : blockTable(first)}

## What must hold

${markdownTable(['what', 'bar', 'found', ''], bars.map(({ what, bar, found }) => [what, `<= ${bar}`, found.toFixed(1), found <= bar ? 'holds' : 'SHORT']))}
`;
}

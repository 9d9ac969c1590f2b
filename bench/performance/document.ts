// SPDX-License-Identifier: Apache-2.0
/** Owns docs/performance.md as text: what was measured, where the cycles went, and what must hold. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import { speedUpOf, utilizationOf, type Bar } from './bars.js';
import { SEED, type Row } from './measure.js';
import type { OperationsRow } from './operations.js';
import { SPARSE_BAR, type PeerRow, type PeerRun } from './peers.js';
import { LATENCY, NAMES, titleOf, type NetworkName } from './subjects.js';
import { CAUSES, type Cause } from './waterfall.js';

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const causes = Object.keys(CAUSES) as Cause[];

const coreCells = ({ subject: { multipliers, density, config: { pes, lanes, requant, bus, group } } }: Row): string[] => [String(multipliers), `${pes} x ${lanes}`, String(requant), String(bus), String(group), density];

/** What the simulation says of the model's cycles. */
function checkedBy({ model, rtl }: Row): string {
  if (rtl === undefined || model === undefined) return 'model';
  const error = model.cycles - rtl.counters.cycles;
  return error === 0 ? 'RTL' : `RTL: ${rtl.counters.cycles}, model ${error > 0 ? '+' : ''}${(100 * error / rtl.counters.cycles).toFixed(3)} %`;
}

const speedUpText = (speedUp: number | undefined): string => (speedUp === undefined ? 'not measured' : `${speedUp.toFixed(3)}x`);

const resultTable = (rows: readonly Row[], all: readonly Row[]): string => markdownTable(
  ['multipliers', 'P x L', 'n', 'bus', 'G', 'weights', 'cycles', 'law', 'of the ceiling', 'utilization', 'over dense', 'MB read', 'MB written', 'cycles by'],
  rows.flatMap((row) => (row.model === undefined ? [] : [[
    ...coreCells(row), String(row.model.cycles), String(row.model.law), `${(100 * row.model.ceiling / row.model.cycles).toFixed(2)} %`, `${(100 * (utilizationOf(row) ?? 0)).toFixed(2)} %`, speedUpText(speedUpOf(all, row)),
    megabytes(row.model.bytesRead), megabytes(row.model.bytesWritten), checkedBy(row),
  ]])),
);

/** Whole cycles: only useful work and rounding have fractions, and they add up to a whole number. */
function wholeCycles({ model, subject: { multipliers } }: Row): string[] {
  if (model === undefined) return [];
  const useful = Math.round(model.waterfall.useful / multipliers);
  const cycles = { ...Object.fromEntries(causes.map((cause) => [cause, model.waterfall[cause] / multipliers])), useful, rounding: (model.waterfall.useful + model.waterfall.rounding) / multipliers - useful } as Record<Cause, number>;
  return causes.map((cause) => String(cycles[cause]));
}

const waterfallTable = (rows: readonly Row[]): string => markdownTable(
  ['multipliers', 'bus', 'weights', ...causes.map((cause) => CAUSES[cause]), 'cycles'],
  rows.filter(({ model }) => model !== undefined).map((row) => [String(row.subject.multipliers), String(row.subject.config.bus), row.subject.density, ...wholeCycles(row), String(row.model?.cycles)]),
);

const NOTES: Readonly<Record<NetworkName, string>> = {
  'vgg16': 'The 13 convolutions with their poolings, without the fully connected layers, as published utilizations count it.',
  'resnet-50': 'The whole network: 53 convolutions, pooling, additions at the drain, 1000 classes. Version 1: the first 1 x 1 layer of a block has the stride.',
  'mobilenet-v1': 'The whole network. Depthwise layers are dense: their multiplications are useful, their weights are not pruned.',
  'alexnet': 'The whole network without local response normalization, two convolution groups in three layers. One image at a time its fully connected layers, 58.6 million weights, are bound by the bus.',
};

const networkText = (name: NetworkName, all: readonly Row[]): string => {
  const rows = all.filter(({ subject, model }) => subject.network === name && model !== undefined);
  return rows.length === 0 ? `## ${name}\n\nNot measured.\n` : `## ${name}

${NOTES[name]}

${resultTable(rows, all)}

Where the cycles go:

${waterfallTable(rows)}
`;
};

const peerCells = ({ cycles, gain, rtl }: PeerRun): string[] => [String(cycles), rtl === undefined ? 'model' : rtl.counters.cycles === cycles ? 'RTL' : `RTL ${rtl.counters.cycles}`, `${gain.toFixed(3)}x`];

const peerTable = (peers: readonly PeerRow[]): string => markdownTable(
  ['layer', 'NNgen: multipliers', 'cycles', 'P x L', 'dense: cycles', 'by', 'NNgen over ours', '2:8: cycles', 'by', 'NNgen over ours'],
  peers.map(({ peer, pes, lanes, dense, sparse }) => [peer.name, String(peer.multipliers), String(peer.cycles), `${pes} x ${lanes}`, ...peerCells(dense), ...peerCells(sparse)]),
);

const operationsTable = (operations: readonly OperationsRow[]): string => markdownTable(
  ['multipliers', 'P x L', 'n', 'bus', 'multiplier', 'DSP blocks of the array', 'of the core', 'operations an array DSP block and cycle', 'any DSP block', 'gain of skipping', 'of packing: array', 'of packing: core'],
  operations.map(({ row: { subject: { multipliers, config: { pes, lanes, requant, bus } } }, multiplier, arrayDsp, allDsp, array, all, skipping, packing }) => [
    String(multipliers), `${pes} x ${lanes}`, String(requant), String(bus), multiplier, String(arrayDsp), String(allDsp), array.toFixed(2), all.toFixed(2), `${skipping.toFixed(3)}x`, ...packing.map((gain) => `${gain.toFixed(3)}x`),
  ]),
);

const verdict = ({ holds }: Bar): string => (holds === undefined ? '' : holds ? 'holds' : 'SHORT');

export function performanceDocument(rows: readonly Row[], peers: readonly PeerRow[], operations: readonly OperationsRow[], bars: readonly Bar[], plot: string, simulator: string): string {
  const simulated = rows.filter(({ rtl }) => rtl !== undefined);
  const exact = simulated.filter(({ rtl, model }) => rtl?.counters.cycles === model?.cycles);
  const absent = rows.filter(({ model }) => model === undefined).map(({ subject }) => titleOf(subject)).join('; ');
  return `# Whole networks: cycles, utilization, and where the rest goes

Written by \`npx tsx bench/performance.ts\` (part of \`make bench\`; \`--full\` simulates every row): the figures are computed or measured by that command. Four networks on 224 x 224 images (AlexNet: 227 x 227)
with seeded weights (seed ${SEED}): for hardware, without accuracy. One image, START to interrupt, nothing preloaded; memory latency ${LATENCY} cycles, reads and writes on channels of their own.

Cycles come from the cycle model ([estimate.md](estimate.md)), which counts the compiled program. A row marked RTL is also simulated whole in ${simulator}: the generated Verilog computes one seeded image, every
layer's output equals the golden model in every bit, and the cycles are those of the model unless the difference is given. Simulated so far: ${simulated.length} of ${rows.length} rows, ${exact.length} with the model's cycles exactly.${absent === '' ? '' : ` Not measured yet: ${absent}.`}

Law: cycles of the compute commands, pixel by pixel the larger of steps and drain ([cycle-law.md](cycle-law.md)). Ceiling: the sum over layers of the largest of law, beats read and beats
written, so what a layer can take at best on this bus; \`gen-accel estimate\` prints it layer by layer, and more than 100 % means transfers under the layer before. Utilization: kept weights x output pixels of the layers with weights over P x L x cycles; where
kept weights are fewer, so is the useful work. Over dense: cycles of the dense network on the same P, L, n and bus. n: outputs that the drain requantizes a cycle; G: channels of a word.

The causes of a row add up to its cycles exactly, or the command fails. Useful multiplications are divided by P x L; the rest of the steps is rounding. Loads, stores, drain and dispatch are cycles in which no step is
taken, counted as the core counts them.

![Lost cycles by cause](${plot})

${NAMES.map((name) => networkText(name, rows)).join('\n')}
## Against a generator of dense accelerators

Three int8 layers on 16 x 16 pixels for which NNgen's generated accelerators took the cycles below, with a 128-bit bus. Ours: every core of 8 PEs or more that has no more multipliers than the peer and no more PEs than the
layer has filters; n = 8, 128-bit bus, latency ${LATENCY}. Compared is cycles x multipliers: dense no larger than the peer's, 2:8 at least ${SPARSE_BAR} times smaller.

${peerTable(peers)}

LUTs of such cores: [area.md](area.md).

## Effective operations a DSP block

VGG16 at 2:8 on Xilinx 7 series: operations of the dense network, two a multiplication, for a DSP block and cycle. Packed multipliers take the same cycles (\`test/rtl\` holds packed cores to the law); they need lanes in pairs. DSP
blocks are those that \`gen-accel synth\` predicts and finds. The gain of skipping is cycles over cycles, the gain of packing blocks over blocks.

${operationsTable(operations)}

## What limits them

- VGG16: the poolings, which the array steps through, and loads; at 512 multipliers loads inside layers come first.
- ResNet-50: images of 7 x 7 and 14 x 14 pixels, which do not divide by the lanes, and loads of the 1 x 1 layers' weights, which few pixels reuse; at 512 multipliers loads come first.
- MobileNetV1: the same rounding, and loads: a depthwise layer moves as many bytes as a 1 x 1 layer and computes a hundredth. At 512 multipliers stores count too.
- AlexNet: the fully connected layers read every weight once for one pixel: the bus. Batches (\`--batch\`) would reuse them.
- Effective operations: all DSP blocks of a core count five a requantizer and lane.

## What must hold

${markdownTable(['what', 'bar', 'found', 'by', ''], bars.map((own) => [own.what, own.bar, own.found, own.by, verdict(own)]))}
`;
}

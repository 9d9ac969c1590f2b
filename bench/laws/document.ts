// SPDX-License-Identifier: Apache-2.0
/** Owns docs/laws.md as text: tables of what was measured, what their words mean, and the bars. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import type { Bar, Laws } from './bars.js';
import { SEEDS, type GroupsResult } from './groups.js';
import { VGG16_CYCLES, type KangRow } from './kang.js';
import type { LockstepRow } from './lockstep.js';
import { LATENCY } from './rtl.js';
import { NETWORKS } from './shapes.js';
import { squeezenetText } from './squeezenet-document.js';
import type { StructureRow } from './structures.js';
import type { Vgg16Row } from './vgg16.js';

const times = (factor: number, digits = 2): string => `${factor.toFixed(digits)}x`;
const megabytes = (bits: number): string => `${(bits / 8e6).toFixed(2)} MB`;
const list = (values: readonly number[]): string => values.join(', ');

const kangTable = (rows: readonly KangRow[]): string => markdownTable(
  ['network', 'g, p', 'fully connected', 'dense cycles', 'pruned cycles', 'speed-up', 'padded to 8: dense', 'pruned', 'speed-up', 'dense weights', 'with direct indices', 'bitmap', 'enumerative'],
  rows.map((row) => [
    row.network, `g${row.group} p${row.pruned}`, row.fcPruned === undefined ? 'not counted' : `p ${list(row.fcPruned)}`,
    String(row.denseCycles), String(row.cycles), times(row.denseCycles / row.cycles, 3), String(row.paddedDenseCycles), String(row.paddedCycles), times(row.paddedDenseCycles / row.paddedCycles, 3),
    megabytes(row.denseBits), ...(['direct', 'bitmap', 'enumerative'] as const).map((format) => times(row.denseBits / row.bits[format])),
  ]),
);

function vggTable(rows: readonly Vgg16Row[]): string {
  const sum = (of: (row: Vgg16Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const cells = (name: string, dense: Vgg16Row['dense'], sparse: Vgg16Row['sparse']): string[] => [
    name, String(dense.law), String(dense.estimate), `${(100 * dense.law / dense.estimate).toFixed(1)} %`,
    String(sparse.law), String(sparse.estimate), `${(100 * sparse.law / sparse.estimate).toFixed(1)} %`, times(dense.estimate / sparse.estimate),
  ];
  const all = (kind: 'dense' | 'sparse') => ({ law: sum((row) => row[kind].law), estimate: sum((row) => row[kind].estimate) });
  return markdownTable(
    ['layer', 'dense: law', 'cycle model', 'law / cycles', '2 of 8: law', 'cycle model', 'law / cycles', 'speed-up'],
    [...rows.map(({ name, dense, sparse }) => cells(name, dense, sparse)), cells('13 convolutions', all('dense'), all('sparse'))],
  );
}

const lockstepTable = (rows: readonly LockstepRow[]): string => markdownTable(
  ['PEs', 'G', 'density', 'K', 'balanced, steps', 'unconstrained, steps', 'ratio', 'mean over masks', 'scales apart, steps', 'ratio', 'all cycles: balanced', 'unconstrained'],
  rows.map(({ pes, group, density, balanced, unconstrained, scaled, expected }) => [
    String(pes), String(group), `${100 * density} %`, String(group * density), String(balanced.steps), String(unconstrained.steps), times(unconstrained.steps / balanced.steps), times(expected), String(scaled.steps), times(scaled.steps / balanced.steps),
    String(balanced.cycles), String(unconstrained.cycles),
  ]),
);

/** In lowest terms. */
function fraction(numerator: number, denominator: number): string {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  return numerator === denominator ? '1' : `${numerator / a}/${denominator / a}`;
}

const structureTable = (rows: readonly StructureRow[]): string => markdownTable(
  ['constraint', 'promised', 'steps', 'of the dense steps', 'cycles, START to interrupt', 'of the dense cycles'],
  rows.map(({ text, numerator, denominator, steps, denseSteps, cycles, denseCycles }) => [text, fraction(numerator, denominator), String(steps), `${(steps / denseSteps).toFixed(4)}`, String(cycles), `${(cycles / denseCycles).toFixed(4)}`]),
);

const groupsTable = ({ rows }: GroupsResult): string => markdownTable(
  ['G', 'constraint', 'steps', 'dense over it', 'cycles, START to interrupt'],
  rows.flatMap(({ group, runs, denseSteps }) => runs.map(({ text, steps, cycles }) => [String(group), text, String(steps), times(denseSteps / steps), String(cycles)])),
);

export function lawsDocument(laws: Laws, bars: readonly Bar[], simulator: string): string {
  const { kang, vgg16, lockstep, ikr, smof, groups, squeezenet } = laws;
  return `# What the schemes promise, by the law and in RTL

Written by \`npx tsx bench/laws.ts\` (part of \`make bench\`): every figure below is measured or computed by that command. RTL: the generated Verilog in ${simulator}, every
output equal to the golden model in every bit, memory latency ${LATENCY} cycles; Node ${process.versions.node}. Steps: cycles in which the array takes a step (CYCLES_COMPUTE). Cycles: START to interrupt, nothing
preloaded. Seeds are fixed, so the figures are the same on every machine.

## Four networks at Kang's g and p

The cycle law ([cycle-law.md](cycle-law.md)) on shapes alone: 16 multipliers (P = 16, one lane), G = g, 8 drain cycles a pixel, 224 x 224 images. K = g - p weights of every g input channels stay, g and p being those
of Kang's accelerator-aware pruning (arXiv 1804.09862).
Layers with fewer input channels than g are dense, and so are depthwise layers. The first layer takes the steps of its 3 real channels; "padded to 8" takes its 3 channels for 8.
${NETWORKS.map(({ name, note }) => `${name}: ${note}.`).join(' ')}

${kangTable(kang)}

Expected of VGG16: ${VGG16_CYCLES.dense} dense, ${VGG16_CYCLES.sparse} with K = 2 and conv1_1 at 3 channels; ${VGG16_CYCLES.paddedDense} and ${VGG16_CYCLES.paddedSparse} padded to 8. Weights: those of the counted layers,
8 bits each; the last three columns are the dense weights over the kept weights with their indices in a format ([pruning.md](pruning.md)).

### VGG16 compiled

The 13 convolutions, each compiled to a program of its own (16 filters of seeded weights, repeated: balanced cycles do not depend on weights); cycles from the cycle model ([estimate.md](estimate.md)), which counts what the law does not: program, loads and stores with
nothing before and behind the layer to overlap them.

${vggTable(vgg16)}

## Lockstep: unconstrained against balanced

One 3 x 3 convolution of 64 to 128 channels on 6 x 6 pixels, seeded Gaussian weights, in RTL. Both masks keep the largest |w|, at the same density: K of every group, or anywhere in the layer. Under each tap and
word the PE with the most weights sets the pace. Mean over masks: the mean of the largest of P binomial counts, over K; 2.14 at 16 PEs, groups of 8 and 25 %. Scales apart: the same weights where the scales of the filters
are up to a factor of 2 apart. Filters with larger weights then keep more of them, and the others wait for them: independent masks are the best case of unconstrained pruning.

${lockstepTable(lockstep)}

## IKR: n of 9 taps

One 3 x 3 convolution of 64 to 32 channels on 8 x 8 pixels, 16 PEs, groups of 8, in RTL. \`@tile\`: the filters of a tile of 16 share n taps for every block of 8 input channels. \`@filter\`: all kernels of a
filter share one pattern, and the filters lie in the order of their patterns; in any other order the tiles mix patterns and take longer ([pruning.md](pruning.md)).

${structureTable(ikr)}

## SMOF: smaller kernels, and K of 8 on top

The same layer and core.

${structureTable(smof)}

## 4 of 16 against 2 of 8

Kept magnitude on ${SEEDS} seeded layers (64 to 32 channels, 3 x 3): 2 of 8 keeps ${(100 * groups.kept[0]).toFixed(2)} % of the sum of |w|, 4 of 16 keeps ${(100 * groups.kept[1]).toFixed(2)} %; the least gain of a layer is ${(100 * groups.leastGain).toFixed(2)} %. 4 of 16 keeps less in
${groups.worse} of ${groups.filters} filters, as it must: every 2-of-8 mask is a 4-of-16 mask. In RTL, on the core whose words are the groups, both take the same steps; on words of 8 channels 4 of 16 is no balanced mask, and its PEs wait for one another.

${groupsTable(groups)}
${squeezenet === undefined ? '' : `\n${squeezenetText(squeezenet)}\n`}
## What must hold

${markdownTable(['what', 'bar', 'found', ''], bars.map(({ what, bar, found, holds }) => [what, bar, found, holds ? 'holds' : 'MISSED']))}
`;
}

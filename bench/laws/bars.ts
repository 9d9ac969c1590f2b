// SPDX-License-Identifier: Apache-2.0
/** Owns what the measurements of docs/laws.md must show, each with what was found. */
import { VGG16_CYCLES, type KangRow } from './kang.js';
import type { GroupsResult } from './groups.js';
import type { LockstepRow } from './lockstep.js';
import { isConvolution, macsOf, NETWORKS } from './shapes.js';
import type { SqueezenetRow } from './squeezenet.js';
import type { StructureRow } from './structures.js';
import type { Vgg16Row } from './vgg16.js';

/** All measurements; absent where the data is. */
export interface Laws {
  readonly kang: readonly KangRow[];
  readonly vgg16: readonly Vgg16Row[];
  readonly lockstep: readonly LockstepRow[];
  readonly ikr: readonly StructureRow[];
  readonly smof: readonly StructureRow[];
  readonly groups: GroupsResult;
  readonly squeezenet: SqueezenetRow | undefined;
}

export interface Bar {
  readonly what: string;
  readonly bar: string;
  readonly found: string;
  readonly holds: boolean;
}

const equal = (what: string, expected: number, found: number): Bar => ({ what, bar: String(expected), found: String(found), holds: found === expected });

const count = (what: string, of: readonly boolean[]): Bar => ({ what, bar: `${of.length} of ${of.length}`, found: `${of.filter((one) => one).length} of ${of.length}`, holds: of.length > 0 && of.every((one) => one) });

/** By how much one layer may differ from the mean over masks. */
const LOCKSTEP_TOLERANCE = 0.02;
const VGG16_TOLERANCE = 0.01;

export function barsOf({ kang, vgg16, lockstep, ikr, smof, groups, squeezenet }: Laws): Bar[] {
  const vgg = kang.filter(({ network, fcPruned }) => network === 'VGG16' && fcPruned === undefined);
  const plain = kang.filter(({ fcPruned }) => fcPruned === undefined);
  const isShare = ({ steps, denseSteps, numerator, denominator }: StructureRow): boolean => steps * denominator === denseSteps * numerator;
  const sum = (of: (row: Vgg16Row) => number): number => vgg16.reduce((total, row) => total + of(row), 0);
  const ratio = ({ balanced, unconstrained }: LockstepRow): number => unconstrained.steps / balanced.steps;
  const central = lockstep.find(({ pes, group, density }) => pes === 16 && group === 8 && density === 0.25);
  const bars: Bar[] = [
    ...NETWORKS.map(({ name, layers, convolutionMacs }) => equal(`${name}: multiplications of the convolutions`, convolutionMacs, layers.filter(isConvolution).reduce((total, layer) => total + macsOf(layer), 0))),
    ...vgg.flatMap((row) => [
      equal(`VGG16, g${row.group} p${row.pruned}: dense`, VGG16_CYCLES.dense, row.denseCycles), equal(`VGG16, g${row.group} p${row.pruned}: pruned, conv1_1 dense`, VGG16_CYCLES.sparse, row.cycles),
      equal(`VGG16, g${row.group} p${row.pruned}: dense, conv1_1 padded to 8`, VGG16_CYCLES.paddedDense, row.paddedDenseCycles), equal(`VGG16, g${row.group} p${row.pruned}: pruned, conv1_1 padded to 8`, VGG16_CYCLES.paddedSparse, row.paddedCycles),
    ]),
    count('dense convolutions of all networks take multiplications / 16 cycles', plain.map(({ denseCycles, macCycles }) => denseCycles === macCycles)),
    { what: 'VGG16, compiled: cycle model over law, dense', bar: 'within 1 %', found: (sum(({ dense }) => dense.estimate) / sum(({ dense }) => dense.law)).toFixed(4), holds: Math.abs(sum(({ dense }) => dense.estimate) / sum(({ dense }) => dense.law) - 1) < VGG16_TOLERANCE },
    { what: 'VGG16, compiled: cycle model over law, 2 of 8', bar: 'within 1 %', found: (sum(({ sparse }) => sparse.estimate) / sum(({ sparse }) => sparse.law)).toFixed(4), holds: Math.abs(sum(({ sparse }) => sparse.estimate) / sum(({ sparse }) => sparse.law) - 1) < VGG16_TOLERANCE },
    count('lockstep: steps of the RTL equal the law', lockstep.flatMap(({ balanced, unconstrained, scaled }) => [balanced, unconstrained, scaled].map(({ steps, law }) => steps === law))),
    count('lockstep: ratio within 2 % of the mean over masks', lockstep.map((row) => Math.abs(ratio(row) / row.expected - 1) <= LOCKSTEP_TOLERANCE)),
    { what: 'lockstep, 16 PEs, 2 of 8', bar: '1.8 to 2.4 times balanced', found: central === undefined ? 'none' : ratio(central).toFixed(3), holds: central !== undefined && ratio(central) >= 1.8 && ratio(central) <= 2.4 },
    count('IKR: n / 9 of the dense steps, exactly', ikr.map(isShare)),
    count('SMOF: taps / 9, times K / 8, of the dense steps, exactly', smof.map(isShare)),
    { what: '4 of 16 keeps at least the magnitude of 2 of 8', bar: `all ${groups.filters} filters`, found: `${groups.filters - groups.worse}`, holds: groups.worse === 0 && groups.filters > 0 },
    count('on groups of 16, 4 of 16 takes the steps of 2 of 8', groups.rows.filter(({ group }) => group === 16).map(({ runs: [eight, sixteen] }) => eight?.steps === sixteen?.steps)),
  ];
  if (squeezenet === undefined) return bars;
  const [existing, rebalanced] = (['existing', 'rebalanced'] as const).map((name) => squeezenet.variants.find((variant) => variant.name === name));
  const faster = (existing?.cycles ?? 0) / (rebalanced?.cycles ?? Infinity);
  return [...bars, { what: 'SqueezeNet: rebalanced is faster than as it is', bar: '> 1', found: `${faster.toFixed(2)}x`, holds: faster > 1 }];
}

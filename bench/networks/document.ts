// SPDX-License-Identifier: Apache-2.0
/** Owns docs/networks.md as text: tables of measured rows, what their words mean, and the bars that they are held to. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { markdownTable } from '../../generator/report/markdown-table.js';
import { LATENCY, type NetworkRow } from './measure.js';

export interface DocumentFacts {
  readonly configs: readonly AccelConfig[];
  readonly simulator: string;
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

const depthwiseUtilization = ({ depthwise, pes }: NetworkRow, cycles: 'cycles' | 'alone' = 'cycles'): number | undefined => {
  const sum = (of: 'cycles' | 'alone' | 'macs'): number => depthwise.reduce((total, layer) => total + layer[of], 0);
  return depthwise.length === 0 ? undefined : sum('macs') / (pes * sum(cycles));
};

const layerUtilization = ({ macs, cycles }: NetworkRow['depthwise'][number], { pes }: NetworkRow): number => macs / (pes * cycles);

const estimateError = ({ estimate, cycles }: NetworkRow): number => estimate / cycles - 1;

const lawShare = ({ lawCycles, cycles }: NetworkRow): number => lawCycles / cycles;

/** What must hold, each with what was found. */
export interface Bar {
  readonly what: string;
  readonly bar: string;
  readonly found: string;
  readonly holds: boolean;
}

const LAW_BAR = 0.9;
const DEPTHWISE_BAR = 0.85;
const HOST_BAR = 0.001;
const ESTIMATE_BAR = 0.01;

function barsOf(rows: readonly NetworkRow[]): Bar[] {
  const bars: Bar[] = [];
  for (const row of rows) {
    const title = `${row.name}, ${row.pes} PEs`;
    const all = row.compared * row.images;
    bars.push({ what: `${title}: bits`, bar: 'every layer of every input', found: `${row.exact} of ${row.compared} layers on ${row.images} inputs`, holds: row.mismatch === null && row.violations === 0 && row.exact === row.compared && all > 0 });
    bars.push({ what: `${title}: host`, bar: `< ${percent(HOST_BAR)}`, found: percent(row.hostShare, 4), holds: row.hostShare < HOST_BAR });
    if (row.recorded > 0) bars.push({ what: `${title}: recorded outputs`, bar: 'all', found: `${row.asRecorded} of ${row.recorded}`, holds: row.asRecorded === row.recorded });
    if (row.pes === 16 && /^(resnet8|person_detect)/.test(row.name)) {
      bars.push({ what: `${title}: law / cycles`, bar: `>= ${percent(LAW_BAR, 0)}`, found: percent(lawShare(row)), holds: lawShare(row) >= LAW_BAR });
    }
    bars.push({ what: `${title}: estimate`, bar: `within ${percent(ESTIMATE_BAR, 0)}`, found: percent(estimateError(row), 2), holds: Math.abs(estimateError(row)) <= ESTIMATE_BAR });
    const below = row.depthwise.filter((layer) => layerUtilization(layer, row) < DEPTHWISE_BAR);
    if (row.depthwise.length > 0) {
      const lowest = below.map((layer) => `${layer.name} ${percent(layerUtilization(layer, row))}`);
      bars.push({
        what: `${title}: utilization of every depthwise layer`, bar: `>= ${percent(DEPTHWISE_BAR, 0)}`,
        found: `${row.depthwise.length - below.length} of ${row.depthwise.length}${below.length === 0 ? '' : `; below: ${lowest.join(', ')}`}`, holds: below.length === 0,
      });
    }
  }
  return bars;
}

const agreement = ({ recorded, asRecorded, right, scored }: NetworkRow): string => {
  const parts = [
    ...(scored === 0 ? [] : [`${percent(right / scored)} of ${scored} right`]),
    ...(recorded === 0 ? [] : [`${asRecorded} of ${recorded} as recorded`]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
};

const placeTable = (rows: readonly NetworkRow[]): string => markdownTable(
  ['network', 'inputs', 'array', 'pool unit', 'drain', 'by place', 'host', 'host operations', 'bit-exact', 'outputs'],
  rows.map((row) => [
    row.name, `${row.images}: ${row.inputs}`, String(row.places.array), String(row.places.pool), String(row.places.drain), String(row.places.memory),
    row.hostNames.length === 0 ? '0' : `${row.hostNames.length}: ${row.hostNames.join(', ')}`, percent(row.hostShare, 4),
    `${row.exact} of ${row.compared} operators x ${row.images}`, agreement(row),
  ]),
);

const cycleTable = (rows: readonly NetworkRow[]): string => markdownTable(
  ['network', 'PEs', 'programs', 'cycles', 'law', 'law / cycles', 'utilization', 'estimate', 'error', 'depthwise layers'],
  rows.map((row) => {
    const depthwise = depthwiseUtilization(row);
    return [
      row.name, String(row.pes), String(row.programs), String(row.cycles), String(row.lawCycles), percent(lawShare(row)), percent(row.utilization),
      String(Math.round(row.estimate)), percent(estimateError(row), 2),
      depthwise === undefined ? '-' : `${percent(depthwise)} (${row.depthwise.length})`,
    ];
  }),
);

const depthwiseTable = (rows: readonly NetworkRow[]): string => markdownTable(
  ['network', 'PEs', 'layer', 'cycles', 'utilization', 'read beats', 'cycles alone', 'utilization alone'],
  rows.flatMap((row) => row.depthwise.map((layer) => [
    row.name, String(row.pes), layer.name, String(layer.cycles), percent(layerUtilization(layer, row)), String(layer.readBeats), String(layer.alone), percent(layer.macs / (row.pes * layer.alone)),
  ])),
);

export const shapeText = ({ pes, group, lanes, requant, bus }: AccelConfig): string => `${pes} PEs (groups of ${group}, ${lanes} lane${lanes === 1 ? '' : 's'}, ${requant} requantizers, ${bus}-bit bus)`;

/** The document, and a line for every bar that does not hold. */
export function networksDocument(rows: readonly NetworkRow[], { configs, simulator }: DocumentFacts): { readonly text: string; readonly broken: readonly string[] } {
  const bars = barsOf(rows);
  const narrow = rows.filter(({ pes }) => pes === configs[0]?.pes);
  const text = `# Networks

Written by \`npx tsx bench/networks.ts\` (part of \`make bench\`; \`--only NAME\` measures one again): whole TFLite networks on the generated Verilog,
${configs.map(shapeText).join(' and ')}, memory latency ${LATENCY} cycles; ${simulator.replace(' ()', '')}, Node ${process.versions.node}.

## Where operators run, and their bits

${placeTable(narrow)}

Operators by where they are computed: a walk of the array (convolution, depthwise, fully connected, average, resize, pad, slice, tables and
additions that no layer before could take), the pool unit, the drain (fused into the operator before: it costs no tensor), by place alone
(concatenation, reshape), the host. Host operations: arithmetic operations of the host of all; a multiplication with its addition is one, and so is a value that
another operator adds, compares or looks up (softmax: four an element); moving values, as a pure shape change does, is none. Bit-exact: operators
whose output the array stored, compared with the golden model on every input. Outputs: inputs whose largest output is their class, of all that are scored, by the golden model; inputs that were run whose output equals
the one that others recorded. 2 of 8 is pruned in one shot, not retrained. Float networks are quantized with inputs that are not scored.

## Cycles

${cycleTable(rows)}

Cycles: from START to interrupt, nothing preloaded, summed over the programs of an input. Law: tiles x pixels x max(steps, D) of the layers with weights, from shapes
alone ([architecture.md](architecture.md)); pooling and what is not fused are cycles without a law. A weight that leaves int8 when its zero point is taken off
takes two steps, the law counts one. Utilization: kept weights x output pixels / (PEs x cycles). Estimate: the cycle model, from the compiled program and
the configuration alone. Depthwise layers: utilization of those whose channels fill the array (a multiple of the PEs), taken together, and how many they are.

## Depthwise layers

${depthwiseTable(rows)}

Cycles: those of the network's program from the last step of the layer before to the layer's own last step, by the cycle model, whose sum over all layers is the
estimate above. Alone: measured, the layer as a program of its own, which fetches its program, loads its first pixels and stores its last ones with nothing to overlap them. Read beats: what
the layer reads over the bus, one a cycle at most; where they are more than its steps (cycles x utilization) the bus is the limit. Below 100 % otherwise: weights that
take two steps (the uint8 network), or loads that had to wait for what the layer before stored.

## What must hold

${markdownTable(['what', 'bar', 'found', ''], bars.map(({ what, bar, found, holds }) => [what, bar, found, holds ? 'holds' : 'MISSED']))}
`;
  return { text, broken: bars.filter(({ holds }) => !holds).map(({ what, bar, found }) => `${what}: ${found}, not ${bar}`) };
}

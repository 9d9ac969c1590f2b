// SPDX-License-Identifier: Apache-2.0
/** Owns docs/onnx-models.md as text: tables of measured rows, what their words mean, and the bars that they are held to. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { markdownTable } from '../../generator/report/markdown-table.js';
import { percent, shapeText, type Bar } from './document.js';
import { LATENCY, type NetworkRow } from './measure.js';
import { lossOf, psnr, type OnnxScore } from './onnx-score.js';

export interface OnnxRow {
  /** Below the data folder. */
  readonly file: string;
  readonly onnxruntime: string;
  readonly inputs: string;
  /** The output is a picture of 0..1. */
  readonly isPicture: boolean;
  /** Null for a model that was quantized already. */
  readonly calibration: string | null;
  readonly lanes: number;
  /** One, or a second one in which the zeros of the weights are no work. */
  readonly runs: readonly (NetworkRow & { readonly zeros: boolean })[];
  readonly score: OnnxScore;
}

const LOSS_BAR = 1;
const HOST_BAR = 0.001;
const ESTIMATE_BAR = 0.01;
const PSNR_BAR = 30;

const nameOf = ({ file }: OnnxRow): string => (file.split('/').at(-1) as string);
const estimateError = ({ estimate, cycles }: NetworkRow): number => estimate / cycles - 1;

function barsOf(rows: readonly OnnxRow[]): Bar[] {
  return rows.flatMap((row) => {
    const loss = row.score.answers === null ? undefined : lossOf(row.score.answers);
    const bars: Bar[] = [];
    if (loss !== undefined) bars.push({ what: `${nameOf(row)}: loss`, bar: `< ${LOSS_BAR} point`, found: points(row), holds: loss.points < LOSS_BAR });
    if (row.isPicture) bars.push({ what: `${nameOf(row)}: PSNR`, bar: `>= ${PSNR_BAR} dB`, found: `${psnr(row.score.outputs).toFixed(1)} dB`, holds: psnr(row.score.outputs) >= PSNR_BAR });
    for (const run of row.runs) {
      const title = `${nameOf(row)}${run.zeros ? ', zeros left out' : ''}`;
      bars.push(
        { what: `${title}: bits`, bar: 'every operator of every input', found: `${run.exact} of ${run.compared} on ${run.images}`, holds: run.mismatch === null && run.violations === 0 && run.compared > 0 && run.exact === run.compared },
        { what: `${title}: host`, bar: `< ${percent(HOST_BAR)}`, found: percent(run.hostShare, 4), holds: run.hostShare < HOST_BAR },
        { what: `${title}: estimate`, bar: `within ${percent(ESTIMATE_BAR, 0)}`, found: percent(estimateError(run), 2), holds: Math.abs(estimateError(run)) <= ESTIMATE_BAR },
      );
    }
    return bars;
  });
}

/** "0.40 (± 0.56)", of inputs with classes. */
function points({ score: { answers } }: OnnxRow): string {
  const loss = answers === null ? undefined : lossOf(answers);
  return loss === undefined ? '-' : `${loss.points.toFixed(2)} (± ${loss.error.toFixed(2)})`;
}

const accuracyTable = (rows: readonly OnnxRow[]): string => markdownTable(
  ['model', 'quantized with', 'scored on', 'onnxruntime', 'int8', 'loss, points', 'same answer', 'output error, rms', 'worst', 'correlation'],
  rows.map((row) => {
    const { answers, outputs } = row.score;
    const classes = answers?.classes ?? null;
    const share = (count: number): string => (answers === null ? '-' : `${percent(count / answers.inputs, 2)} (${count})`);
    return [
      nameOf(row), row.calibration ?? 'its own scales', row.inputs, classes === null ? '-' : share(classes.reference), classes === null ? '-' : share(classes.int8),
      points(row), row.isPicture ? `PSNR ${psnr(outputs).toFixed(1)} dB` : share(answers?.same ?? 0),
      percent(outputs.rms / outputs.range, 2), percent(outputs.worst / outputs.range, 1), outputs.correlation.toFixed(4),
    ];
  }),
);

const cycleTable = (rows: readonly OnnxRow[]): string => markdownTable(
  ['model', 'PEs x lanes', 'inputs', 'bit-exact', 'host', 'host operations', 'programs', 'cycles', 'law', 'law / cycles', 'utilization', 'estimate'],
  rows.flatMap((row) => row.runs.map((run) => [
    `${nameOf(row)}${run.zeros ? ', zeros left out' : ''}`, `${run.pes} x ${row.lanes}`, String(run.images), `${run.exact} of ${run.compared} operators`,
    run.hostNames.length === 0 ? '0' : `${run.hostNames.length}: ${run.hostNames.join(', ')}`, percent(run.hostShare, 4), String(run.programs),
    String(run.cycles), String(run.lawCycles), percent(run.lawCycles / run.cycles), percent(run.utilization), percent(estimateError(run), 2),
  ])),
);

export interface OnnxFacts {
  readonly configs: readonly AccelConfig[];
  readonly simulator: string;
}

/** The document, and a line for every bar that does not hold. */
export function onnxDocument(rows: readonly OnnxRow[], { configs, simulator }: OnnxFacts): { readonly text: string; readonly broken: readonly string[] } {
  const bars = barsOf(rows);
  const text = `# ONNX models

Written by \`npx tsx bench/onnx.ts\` (part of \`make bench\`; \`--only NAME\` measures one): ONNX models from import to the generated Verilog,
${configs.map(shapeText).join(' and ')}, memory latency ${LATENCY} cycles; ${simulator.replace(' ()', '')}, Node ${process.versions.node}.
What onnxruntime ${[...new Set(rows.map(({ onnxruntime }) => onnxruntime))].join(', ')} answers was recorded with [its scripts](../examples/onnxruntime-reference/README.md).

## Accuracy

${accuracyTable(rows)}

The golden model, which the Verilog equals bit for bit, against onnxruntime on the same inputs; the float models in float, the quantized ones with onnxruntime's own
quantized operators. No input is scored that a model was calibrated with. Loss: answers that onnxruntime alone has right less those that int8 alone has right,
with the standard error of this paired difference. Same answer: the same largest output. Output error: of all values of the first 20 outputs, relative
to the range of onnxruntime's.

What onnxruntime's own int8 scores with the same calibration stands in [its table](../examples/onnxruntime-reference/README.md#onnxruntimes-own-int8).

**squeezenet** has no labels here. The photos of CIFAR-10 are none of ImageNet's, and enlarged sevenfold they are soft: in float, too, its answers on them are unsure.
**ad_autoencoder** has no answer: its output is a spectrum. The inputs are seeded, like log spectra of a machine, in dB. **super_resolution**: the luma of two pictures
and of mosaics of photos; PSNR of the output against onnxruntime's with peak 1, on every 11th row and column.

## On the array

${cycleTable(rows)}

The words are those of [networks.md](networks.md). Zeros left out: the model came pruned without constraint, and its zeros are no work (\`--keep existing --constraint unconstrained\`);
PEs run in lockstep, so that each group takes as long as the PE with the most weights in it. The law counts what a balanced mask of the same density would take.

## What must hold

${markdownTable(['what', 'bar', 'found', ''], bars.map(({ what, bar, found, holds }) => [what, bar, found, holds ? 'holds' : 'MISSED']))}
`;
  return { text, broken: bars.filter(({ holds }) => !holds).map(({ what, bar, found }) => `${what}: ${found}, not ${bar}`) };
}

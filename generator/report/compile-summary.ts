// SPDX-License-Identifier: Apache-2.0
/** Owns what a user sees after a network was compiled: the object of --json, and the same in lines. */
import type { CompiledNetwork } from '../compile/compiled-network.js';
import type { HostStep } from '../export/host-steps.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

/** What pruning left: null: dense. */
export interface CompilePruning {
  readonly constraint: string;
  /** Kept / all weights. */
  readonly density: number;
  readonly keep: Readonly<Record<string, number | string>>;
  /** Layers whose zeros are those of the model. */
  readonly existing: readonly string[];
}

export interface CompileResult {
  readonly folder: string;
  readonly network: string;
  readonly synthetic: boolean;
  readonly config: string;
  readonly configHash: string;
  readonly imageBytes: number;
  /** Bytes of the streams in it, by buffer; words are padded to granules, streams to the bus. */
  readonly streamBytes: CompiledNetwork['streamBytes'];
  /** How indices are stored. */
  readonly index: string;
  readonly programs: readonly { readonly address: number; readonly bytes: number; readonly instructions: number; readonly layers: readonly string[] }[];
  /** Between the programs; loader: the C loader has code for it. */
  readonly hostOperators: readonly { readonly name: string; readonly operator: string; readonly loader: boolean }[];
  readonly pruning: CompilePruning | null;
  readonly files: readonly string[];
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

export interface CompileOutcome {
  readonly folder: string;
  readonly steps: readonly HostStep[];
  readonly pruning: CompilePruning | null;
  readonly files: readonly string[];
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

export function compileResult({ network, config, configHash, image, segments, streamBytes, layers }: CompiledNetwork, { steps, ...outcome }: CompileOutcome): CompileResult {
  return {
    network: network.name,
    synthetic: network.synthetic,
    config: config.name,
    configHash,
    imageBytes: image.length,
    streamBytes,
    index: indexText(config, layers),
    programs: segments.map(({ programAddress, programBytes, instructions, layers }) => ({ address: programAddress, bytes: programBytes, instructions: instructions.length, layers })),
    hostOperators: steps.flatMap((step) => (step.kind === 'program' ? [] : [{ name: step.name, operator: step.op.kind, loader: step.kind !== 'other' }])),
    ...outcome,
  };
}

/** Decoder, and the libraries of its table. */
function indexText({ index, weightBits, patternBits }: CompiledNetwork['config'], layers: CompiledNetwork['layers']): string {
  const libraries = new Map(layers.flatMap(({ patterns }) => (patterns === undefined ? [] : [[patterns.library, patterns.words] as const])));
  const patterns = libraries.size === 0 ? '' : `, ${[...libraries.values()].join(' + ')} of ${2 ** patternBits} patterns`;
  return `${weightBits}-bit weights, ${index} index${patterns}`;
}

const STREAM_NAMES = { weight: 'weights', index: 'indices', schedule: 'schedules', parameter: 'parameters', table: 'tables', pattern: 'patterns' } as const;

/** Kibibytes of every buffer that has any. */
const streamText = (bytes: CompileResult['streamBytes']): string =>
  (Object.keys(STREAM_NAMES) as (keyof typeof STREAM_NAMES)[]).flatMap((name) => (bytes[name] === 0 ? [] : [`${STREAM_NAMES[name]} ${(bytes[name] / 1024).toFixed(1)} KiB`])).join(', ');

/** The summary for a terminal; `place` is the folder as the user knows it. */
export function compileSummary(result: CompileResult, place: string): string[] {
  const { programs, hostOperators, pruning } = result;
  const own = hostOperators.filter(({ loader }) => !loader).map(({ name }) => name);
  const instructions = programs.reduce((sum, program) => sum + program.instructions, 0);
  const layers = programs.reduce((sum, program) => sum + program.layers.length, 0);
  const weights = pruning === null
    ? 'dense'
    : `${(100 * pruning.density).toFixed(1)}% kept, ${pruning.constraint}${pruning.existing.length === 0 ? '' : `; ${plural(pruning.existing.length, 'layer')} as pruned in the model`}`;
  return [
    `${result.network}${result.synthetic ? ' (synthetic)' : ''} for ${result.config}, configuration ${result.configHash.slice(0, 12)}`,
    ...columns([
      ['weights', weights],
      ['storage', result.index],
      ['', streamText(result.streamBytes)],
      ['programs', `${plural(programs.length, 'program')}, ${plural(instructions, 'instruction')}, ${layers === 1 ? '1 pass' : `${layers} passes`} of the array`],
      ['host', hostOperators.length === 0 ? 'nothing' : hostOperators.map(({ name }) => name).join(', ')],
      ...(own.length === 0 ? [] : [['', `${own.join(', ')}: the application gives the function (host_operator)`]]),
      ['image', `${plural(result.imageBytes, 'byte')} from BASE on`],
      ['folder', `${place}: ${plural(result.files.length, 'file')}, ${result.written.length} written, ${result.removed.length} removed`],
    ]),
  ];
}

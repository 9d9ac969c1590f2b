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

export function compileResult({ network, config, configHash, image, segments }: CompiledNetwork, { steps, ...outcome }: CompileOutcome): CompileResult {
  return {
    network: network.name,
    synthetic: network.synthetic,
    config: config.name,
    configHash,
    imageBytes: image.length,
    programs: segments.map(({ programAddress, programBytes, instructions, layers }) => ({ address: programAddress, bytes: programBytes, instructions: instructions.length, layers })),
    hostOperators: steps.flatMap((step) => (step.kind === 'program' ? [] : [{ name: step.name, operator: step.op.kind, loader: step.kind !== 'other' }])),
    ...outcome,
  };
}

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
      ['programs', `${plural(programs.length, 'program')}, ${plural(instructions, 'instruction')}, ${layers === 1 ? '1 pass' : `${layers} passes`} of the array`],
      ['host', hostOperators.length === 0 ? 'nothing' : hostOperators.map(({ name }) => name).join(', ')],
      ...(own.length === 0 ? [] : [['', `${own.join(', ')}: the application gives the function (host_operator)`]]),
      ['image', `${plural(result.imageBytes, 'byte')} from BASE on`],
      ['folder', `${place}: ${plural(result.files.length, 'file')}, ${result.written.length} written, ${result.removed.length} removed`],
    ]),
  ];
}

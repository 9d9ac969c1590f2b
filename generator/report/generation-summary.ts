// SPDX-License-Identifier: Apache-2.0
/** Owns the few lines that a user sees after generating an accelerator. */
import type { Manifest } from '../arch/manifest.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

export interface GenerationOutcome {
  readonly folder: string;
  readonly files: number;
  readonly written: number;
  readonly removed: number;
}

const kib = (bits: number): string => `${(bits / 8192).toFixed(1)} KiB`;

export function generationSummary(manifest: Manifest, outcome: GenerationOutcome): string[] {
  const { config, derived, predicted } = manifest;
  const { xc7, generic } = predicted;
  const perCycle = plural(derived.multipliers, 'multiplier');
  const removed = outcome.removed === 0 ? '' : `, ${outcome.removed} stale removed`;
  return [
    `${config.name}: ${perCycle}, ${config.index} index, configuration ${manifest.configHash.slice(0, 12)}`,
    ...columns([
      ['  array', `${plural(config.pes, 'PE')} x ${plural(config.lanes, 'lane')}, groups of ${config.group}, ${config.multiplier} multipliers`],
      ['  output', `${plural(config.requant, 'requantizer')} a lane: a pixel takes max(kept weights, ${derived.drain}) cycles`],
      ['  buffers', `weights ${config.weightDepth}, activations ${config.actDepth}, schedule ${config.schedDepth}, output 2 x ${config.outDepth} words; ${kib(generic.memoryBits)} in all`],
      ['  bus', `AXI ${config.bus} bit data, ${config.addr} bit address, ${config.id} bit id`],
      ['  predicted', `xc7: ${xc7.DSP48E1} DSP48E1, ${xc7.RAMB36E1} RAMB36E1, ${xc7.RAMB18E1} RAMB18E1`],
      ['  files', `${outcome.files} in ${outcome.folder} (${outcome.written === 0 ? 'all as before' : `${outcome.written} written`}${removed})`],
    ]),
    `Next: make -C ${outcome.folder} sim`,
  ];
}

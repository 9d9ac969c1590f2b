// SPDX-License-Identifier: Apache-2.0
/** Owns which cores are synthesized for which family, by the options of `gen-accel`. */
import type { PartialConfig } from '../../generator/arch/rules.js';
import type { SynthTarget } from '../../sim/synth/index.js';

export interface Core {
  readonly input: PartialConfig;
  readonly target: SynthTarget;
}

const core = (input: PartialConfig, target: SynthTarget = 'xc7'): Core => ({ input: { group: 8, ...input }, target });

/** Options of `gen-accel` beside `--group`, as they are typed. */
export const optionsOf = ({ input }: Core): string =>
  Object.entries(input).map(([key, value]) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${String(value)}`).join(' ');

/** The smallest core that was found; see docs/pnr.md. */
const SMALL: PartialConfig = { pes: 2, group: 2, rounding: 'single', requant: 1, bus: 32, weightDepth: 64, actDepth: 64, schedDepth: 64, outDepth: 64, partialDepth: 64, id: 1 };

/** Whole cores, 16 multipliers to 256. */
export const SIZES: readonly Core[] = [
  core({ pes: 16 }),
  core({ pes: 64, requant: 1 }),
  core({ pes: 16, lanes: 4 }),
  core({ pes: 64, lanes: 4, requant: 8, bus: 128 }),
];

/** Two lanes in a DSP block. */
export const PACKED: readonly Core[] = [
  core({ pes: 16, lanes: 2, multiplier: 'packed' }),
  core({ pes: 16, lanes: 4, multiplier: 'packed' }),
];

/** Decoders, narrow weights, and the cores on which other generators' layers are measured. */
export const VARIANTS: readonly Core[] = [
  core({ pes: 16, index: 'bitmap' }), core({ pes: 16, index: 'pattern' }), core({ pes: 16, weightBits: 4 }),
  core({ pes: 16, bus: 128 }),
  core({ pes: 64, requant: 8, bus: 128 }),
];

export const OTHER_FAMILIES: readonly Core[] = [
  core({ pes: 16 }, 'ecp5'),
  core(SMALL, 'ice40'), core({ pes: 16 }, 'ice40'),
];

/** Cores that are also built without indices. */
export const AGAINST_DENSE: readonly Core[] = [core({ pes: 16 })];

/** Synthesized with the embedded Yosys too. */
export const EMBEDDED_TOO: readonly Core[] = [core({ pes: 16 })];

// SPDX-License-Identifier: Apache-2.0
/** Synthesis, in one place; re-exports only. */
export type { CellCounts } from './cells.js';
export { SynthesisError, SynthesisStoppedError } from './errors.js';
export { SYNTH_TARGETS, type SynthTarget } from './script.js';
export type { BlockCells } from './statistics.js';
export { lutsPerMultiplier, synthesize, type SynthesisOptions, type SynthesisResult } from './synthesize.js';

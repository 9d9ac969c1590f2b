// SPDX-License-Identifier: Apache-2.0
/** A configuration that brings it: `gen-accel inspect synthetic --config examples/custom-constraint/accelerator.ts --prune pairs:4/8`. */
import { defineAccelerator } from 'gen-accel';
import { pairsKind } from './pairs.js';

/** Constraints beside the built-in ones; `--prune` names them. */
export const constraints = [pairsKind];

export default defineAccelerator({ name: 'custom-constraint', pes: 16, group: 8 });

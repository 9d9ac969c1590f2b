// SPDX-License-Identifier: Apache-2.0
/** A configuration that uses it: `gen-accel --config examples/custom-decoder/accelerator.ts`. */
import { defineAccelerator } from 'gen-accel';
import { relativeDecoder } from './relative-decoder.js';

/** Decoders beside the built-in ones; `index` names one of them. */
export const indexDecoders = [relativeDecoder];

export default defineAccelerator({ name: 'custom-decoder', pes: 8, group: 8, lanes: 2, index: 'relative' });

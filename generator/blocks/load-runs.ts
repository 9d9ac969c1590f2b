// SPDX-License-Identifier: Apache-2.0
/** Owns the kinds of runs that travel from the load walker to the load writer, and the ports of such a run. */
import { STREAM_DESTINATIONS } from '../arch/instructions.js';
import { indexBits } from '../core/integers.js';
import type { Integer } from '../dsl/index.js';
import { codeConstants } from './contract-lines.js';

/** pad: padding writes; act: beats to the banks; begin, stream: an unpacker's start and beats; finish: end of a command. */
export const RUN_KINDS = { pad: 0, act: 1, begin: 2, stream: 3, finish: 4 } as const;

export const runKindConstants = (): string[] => codeConstants('KIND_', RUN_KINDS, 3);

/** Buffers that streams fill, and the bits of their number. */
export const DESTINATIONS = Object.keys(STREAM_DESTINATIONS).length;
export const DESTINATION_BITS = indexBits(DESTINATIONS);

/** What a run carries from the walker to the writer unchanged. */
export const runSideFields = (lanes: Integer) =>
  ({ kind: 3, destination: DESTINATION_BITS, push: 1, lanes, pad_byte: 8, bank: 16 }) as const;

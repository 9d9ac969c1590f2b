// SPDX-License-Identifier: Apache-2.0
/** Owns the kinds of runs that travel from the load walker to the load writer, and the ports of such a run. */
import { destinationCount } from '../arch/instructions.js';
import { indexBits } from '../core/integers.js';
import type { Integer } from '../dsl/index.js';
import { codeConstants } from './contract-lines.js';

/** pad: padding writes; act: beats to the banks; begin, stream: an unpacker's start and beats; finish: end of a command. */
export const RUN_KINDS = { pad: 0, act: 1, begin: 2, stream: 3, finish: 4 } as const;

export const runKindConstants = (): string[] => codeConstants('KIND_', RUN_KINDS, 3);

/** Bits of the number of a buffer that streams fill: the same with and without a pattern table. */
export const DESTINATION_BITS = indexBits(destinationCount(true));

/** What a run carries from the walker to the writer unchanged. */
export const runSideFields = (lanes: Integer) =>
  ({ kind: 3, destination: DESTINATION_BITS, push: 1, lanes, pad_byte: 8, bank: 16 }) as const;

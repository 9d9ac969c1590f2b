// SPDX-License-Identifier: Apache-2.0
/** Owns which kernels share a pattern: the blocks of a layer, each a set of kernels with one set of taps. */

import type { WeightShape } from '../scheme.js';

export const SHARINGS = ['kernel', 'filter', 'tile'] as const;
export type Sharing = (typeof SHARINGS)[number];

export interface PatternBlocks {
  readonly count: number;
  /** Every position of the OHWI weights once, with its tap (row x width + column) and the block of its kernel. */
  each(visit: (block: number, tap: number, position: number) => void): void;
}

/** Kernels are (output channel, input channel); a tile is P output channels, a block of input channels G. */
export function blocksOf([outChannels, height, width, inChannels]: WeightShape, sharing: Sharing, pes: number, group: number): PatternBlocks {
  const across = Math.ceil(inChannels / group);
  const blockOf = (o: number, i: number): number => {
    if (sharing === 'kernel') return o * inChannels + i;
    return sharing === 'filter' ? o : Math.floor(o / pes) * across + Math.floor(i / group);
  };
  const count = sharing === 'kernel' ? outChannels * inChannels : sharing === 'filter' ? outChannels : Math.ceil(outChannels / pes) * across;
  return {
    count,
    each(visit) {
      let position = 0;
      for (let o = 0; o < outChannels; o++) for (let tap = 0; tap < height * width; tap++) for (let i = 0; i < inChannels; i++) visit(blockOf(o, i), tap, position++);
    },
  };
}

/** A tap that may not be kept scores less than any that may. */
const CLOSED = -1;

/** Score of every tap of every block, block after block; taps of which no slot is open score less than 0. */
export function tapScores(blocks: PatternBlocks, area: number, scores: ArrayLike<number>, within?: Uint8Array): Float64Array {
  const sums = new Float64Array(blocks.count * area);
  const open = new Uint8Array(sums.length);
  blocks.each((block, tap, position) => {
    if (within?.[position] === 0) return;
    sums[block * area + tap] = (sums[block * area + tap] as number) + (scores[position] as number);
    open[block * area + tap] = 1;
  });
  return sums.map((sum, i) => (open[i] === 1 ? sum : CLOSED));
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the accelerator's parameters: their types, ranges and defaults. The rules between them live in rules.ts. */
import { clamp, clog2, isPowerOfTwo } from '../core/integers.js';

export const MAX_PATTERN_BITS = 8;
export const INDEX_DECODERS = ['direct', 'bitmap', 'pattern'] as const;
export const ROUNDINGS = ['double', 'single'] as const;
export const MULTIPLIERS = ['dsp', 'packed', 'lut'] as const;

/** The validated description of one accelerator. All sizes are positive integers. */
export interface AccelConfig {
  /** Design name: folder name and default prefix; a Verilog identifier. */
  readonly name: string;
  /** Prefix of every Verilog module name. */
  readonly prefix: string;
  /** P: output channels in parallel, 1..256. */
  readonly pes: number;
  /** G: activations fetched together, a power of two 2..32. */
  readonly group: number;
  /** L: pixel ranges in parallel, 1..16. */
  readonly lanes: number;
  /** Index decoder: a built-in name or one registered through the API. */
  readonly index: string;
  /** Width of a number in the pattern decoder's table, 1..8: it holds 2 ** patternBits position sets. Its default where `index` is another. */
  readonly patternBits: number;
  /** Width of a weight in storage, decoder and multiplier, two's complement: 8, 4 or 2. */
  readonly weightBits: number;
  readonly multiplier: (typeof MULTIPLIERS)[number];
  /** Weight steps that the weight-group buffer holds (a power of two). */
  readonly weightDepth: number;
  /** Words (G bytes) of an activation bank, one bank a lane (a power of two). */
  readonly actDepth: number;
  /** Entries of the schedule buffer (a power of two). */
  readonly schedDepth: number;
  /** Words (G bytes) of one half of an output bank (a power of two). */
  readonly outDepth: number;
  /** Words of the partial-sum buffer (a power of two): drain cycles of a command over a part of the input channels. */
  readonly partialDepth: number;
  /** Rounding of the requantizer: after the high multiplication and in the shift (TFLite's default), or once. */
  readonly rounding: (typeof ROUNDINGS)[number];
  /** n: requantizers a lane, a power of two that divides P. */
  readonly requant: number;
  /** AXI data width in bits, 32..512. */
  readonly bus: number;
  /** AXI address width in bits, 32..64. */
  readonly addr: number;
  /** AXI id width in bits, 1..16. */
  readonly id: number;
}

/** Largest power of two that divides p. */
const twoPart = (p: number): number => p & -p;

/** Default n: the smallest power of two that divides P and drains a pixel in at most 16 cycles, else the largest that divides P. */
export const defaultRequant = (pes: number): number => {
  for (let n = 1; n <= twoPart(pes); n *= 2) if (isPowerOfTwo(n) && pes / n <= 16) return n;
  return twoPart(pes);
};

/** Default width of a pattern's number: the table holds every pair of positions of a group, as far as 8 bits reach. */
export const defaultPatternBits = (group: number): number => clamp(clog2((group * (group - 1)) / 2), 1, MAX_PATTERN_BITS);

export const DEFAULTS = {
  pes: 16,
  group: 8,
  lanes: 1,
  index: 'direct',
  weightBits: 8,
  multiplier: 'dsp',
  weightDepth: 2048,
  actDepth: 4096,
  schedDepth: 1024,
  outDepth: 1024,
  partialDepth: 512,
  rounding: 'double',
  bus: 64,
  addr: 32,
  id: 4,
} as const;

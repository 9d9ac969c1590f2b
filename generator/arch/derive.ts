// SPDX-License-Identifier: Apache-2.0
/** Owns every number that follows from an AccelConfig; the compiler and the blocks read it from here alone. */
import { ceilDiv, indexBits, isPowerOfTwo, nextPowerOfTwo, roundUp } from '../core/integers.js';
import type { AccelConfig } from './config.js';
import { COMPUTE_LANE_WORDS, COMPUTE_WORDS, LOAD_ACT_WORDS, PARAMETER_BITS } from './instructions.js';

/** Register stages from a step to the capture registers, and from the drain mux to the clamped byte. */
export const ARRAY_STAGES = 10;
export const REQUANT_STAGES = 16;
/** Cycles from a value of the first pass to its second entry into the requantizer; odd, so that it meets a free slot. */
export const SECOND_PASS_STAGES = 15;
/** Cycles from a partial sum that is read to one that is written: with a shorter drain a command that reads them waits until all are written. */
export const PARTIAL_SUM_CYCLES = 4;

/** Width of an accumulator when weights have MAX_WEIGHT_BITS, and of every sum behind the array. */
export const ACCUMULATOR_BITS = 32;
const MAX_WEIGHT_BITS = 8;

export interface Derived {
  readonly busBytes: number;
  /** G-byte words in a bus beat (1 when the bus is not wider than a word). */
  readonly beatWords: number;
  /** Bus beats in a G-byte word (1 when the bus is not narrower than a word). */
  readonly wordBeats: number;
  /** C: clusters of GROUP PEs that can each see a word of their own (P = C * G, a power of two), else 1. */
  readonly clusters: number;
  /** Sub-banks of an activation bank: every word of a beat and every cluster has one. */
  readonly actSubBanks: number;
  /** Width of an accumulator: as many products fit whatever the width of a weight, 2^17 of the largest. */
  readonly accumulatorBits: number;
  /** Granule of stream words in bits: words are padded to a multiple of it. */
  readonly granuleBits: number;
  /** D: cycles to drain the P channels of a pixel. */
  readonly drain: number;
  /** Padded width in bits of a word in its stream. */
  readonly weightStreamBits: number;
  readonly scheduleStreamBits: number;
  readonly parameterStreamBits: number;
  readonly paramDepth: number;
  readonly actAddrBits: number;
  readonly weightAddrBits: number;
  readonly schedAddrBits: number;
  readonly outAddrBits: number;
  readonly paramAddrBits: number;
  readonly partialAddrBits: number;
  /** G-byte words that a drain cycle writes in a lane (1 unless n > G). */
  readonly drainWords: number;
  /** Sub-banks of an output bank: every word of a drain cycle and every word of a beat has one. */
  readonly outSubBanks: number;
  /** Payload words of the instructions that carry lane words. */
  readonly loadActLength: number;
  readonly computeLength: number;
  /** FILL of the cycle law: cycles of a lone compute command beyond N * max(sum(count), D). */
  readonly fill: number;
  /** The same for a command with a second pass, beyond N * max(sum(count), 2 D); one more when its last pixel is drained an odd number of cycles after its first. */
  readonly fillSecond: number;
  readonly multipliers: number;
}

/** C of a configuration. */
export const clusterCount = (pes: number, group: number): number => (pes % group === 0 && isPowerOfTwo(pes / group) ? pes / group : 1);

/** Sub-banks of an activation bank. */
export const actSubBankCount = (config: Pick<AccelConfig, 'pes' | 'group' | 'bus'>): number =>
  Math.max(1, config.bus / (8 * config.group), clusterCount(config.pes, config.group));

/** Sub-banks of an output bank. */
export const outSubBankCount = (config: Pick<AccelConfig, 'group' | 'requant' | 'bus'>): number =>
  Math.max(1, ceilDiv(config.requant, config.group), config.bus / (8 * config.group));

/** Bits of a stream word: padded to a whole number of granules. */
export const streamBits = (bits: number, busBits: number): number => roundUp(bits, Math.max(8, busBits / 16));

export function derive(config: AccelConfig): Derived {
  const busBytes = config.bus / 8;
  const drain = config.pes / config.requant;
  const paramDepth = Math.max(512, nextPowerOfTwo(4 * drain));
  return {
    busBytes,
    beatWords: Math.max(1, busBytes / config.group),
    wordBeats: Math.max(1, config.group / busBytes),
    clusters: clusterCount(config.pes, config.group),
    actSubBanks: actSubBankCount(config),
    accumulatorBits: ACCUMULATOR_BITS - MAX_WEIGHT_BITS + config.weightBits,
    granuleBits: Math.max(8, config.bus / 16),
    drain,
    weightStreamBits: streamBits(config.pes * config.weightBits, config.bus),
    scheduleStreamBits: 32,
    parameterStreamBits: streamBits(config.requant * PARAMETER_BITS, config.bus),
    paramDepth,
    actAddrBits: indexBits(config.actDepth),
    weightAddrBits: indexBits(config.weightDepth),
    schedAddrBits: indexBits(config.schedDepth),
    outAddrBits: indexBits(config.outDepth),
    paramAddrBits: indexBits(paramDepth),
    partialAddrBits: indexBits(config.partialDepth),
    drainWords: Math.max(1, ceilDiv(config.requant, config.group)),
    outSubBanks: outSubBankCount(config),
    loadActLength: LOAD_ACT_WORDS + config.lanes,
    computeLength: COMPUTE_WORDS + COMPUTE_LANE_WORDS * config.lanes,
    fill: drain + ARRAY_STAGES + REQUANT_STAGES - 1,
    fillSecond: 2 * drain + ARRAY_STAGES + REQUANT_STAGES + SECOND_PASS_STAGES - 2,
    multipliers: config.pes * config.lanes,
  };
}

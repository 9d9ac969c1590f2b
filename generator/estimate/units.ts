// SPDX-License-Identifier: Apache-2.0
/** Owns the sizes and rates of the core's units as the cycle model sees them; a test holds them to the generated blocks. */
import type { AccelConfig } from '../arch/config.js';
import { derive, streamBits, type Derived } from '../arch/derive.js';
import { builtInFormats, planeBitsPerPe, type IndexFormat } from '../arch/index-decoder.js';
import { PARAMETER_BITS, TABLE_BITS, type STREAM_DESTINATIONS } from '../arch/instructions.js';
import { clamp } from '../core/integers.js';
import { GenAccelError } from '../core/errors.js';

type StreamBuffer = keyof typeof STREAM_DESTINATIONS;

/** Command words that a unit's queue holds in its memory; two more wait behind it. */
export const QUEUE_DEPTH = 128;
/** Longest burst in beats. */
export const MAX_BURST = 16;
/** Read beats on the way and waiting; runs between walker and writer. */
export const LOAD_FIFO_DEPTH = 128;
export const LOAD_RUNS = 32;
/** Write beats collected; write bursts without response. */
export const STORE_FIFO_DEPTH = 128;
export const STORE_BURSTS = 32;
/** Commands between the sequencer and the drain. */
export const DRAIN_COMMANDS = 4;
/** Schedule entries read ahead. */
export const ENTRIES_AHEAD = 8;
/** Cycles from a word's way into a block FIFO to its end of it. */
export const BLOCK_FIFO_CYCLES = 3;

/** Beats of a burst of the program fetch. */
export const fetchBurst = (busBits: number): number => clamp(1024 / busBits, 2, MAX_BURST);

/** A stream's word and the bus beat, in granules of their greatest common width. */
export interface StreamShape {
  readonly word: number;
  readonly beat: number;
}

/** Cycles from a read address to its first beat, and from a write's last beat to its response. */
export interface MemoryTiming {
  readonly readLatency: number;
  readonly writeLatency: number;
}

export const DEFAULT_LATENCY = 20;

export interface Units {
  readonly config: AccelConfig;
  readonly derived: Derived;
  readonly memory: MemoryTiming;
  readonly fetchBurst: number;
  readonly streams: Readonly<Record<StreamBuffer, StreamShape>>;
}

/** E_ESTIMATE: the cycle model lacks something that it needs. */
export class EstimateError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy: string) {
    super('E_ESTIMATE', 'input', { where, found, expected, remedy });
  }
}

function formatOf(config: AccelConfig, format: IndexFormat | undefined): IndexFormat {
  const found = [...(format === undefined ? [] : [format]), ...builtInFormats(config)].find(({ name }) => name === config.index);
  if (found === undefined) {
    throw new EstimateError('index', `the decoder "${config.index}"`, 'direct, bitmap, pattern, or the format of a registered decoder', 'Pass its format as indexFormat.');
  }
  return found;
}

export function describeUnits(config: AccelConfig, memory: MemoryTiming, format?: IndexFormat): Units {
  const derived = derive(config);
  const shape = (bits: number): StreamShape => {
    const granule = Math.min(bits & -bits, config.bus);
    return { word: bits / granule, beat: config.bus / granule };
  };
  return {
    config, derived, memory,
    fetchBurst: fetchBurst(config.bus),
    streams: {
      weight: shape(derived.weightStreamBits),
      index: shape(streamBits(config.pes * planeBitsPerPe(formatOf(config, format), config.group), config.bus)),
      schedule: shape(derived.scheduleStreamBits),
      parameter: shape(streamBits(config.requant * PARAMETER_BITS, config.bus)),
      table: shape(TABLE_BITS),
      pattern: shape(streamBits(config.group, config.bus)),
    },
  };
}

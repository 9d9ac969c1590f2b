// SPDX-License-Identifier: Apache-2.0
/** Owns the Verilog parameters that the blocks of the memory side share, with this configuration's values. */
import type { AccelConfig } from '../arch/config.js';
import { derive, streamBits } from '../arch/derive.js';
import { PARAMETER_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { clamp, indexBits } from '../core/integers.js';
import { parameter } from '../dsl/index.js';
import { when } from './when.js';

/** Load FIFO in beats: covers 40 cycles of latency and the refill of its own credit. */
export const LOAD_FIFO_DEPTH = 128;
/** Longest burst in beats. */
export const MAX_BURST = 16;

/** Beats of a burst of the fetch unit: 128 bytes where MAX_BURST allows, at least two beats. */
export const fetchBurst = (busBits: number): number => clamp(1024 / busBits, 2, MAX_BURST);

const width = (doc: string, value: number, largest: number) =>
  parameter({ doc, unit: 'bits', range: [1, largest], default: value });

/**
 * @param indexBitsPerPe bits of one PE in a word of the index plane
 * @param indexDepth words of the index plane
 * @param patternBits bits of a word of the pattern table; 0: there is none, and its parameters are absent
 */
export function memoryParameters(config: AccelConfig, indexBitsPerPe: number, indexDepth: number, patternBits = 0) {
  const d = derive(config);
  const indexWordBits = config.pes * indexBitsPerPe;
  return {
    BUS_W: parameter({ doc: 'B: bus data width', unit: 'bits', range: [32, 512], default: config.bus }),
    ADDR_W: parameter({ doc: 'bus address', unit: 'bits', range: [32, 64], default: config.addr }),
    ID_W: parameter({ doc: 'bus id', unit: 'bits', range: [1, 16], default: config.id }),
    PES: parameter({ doc: 'P: output channels in parallel', unit: 'elements', range: [1, 256], default: config.pes }),
    GROUP: parameter({ doc: 'G: activations fetched together', unit: 'channels', range: [2, 32], default: config.group }),
    LANES: parameter({ doc: 'L: output pixels in parallel', unit: 'lanes', range: [1, 16], default: config.lanes }),
    REQUANT: parameter({ doc: 'n: requantizers a lane', unit: 'elements', range: [1, 256], default: config.requant }),
    BEAT_WORDS: parameter({ doc: 'R: G-byte words in a beat, 1 when narrower', unit: 'words', range: [1, 32], default: d.beatWords }),
    SLOT_W: width('place of a word in a beat, max(1, clog2(BEAT_WORDS))', indexBits(d.beatWords), 5),
    WORD_BEATS: parameter({ doc: 'beats in a G-byte word, 1 when wider', unit: 'beats', range: [1, 8], default: d.wordBeats }),
    MAX_BURST: parameter({ doc: 'longest burst, a power of two', unit: 'beats', range: [8, 64], default: MAX_BURST }),
    FETCH_BURST: parameter({ doc: 'beats of a program burst, a power of two', unit: 'beats', range: [2, 64], default: fetchBurst(config.bus) }),
    LOAD_FIFO_DEPTH: parameter({ doc: 'read data on the way and waiting', unit: 'beats', range: [32, 4096], default: LOAD_FIFO_DEPTH }),
    LOAD_RUNS: parameter({ doc: 'runs between walker and writer', unit: 'runs', range: [4, 256], default: 32 }),
    STORE_FIFO_DEPTH: parameter({ doc: 'write data collected', unit: 'beats', range: [32, 4096], default: 128 }),
    STORE_BURSTS: parameter({ doc: 'write bursts without response', unit: 'bursts', range: [4, 256], default: 32 }),
    ACT_ADDR_W: width('word address in an activation bank', d.actAddrBits, 16),
    OUT_ADDR_W: width('word address in an output half', d.outAddrBits, 16),
    WEIGHT_WORD_W: width('weight word', config.pes * config.weightBits, 2048),
    WEIGHT_STREAM_W: width('the same, padded in its stream', d.weightStreamBits, 2048),
    WEIGHT_ADDR_W: width('weight word address', d.weightAddrBits, 16),
    INDEX_WORD_W: width('index word', indexWordBits, 16384),
    INDEX_STREAM_W: width('the same, padded in its stream', streamBits(indexWordBits, config.bus), 16384),
    INDEX_ADDR_W: width('index word address', indexBits(indexDepth), 16),
    SCHED_ADDR_W: width('schedule entry address', d.schedAddrBits, 16),
    PARAM_WORD_W: width('parameter word', config.requant * PARAMETER_BITS, 18432),
    PARAM_STREAM_W: width('the same, padded in its stream', d.parameterStreamBits, 18432),
    PARAM_ADDR_W: width('parameter word address', d.paramAddrBits, 16),
    TABLE_ADDR_W: width('table entry address', indexBits(TABLE_DEPTH), 16),
    ...when(patternBits > 0, () => ({
      PATTERN_WORD_W: width('pattern word', patternBits, 64),
      PATTERN_STREAM_W: width('the same, padded in its stream', streamBits(patternBits, config.bus), 64),
      PATTERN_ADDR_W: width('pattern address', indexBitsPerPe, 8),
    })),
  };
}

export type MemoryParameters = ReturnType<typeof memoryParameters>;

/** Whether the core has a pattern table. */
export const loadsPatterns = (all: Partial<Pick<MemoryParameters, 'PATTERN_WORD_W'>>): boolean => all.PATTERN_WORD_W !== undefined;

/** The named ones, for a module that needs no others. */
export function pick<T extends object, K extends keyof T>(all: T, ...names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Pick<T, K>;
}

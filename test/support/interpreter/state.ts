// SPDX-License-Identifier: Apache-2.0
/** Owns everything that the interpreter's core remembers: its buffers, full of garbage at first, and what the array saw last. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { derive, streamBits, type Derived } from '../../../generator/arch/derive.js';
import { PARAMETER_BITS, type STREAM_DESTINATIONS, TABLE_BITS, TABLE_DEPTH } from '../../../generator/arch/instructions.js';
import { createRandom } from '../../../generator/core/random.js';
import type { Decoder } from './decoder.js';

export type StreamName = keyof typeof STREAM_DESTINATIONS;

export interface StreamBuffer {
  readonly depth: number;
  /** Bytes of a word in its stream and in the buffer. */
  readonly stride: number;
  readonly bytes: number;
  readonly data: Uint8Array;
}

export interface State {
  readonly memory: Uint8Array;
  readonly config: AccelConfig;
  readonly derived: Derived;
  readonly decoder: Decoder;
  readonly counters: { computeCycles: number; beatsRead: number; beatsWritten: number };
  readonly buffers: Readonly<Record<StreamName, StreamBuffer>>;
  /** One a lane: bytes of the activation bank, of both output halves. */
  readonly act: readonly Int8Array[];
  readonly out: readonly Int8Array[];
  /** One a lane: REQUANT sums a word. */
  readonly partial: readonly Int32Array[];
  /** One a lane: the word that each cluster saw last, and each PE's operand. */
  readonly seen: readonly Int8Array[];
  readonly operands: readonly Int8Array[];
}

export function createState(memory: Uint8Array, config: AccelConfig, decoder: Decoder, seed: number): State {
  const { pes, group, weightBits, lanes, actDepth, weightDepth, schedDepth, outDepth, partialDepth, bus, requant } = config;
  const derived = derive(config);
  const random = createRandom(seed);
  const garbage = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255));
  const buffer = (depth: number, bits: number, stride: number): StreamBuffer => {
    const bytes = Math.ceil(bits / 8);
    return { depth, stride: stride / 8, bytes, data: garbage(depth * bytes) };
  };
  const perLane = <T>(make: () => T): T[] => Array.from({ length: lanes }, make);
  const indexBits = pes * decoder.bits;
  return {
    memory, config, derived, decoder,
    counters: { computeCycles: 0, beatsRead: 0, beatsWritten: 0 },
    act: perLane(() => new Int8Array(garbage(actDepth * group))),
    out: perLane(() => new Int8Array(garbage(2 * outDepth * group))),
    partial: perLane(() => new Int32Array(garbage(4 * partialDepth * requant).buffer)),
    seen: perLane(() => new Int8Array(garbage(derived.clusters * group))),
    operands: perLane(() => new Int8Array(garbage(pes))),
    buffers: {
      weight: buffer(weightDepth, pes * weightBits, derived.weightStreamBits),
      index: buffer(weightDepth, indexBits, streamBits(indexBits, bus)),
      schedule: buffer(schedDepth, 32, 32),
      parameter: buffer(derived.paramDepth, requant * PARAMETER_BITS, derived.parameterStreamBits),
      table: buffer(TABLE_DEPTH, TABLE_BITS, TABLE_BITS),
      pattern: buffer(decoder.byTable === true ? 2 ** decoder.bits : 0, group, streamBits(group, bus)),
    },
  };
}

/** The bytes of a word of a stream buffer. */
export function wordOf({ buffers }: State, name: StreamName, word: number): Uint8Array {
  const { depth, bytes, data } = buffers[name];
  if (word >= depth) throw new Error(`interpreter: ${name} word ${word} out of range`);
  return data.subarray(word * bytes, (word + 1) * bytes);
}

export function uint32Of(state: State, name: 'schedule' | 'table', word: number): number {
  const bytes = wordOf(state, name, word);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

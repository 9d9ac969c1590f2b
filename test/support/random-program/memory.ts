// SPDX-License-Identifier: Apache-2.0
/** Owns where random programs keep their data, and random contents of it that are worth computing on. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { derive, streamBits } from '../../../generator/arch/derive.js';
import { planeBitsPerPe, tableWords } from '../../../generator/arch/index-decoder.js';
import { insertField } from '../../../generator/arch/fields.js';
import { PARAMETER, PARAMETER_BITS, SCHEDULE_ENTRY, TABLE_BITS, TABLE_DEPTH } from '../../../generator/arch/instructions.js';
import { findDecoder } from '../../../generator/blocks/index.js';
import type { StreamBuffer } from '../../../generator/compile/instruction.js';
import type { Random } from '../../../generator/core/random.js';
import { MEMORY_BYTES } from '../axi-bench.js';

/** Bytes from BASE: streams, then activations and outputs together, then the program. */
export const STREAMS: Readonly<Record<StreamBuffer, number>> = { weight: 0, index: 0x4000, schedule: 0x8000, table: 0x9000, pattern: 0x9800, parameter: 0xa000 };
export const TENSORS = { start: 0x1_d000, bytes: 0x1_0000 } as const;
export const PROGRAM = 0x3_0000;

/** Of the streams that a core has. */
export type StreamSizes = Readonly<Partial<Record<StreamBuffer, { readonly bits: number; readonly depth: number }>>>;

export function streamSizes(config: AccelConfig): StreamSizes {
  const derived = derive(config);
  const { format } = findDecoder(config);
  return {
    weight: { bits: derived.weightStreamBits, depth: config.weightDepth },
    index: { bits: streamBits(config.pes * planeBitsPerPe(format, config.group), config.bus), depth: config.weightDepth },
    schedule: { bits: 32, depth: config.schedDepth },
    parameter: { bits: derived.parameterStreamBits, depth: derived.paramDepth },
    table: { bits: TABLE_BITS, depth: TABLE_DEPTH },
    ...(format.table === undefined ? {} : { pattern: { bits: streamBits(config.group, config.bus), depth: tableWords(format) } }),
  };
}

/** Memory of which every stream can be loaded whole; entry 0 is plain, entry 1 an operand, weight step 1 is odd in every PE. */
export function randomMemory(config: AccelConfig, random: Random): Uint8Array {
  const memory = new Uint8Array(MEMORY_BYTES);
  for (let i = 0; i < PROGRAM; i++) memory[i] = random.integer(0, 255);
  const view = new DataView(memory.buffer);
  for (let entry = 0; entry < config.schedDepth; entry++) view.setUint32(STREAMS.schedule + 4 * entry, randomEntry(config, random, entry), true);
  const weights = STREAMS.weight + derive(config).weightStreamBits / 8;
  for (let bit = 0; bit < config.pes * config.weightBits; bit += config.weightBits) memory[weights + (bit >> 3)] = (memory[weights + (bit >> 3)] as number) | (1 << (bit & 7));
  const bits = random.integer(8, 31);
  for (let entry = 0; entry < TABLE_DEPTH; entry++) view.setInt32(STREAMS.table + 4 * entry, random.integer(-(2 ** bits), 2 ** bits - 1), true);
  fillParameters(memory, config, random);
  return memory;
}

function randomEntry(config: AccelConfig, random: Random, index: number): number {
  const { clusters } = derive(config);
  const flag = (chance: number): number => (index > 1 && random.next() < chance ? 1 : 0);
  const spread = clusters > 1 ? flag(0.3) : 0;
  const fields = {
    offset: spread === 1 ? clusters * random.integer(0, Math.floor(65_535 / clusters)) : random.integer(0, 65_535),
    countMinusOne: index < 2 ? 0 : random.integer(0, config.group - 1), operand: index === 1 ? 1 : flag(0.3), maximum: flag(0.3), spread,
  };
  return Object.entries(fields).reduce((word, [name, value]) => insertField(word, SCHEDULE_ENTRY[name as keyof typeof fields], value), 0);
}

/** Mostly parameters by which a sum of some products becomes a value that is not clamped; multipliers as TFLite makes them. */
function fillParameters(memory: Uint8Array, config: AccelConfig, random: Random): void {
  const { paramDepth, parameterStreamBits } = derive(config);
  for (let word = 0; word < paramDepth; word++) {
    for (let slot = 0; slot < config.requant; slot++) {
      const isWild = random.next() < 0.15;
      const isUp = random.next() < 0.3;
      const values = {
        bias: random.integer(...(isWild ? ([-(2 ** 31), 2 ** 31 - 1] as const) : ([-20_000, 20_000] as const))),
        multiplier: random.next() < 0.05 ? 0 : random.integer(2 ** 30, 2 ** 31 - 1),
        rightShift: isWild ? random.integer(0, 31) : isUp ? random.integer(8, 16) : random.integer(3, 10),
        leftShift: isWild || isUp ? random.integer(0, 7) : 0,
      };
      let packed = 0n;
      for (const [name, { lsb, width }] of Object.entries(PARAMETER)) packed |= BigInt.asUintN(width, BigInt(values[name as keyof typeof values])) << BigInt(lsb);
      const at = STREAMS.parameter + (word * parameterStreamBits + slot * PARAMETER_BITS) / 8;
      for (let byte = 0; byte < PARAMETER_BITS / 8; byte++) memory[at + byte] = Number((packed >> BigInt(8 * byte)) & 0xffn);
    }
  }
}

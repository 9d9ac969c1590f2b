// SPDX-License-Identifier: Apache-2.0
/** Owns programs of a few commands on plain buffers, for tests that compute the result by hand. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { insertField } from '../../generator/arch/fields.js';
import { PARAMETER, PARAMETER_BITS, SCHEDULE_ENTRY } from '../../generator/arch/instructions.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { encodeProgram, noTokens, PLAIN_COMPUTE, type ComputeInstruction, type Instruction, type StreamBuffer } from '../../generator/compile/instruction.js';
import { interpret, type InterpreterResult } from './interpreter.js';

type ComputeFields = ComputeInstruction['fields'];
type EntryFields = { readonly [K in keyof typeof SCHEDULE_ENTRY]?: number };
type ParameterFields = { readonly [K in keyof typeof PARAMETER]?: number };

/** Four PEs in two clusters of two, two requantizers: two drain cycles; one lane. */
export const SMALL: AccelConfig = validateConfig({
  name: 'hand', pes: 4, group: 2, requant: 2, lanes: 1, bus: 32, weightDepth: 64, actDepth: 32, schedDepth: 16, outDepth: 16, partialDepth: 16,
});

/** Parameters by which a sum becomes a value unchanged. */
export const IDENTITY: ParameterFields = { multiplier: 2 ** 30, leftShift: 1 };

export interface SmallProgram {
  readonly config?: AccelConfig;
  /** Bytes of the activation bank from word 0 on, the same in every lane. */
  readonly act?: readonly number[];
  readonly schedule?: readonly EntryFields[];
  /** [step][pe] */
  readonly weights?: readonly (readonly number[])[];
  /** One a channel; IDENTITY for the rest. */
  readonly parameters?: readonly ParameterFields[];
  readonly table?: readonly number[];
  readonly commands: readonly Partial<ComputeFields>[];
  /** One for all commands. */
  readonly lanes?: readonly { readonly startAddress?: number; readonly startColumn?: number; readonly operandAddress?: number }[];
}

/** Where half 0 of the output banks is stored. */
export const OUT = 0x2000;
const PROGRAM = 0x3000;

/** A dense command of one pixel of one tile with the whole schedule. */
const plain = (config: AccelConfig, { schedule = [{}] }: SmallProgram): ComputeFields => ({
  ...PLAIN_COMPUTE, schedBase: 0, schedLength: schedule.length, schedStride: 0, tiles: 1, weightBase: 0, weightStride: 0, indexBase: 0, indexStride: 0, paramBase: 0, pixels: 1,
  actBase: 0, columnStep: 0, rowStep: 0, outWidth: 1, outBase: 0, outPitch: config.pes / config.group, channels: config.pes, dense: 1, outHalf: 0, outZeroPoint: 0,
  clampMin: -128, clampMax: 127,
});

function parameterBytes(config: AccelConfig, channels: readonly ParameterFields[]): Uint8Array {
  const { drain, parameterStreamBits } = derive(config);
  const words = Math.max(4 * drain, Math.ceil(channels.length / config.requant));
  const bytes = new Uint8Array((words * parameterStreamBits) / 8);
  for (let channel = 0; channel < words * config.requant; channel++) {
    const at = (Math.floor(channel / config.requant) * parameterStreamBits + (channel % config.requant) * PARAMETER_BITS) / 8;
    const values = channels[channel] ?? IDENTITY;
    let packed = 0n;
    for (const [name, { lsb, width }] of Object.entries(PARAMETER)) packed |= BigInt.asUintN(width, BigInt(values[name as keyof ParameterFields] ?? 0)) << BigInt(lsb);
    for (let byte = 0; byte < PARAMETER_BITS / 8; byte++) bytes[at + byte] = Number((packed >> BigInt(8 * byte)) & 0xffn);
  }
  return bytes;
}

const entryWord = (entry: EntryFields): number =>
  Object.entries(entry).reduce((word, [name, value]) => insertField(word, SCHEDULE_ENTRY[name as keyof EntryFields], value), 0);

export interface BuiltProgram {
  readonly config: AccelConfig;
  readonly memory: Uint8Array;
  readonly program: readonly Instruction[];
  readonly programOffset: number;
}

/** Memory with streams, activations and the words of the commands, loads before and a store of half 0 of all lanes to OUT behind. */
export function buildSmall(small: SmallProgram): BuiltProgram {
  const { config = SMALL, act = [], schedule = [{}], weights = [], parameters = [], table = [], commands, lanes = [] } = small;
  const memory = new Uint8Array(0x4000);
  const loads: Instruction[] = [];
  let address = 0;
  const place = (bytes: Uint8Array): number => {
    const at = address;
    memory.set(bytes, at);
    address += Math.ceil(bytes.length / 64) * 64;
    return at;
  };
  const stream = (destination: StreamBuffer, words: number, bytes: Uint8Array): void => {
    const fields = { base: 0, words, beats: Math.ceil((bytes.length * 8) / config.bus) };
    if (words > 0) loads.push({ kind: 'loadStream', tokens: noTokens(), destination, fields: { ...fields, address: place(bytes) } });
  };
  const streamed = parameterBytes(config, parameters);
  stream('weight', weights.length, new Uint8Array(Int8Array.from(weights.flat()).buffer));
  stream('schedule', schedule.length, new Uint8Array(Uint32Array.from(schedule, entryWord).buffer));
  stream('parameter', (streamed.length * 8) / derive(config).parameterStreamBits, streamed);
  stream('table', table.length, new Uint8Array(Int32Array.from(table).buffer));
  loads.push({
    kind: 'loadAct', tokens: { ...noTokens(), pushA: true }, lanes: Array.from({ length: config.lanes }, () => ({ rowFirst: 0, rowLast: 0 })),
    fields: {
      address: place(new Uint8Array(Int8Array.from(act).buffer)), rowStride: 0, rows: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, segmentWords: config.actDepth,
      segments: 1, segmentStride: 0, actBase: 0, actRowPitch: 0, actSegmentPitch: 0, padByte: 0,
    },
  });
  const computes = commands.map((fields, i): Instruction => ({
    kind: 'compute', tokens: { ...noTokens(), popA: i === 0, pushB: i === commands.length - 1 }, fields: { ...plain(config, small), ...fields },
    lanes: Array.from({ length: config.lanes }, (_, lane) => ({ startAddress: 0, startColumn: 0, operandAddress: 0, ...lanes[lane] })),
  }));
  const store: Instruction = {
    kind: 'store', tokens: { ...noTokens(), popA: true },
    fields: {
      address: OUT, rows: 1, segments: 1, rowStride: 0, segmentStride: 0, segmentWords: config.lanes * config.outDepth, outHalf: 0, outBase: 0, outPitch: 1,
      pixels: config.outDepth, pixelWords: 1,
    },
  };
  const program: Instruction[] = [...loads, ...computes, store, { kind: 'end', tokens: noTokens() }];
  memory.set(encodeProgram(program), PROGRAM);
  return { config, memory, program, programOffset: PROGRAM };
}

/** Runs the commands on the interpreter; `out` is half 0 of the output bank of each lane, lane after lane. */
export function runSmall(small: SmallProgram): { readonly out: Int8Array; readonly result: InterpreterResult } {
  const { config, memory } = buildSmall(small);
  const result = interpret(memory, PROGRAM, config);
  return { out: new Int8Array(memory.slice(OUT, OUT + config.lanes * config.outDepth * config.group).buffer), result };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns instructions as data and their 32-bit words; knows the field tables, no layer and no buffer. */
import {
  COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, COMPUTE_WORDS, HEADER, LOAD_ACT, LOAD_ACT_LANE, LOAD_ACT_WORDS, LOAD_STREAM, LOAD_STREAM_WORDS, OPCODES, STORE,
  STORE_WORDS, STREAM_DESTINATIONS,
} from '../arch/instructions.js';
import { extractField, insertField, fieldHolds, type Field } from '../arch/fields.js';
import { FieldRangeError } from './errors.js';

type Values<T> = { readonly [K in keyof T]: number };

/** Token flags of a header: which queues an instruction pops before and pushes after. */
export interface TokenFlags {
  popA: boolean;
  popB: boolean;
  pushA: boolean;
  pushB: boolean;
}

export const noTokens = (): TokenFlags => ({ popA: false, popB: false, pushA: false, pushB: false });

export type StreamBuffer = keyof typeof STREAM_DESTINATIONS;

export interface LoadActInstruction {
  readonly kind: 'loadAct';
  readonly tokens: TokenFlags;
  readonly fields: Values<typeof LOAD_ACT>;
  readonly lanes: readonly Values<typeof LOAD_ACT_LANE>[];
}
export interface LoadStreamInstruction {
  readonly kind: 'loadStream';
  readonly tokens: TokenFlags;
  readonly destination: StreamBuffer;
  readonly fields: Values<typeof LOAD_STREAM>;
}
export interface ComputeInstruction {
  readonly kind: 'compute';
  readonly tokens: TokenFlags;
  readonly fields: Values<typeof COMPUTE>;
  readonly lanes: readonly Values<typeof COMPUTE_LANE>[];
}
/** The fields of a command without table, second pass, partial sums and tile steps. */
export const PLAIN_COMPUTE = {
  table: 0, tableHalf: 0, operand: 0, partialIn: 0, partialOut: 0, operandParam: 0, actTileStep: 0, operandTileStep: 0, operandBase: 0,
  operandColumnStep: 0, operandRowStep: 0, operandZeroPoint: 0, secondZeroPoint: 0, secondClampMin: 0, secondClampMax: 0,
} as const;
export interface StoreInstruction {
  readonly kind: 'store';
  readonly tokens: TokenFlags;
  readonly fields: Values<typeof STORE>;
}
export interface EndInstruction {
  readonly kind: 'end';
  readonly tokens: TokenFlags;
}
export type Instruction = LoadActInstruction | LoadStreamInstruction | ComputeInstruction | StoreInstruction | EndInstruction;
export type InstructionKind = Instruction['kind'];

interface Format {
  readonly fields: Readonly<Record<string, Field>>;
  readonly words: number;
  /** Fields of one lane, `laneWords` words a lane after the fixed words. */
  readonly lane?: Readonly<Record<string, Field>>;
  readonly laneWords: number;
}

export const FORMATS: Readonly<Record<InstructionKind, Format>> = {
  loadAct: { fields: LOAD_ACT, words: LOAD_ACT_WORDS, lane: LOAD_ACT_LANE, laneWords: 1 },
  loadStream: { fields: LOAD_STREAM, words: LOAD_STREAM_WORDS, laneWords: 0 },
  compute: { fields: COMPUTE, words: COMPUTE_WORDS, lane: COMPUTE_LANE, laneWords: COMPUTE_LANE_WORDS },
  store: { fields: STORE, words: STORE_WORDS, laneWords: 0 },
  end: { fields: {}, words: 0, laneWords: 0 },
};

const put = (words: Uint32Array, at: number, field: Field, value: number, what: string): void => {
  if (!fieldHolds(field, value)) throw new FieldRangeError(what, value, field);
  words[at + field.word] = insertField(words[at + field.word] ?? 0, field, value);
};

const putAll = (words: Uint32Array, at: number, fields: Readonly<Record<string, Field>>, values: Record<string, number>, what: string): void => {
  for (const [name, field] of Object.entries(fields)) put(words, at, field, values[name] ?? 0, `${what}.${name}`);
};

/** The words of one instruction: header, payload, lane words. Throws FieldRangeError. */
export function encodeInstruction(instruction: Instruction): Uint32Array {
  const { kind, tokens } = instruction;
  const format = FORMATS[kind];
  const lanes = 'lanes' in instruction ? instruction.lanes : [];
  const length = format.words + lanes.length * format.laneWords;
  const words = new Uint32Array(1 + length);
  put(words, 0, HEADER.opcode, OPCODES[kind], kind);
  put(words, 0, HEADER.length, length, `${kind}.length`);
  for (const flag of ['popA', 'popB', 'pushA', 'pushB'] as const) put(words, 0, HEADER[flag], tokens[flag] ? 1 : 0, flag);
  if (kind === 'loadStream') put(words, 0, HEADER.destination, STREAM_DESTINATIONS[instruction.destination], kind);
  if ('fields' in instruction) putAll(words, 1, format.fields, instruction.fields, kind);
  lanes.forEach((lane, l) => putAll(words, 1 + format.words + l * format.laneWords, format.lane ?? {}, lane, `${kind} lane ${l}`));
  return words;
}

/** The words of a program, little-endian bytes. */
export function encodeProgram(instructions: readonly Instruction[]): Uint8Array {
  const words = instructions.flatMap((instruction) => [...encodeInstruction(instruction)]);
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytes;
}

const getAll = (words: readonly number[], at: number, fields: Readonly<Record<string, Field>>): Record<string, number> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, extractField(words[at + field.word] ?? 0, field)]));

/** Reads the instruction at word `at`; undefined for an unknown opcode. */
export function decodeInstruction(words: readonly number[], at: number): { readonly instruction: Instruction; readonly next: number } | undefined {
  const header = words[at] ?? 0;
  const kind = (Object.keys(OPCODES) as InstructionKind[]).find((name) => OPCODES[name] === extractField(header, HEADER.opcode));
  if (kind === undefined) return undefined;
  const format = FORMATS[kind];
  const length = extractField(header, HEADER.length);
  const flag = (name: 'popA' | 'popB' | 'pushA' | 'pushB'): boolean => extractField(header, HEADER[name]) === 1;
  const tokens = { popA: flag('popA'), popB: flag('popB'), pushA: flag('pushA'), pushB: flag('pushB') };
  const fields = getAll(words, at + 1, format.fields);
  const laneCount = format.laneWords === 0 ? 0 : Math.max(0, (length - format.words) / format.laneWords);
  const lanes = Array.from({ length: laneCount }, (_, l) => getAll(words, at + 1 + format.words + l * format.laneWords, format.lane ?? {}));
  const code = extractField(header, HEADER.destination);
  const destination = (Object.keys(STREAM_DESTINATIONS) as StreamBuffer[]).find((name) => STREAM_DESTINATIONS[name] === code) ?? 'weight';
  const instruction = { kind, tokens, ...(kind === 'end' ? {} : { fields }), ...(format.lane ? { lanes } : {}), ...(kind === 'loadStream' ? { destination } : {}) };
  return { instruction: instruction as unknown as Instruction, next: at + 1 + length };
}

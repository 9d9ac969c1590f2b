// SPDX-License-Identifier: Apache-2.0
/** Every illegal or out-of-range instruction: the right code with the instruction's address, and a clean run afterwards. */
import { beforeAll, describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { insertField, type Field } from '../../generator/arch/fields.js';
import { COMPUTE, COMPUTE_LANE, COMPUTE_WORDS, HEADER, LOAD_ACT, LOAD_STREAM, SCHEDULE_ENTRY, STORE, TOKEN_CAPACITY } from '../../generator/arch/instructions.js';
import { encodeInstruction, encodeProgram, noTokens, type Instruction, type InstructionKind, type LoadStreamInstruction } from '../../generator/compile/instruction.js';
import { AcceleratorHost, fieldOf, type ErrorName } from '../../sim/harness/index.js';
import { createSimulator, type SimBinary } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, MEMORY_BYTES } from '../support/axi-bench.js';
import { coreDesign } from '../support/core-design.js';
import { programOffset, runLayer, runProblem } from '../support/run-core.js';

const hasTool = (await findTool('verilator')) !== undefined;
/** Two requantizers more than a group: output pixels must begin in the first of two banks. */
const config = axiConfig({ requant: 8 });
const layer = chainCase(config);
const instructions = layer.compiled.segments[0]?.instructions ?? [];
const PROGRAM = programOffset(layer.compiled);
const { busBytes } = derive(config);

/** Where in the program an instruction begins, in words. */
const wordOf = (index: number): number => instructions.slice(0, index).reduce((sum, one) => sum + encodeInstruction(one).length, 0);

/** What is done to the words of one instruction. */
type Spoil = (words: Uint32Array) => void;

const setField = (field: Field, value: number): Spoil => (words) => {
  const at = field.word + 1;
  const cleared = ((words[at] as number) & ~(((2 ** field.width - 1) << field.lsb) >>> 0)) >>> 0;
  words[at] = insertField(cleared, field, value);
};
const setHeader = (field: Field, value: number): Spoil => (words) => setField({ ...field, word: -1 }, value)(words);
const changeHeader = (change: (header: number) => number): Spoil => (words) => {
  words[0] = change(words[0] as number) >>> 0;
};
const setBit = (word: number, bit: number): Spoil => (words) => {
  words[word] = ((words[word] as number) | (2 ** bit)) >>> 0;
};

interface Case {
  readonly text: string;
  readonly kind: InstructionKind;
  readonly spoil: Spoil;
  readonly error: ErrorName;
  /** Which instruction of the kind; the first unless said otherwise. */
  readonly where?: (one: Instruction) => boolean;
}

const field = (kind: InstructionKind, fields: Readonly<Record<string, Field>>, name: string, value: number, error: ErrorName = 'illegalField', where?: Case['where']): Case =>
  ({ text: `${kind} with ${name} ${value}`, kind, spoil: setField(fields[name] as Field, value), error, ...(where === undefined ? {} : { where }) });

const KINDS: readonly InstructionKind[] = ['loadAct', 'loadStream', 'compute', 'store', 'end'];
const realRows = (one: Instruction): boolean => one.kind === 'loadAct' && one.fields.segments > 0 && one.fields.rows > one.fields.padTop + one.fields.padBottom;
const sparse = (one: Instruction): boolean => one.kind === 'compute' && one.fields.dense === 0;

const CASES: readonly Case[] = [
  ...[0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((opcode): Case => ({ text: `opcode ${opcode}`, kind: 'loadStream', spoil: setHeader(HEADER.opcode, opcode), error: 'illegalOpcode' })),
  ...KINDS.flatMap((kind) =>
    [-1, 1, 100].filter((more) => kind !== 'end' || more > 0).map((more): Case => ({
      text: `${kind} with ${more} payload words more`, kind, error: 'illegalOpcode', spoil: changeHeader((header) => header + more * 2 ** HEADER.length.lsb),
    })),
  ),
  ...KINDS.flatMap((kind) => [0, 7, 16, 19].map((bit): Case => ({ text: `${kind} with reserved header bit ${bit}`, kind, spoil: setBit(0, bit), error: 'illegalField' }))),
  ...KINDS.map((kind): Case => ({ text: `${kind} with a destination that it does not have`, kind, spoil: setHeader(HEADER.destination, kind === 'loadStream' ? 4 : 1), error: 'illegalField' })),
  ...(['loadAct', 'loadStream'] as const).map((kind): Case => ({ text: `${kind} that pushes a second token`, kind, spoil: setHeader(HEADER.pushB, 1), error: 'illegalField' })),
  { text: 'store that pops a second token', kind: 'store', spoil: setHeader(HEADER.popB, 1), error: 'illegalField' },
  ...(['popA', 'popB', 'pushA', 'pushB'] as const).map((flag): Case => ({ text: `end with ${flag}`, kind: 'end', spoil: setHeader(HEADER[flag], 1), error: 'illegalField' })),

  field('loadAct', LOAD_ACT, 'rows', 0),
  field('loadAct', LOAD_ACT, 'segments', 0, 'illegalField', realRows),
  field('loadAct', LOAD_ACT, 'segmentWords', 0, 'illegalField', realRows),
  ...['address', 'rowStride', 'segmentStride'].map((name) => field('loadAct', LOAD_ACT, name, config.group / 2)),
  { text: 'loadAct with a reserved bit', kind: 'loadAct', spoil: setBit(8, 31), error: 'illegalField' },

  field('loadStream', LOAD_STREAM, 'words', 0),
  field('loadStream', LOAD_STREAM, 'beats', 0),
  field('loadStream', LOAD_STREAM, 'address', busBytes / 2),
  { text: 'loadStream with a reserved bit', kind: 'loadStream', spoil: setBit(3, 24), error: 'illegalField' },
  ...(['weight', 'index', 'schedule', 'parameter'] as const).map((buffer) => ({
    ...field('loadStream', LOAD_STREAM, 'base', 65_535, 'outOfRange', (one) => one.kind === 'loadStream' && one.destination === buffer), text: `loadStream beyond the ${buffer} buffer`,
  })),
  { ...field('loadStream', LOAD_STREAM, 'beats', 1, 'illegalField', (one) => one.kind === 'loadStream' && one.fields.beats > 2), text: 'loadStream with too few beats for its words' },

  ...['schedLength', 'tiles', 'pixels', 'outWidth', 'channels'].map((name) => field('compute', COMPUTE, name, 0)),
  ...[[9, 18], [9, 23], [10, 16], [10, 31]].map(([word, bit]): Case => ({ text: `compute with reserved bit ${bit} of word ${word}`, kind: 'compute', spoil: setBit(word as number, bit as number), error: 'illegalField' })),
  ...['outBase', 'outPitch'].map((name) => field('compute', COMPUTE, name, 1)),
  { text: 'compute with an empty clamp', kind: 'compute', error: 'illegalField', spoil: (words) => [setField(COMPUTE.clampMin, 5), setField(COMPUTE.clampMax, 4)].forEach((spoil) => spoil(words)) },
  ...Array.from({ length: config.lanes }, (_, lane): Case => ({
    text: `compute whose lane ${lane} starts beyond its row`, kind: 'compute', error: 'illegalField',
    spoil: setField({ ...COMPUTE_LANE.startColumn, word: COMPUTE_WORDS + lane }, 60_000),
  })),
  ...[['schedBase', 64], ['weightBase', 128], ['paramBase', 512], ['outBase', 64], ['schedBase', 65_535], ['weightBase', 65_535], ['outBase', 65_534]].map(([name, value]) =>
    field('compute', COMPUTE, name as string, value as number, 'outOfRange')),
  field('compute', COMPUTE, 'indexBase', 128, 'outOfRange', sparse),
  field('compute', COMPUTE, 'tiles', 65_535, 'outOfRange'),
  field('compute', COMPUTE, 'pixels', 65_535, 'outOfRange'),

  ...['rows', 'segments', 'segmentWords', 'pixels', 'pixelWords'].map((name) => field('store', STORE, name, 0)),
  ...['address', 'rowStride', 'segmentStride'].map((name) => field('store', STORE, name, config.group / 2)),
  { text: 'store with a reserved bit', kind: 'store', spoil: setBit(5, 31), error: 'illegalField' },
  field('store', STORE, 'outBase', 64, 'outOfRange'),
  field('store', STORE, 'outBase', 65_535, 'outOfRange'),
  field('store', STORE, 'segmentWords', 65_535, 'outOfRange'),
];

describe.skipIf(!hasTool)('an instruction that is wrong', () => {
  let binary: SimBinary;
  beforeAll(async () => {
    binary = await createSimulator('verilator').build(coreDesign(config), { memoryBytes: MEMORY_BYTES });
  });

  const withHost = async (use: (host: AcceleratorHost) => Promise<void>): Promise<void> => {
    const session = await binary.start({ settings: { base: BASE } });
    try {
      const host = new AcceleratorHost(session);
      await host.write('WATCHDOG', 5000);
      await use(host);
      expect(await busProblems(session)).toEqual([]);
    } finally {
      await session.close();
    }
  };

  it.each(CASES.map((one) => [one.text, one] as const))('%s is refused at its address, and the next run is clean', (_text, { kind, spoil, error, where = () => true }) =>
    withHost(async (host) => {
      const index = instructions.findIndex((one) => one.kind === kind && where(one));
      expect(index).toBeGreaterThanOrEqual(0);
      const at = wordOf(index);
      const words = encodeInstruction(instructions[index] as Instruction);
      spoil(words);
      const program = encodeProgram(instructions);
      program.set(new Uint8Array(words.buffer), 4 * at);
      const images = [{ offset: 0, bytes: layer.compiled.image }, { offset: PROGRAM, bytes: program }];
      const result = await host.runProgram({ base: BASE, programOffset: PROGRAM, images, timeoutCycles: 200_000 });
      expect([result.status, result.error, result.faultAddress.toString(16)]).toEqual(['error', error, (BASE + PROGRAM + 4 * at).toString(16)]);
      expect(await host.read('IRQ_STATUS')).toBe(2);
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
    }),
  );

  const runProgram = (host: AcceleratorHost, program: readonly Instruction[]) =>
    host.runProgram({ base: BASE, programOffset: 0x800, images: [{ offset: 0, bytes: new Uint8Array(8192) }, { offset: 0x800, bytes: encodeProgram(program) }], timeoutCycles: 100_000 });
  const end: Instruction = { kind: 'end', tokens: noTokens() };
  const load = (pushA: boolean, popA = false): Instruction =>
    ({ kind: 'loadStream', tokens: { ...noTokens(), pushA, popA }, destination: 'weight', fields: { address: 0, base: 0, words: 1, beats: 1 } });

  it.each([
    ['more steps than a group', config.group << SCHEDULE_ENTRY.countMinusOne.lsb],
    ['a reserved bit', 1 << 16],
    ['a reserved bit at the top', 2 ** 31],
  ])('reads a schedule entry with %s: the compute command is named', (_text, bits) =>
    withHost(async (host) => {
      const load = instructions.find((one) => one.kind === 'loadStream' && one.destination === 'schedule') as LoadStreamInstruction;
      const index = instructions.findIndex(({ kind }) => kind === 'compute');
      const image = layer.compiled.image.slice();
      const view = new DataView(image.buffer);
      view.setUint32(load.fields.address, (view.getUint32(load.fields.address, true) | bits) >>> 0, true);
      const result = await host.runProgram({ base: BASE, programOffset: PROGRAM, images: [{ offset: 0, bytes: image }], timeoutCycles: 200_000 });
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'illegalField', BASE + PROGRAM + 4 * wordOf(index)]);
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
    }));

  it('pushes a token to a full queue', () =>
    withHost(async (host) => {
      const full = await runProgram(host, [...Array.from({ length: TOKEN_CAPACITY }, () => load(true)), end]);
      expect(full.status).toBe('done');
      const over = await runProgram(host, [...Array.from({ length: TOKEN_CAPACITY + 1 }, () => load(true)), end]);
      expect([over.status, over.error, over.faultAddress]).toEqual(['error', 'tokenOverflow', 0]);
      // Tokens do not outlive their program.
      expect((await runProgram(host, [...Array.from({ length: TOKEN_CAPACITY }, () => load(true)), end])).status).toBe('done');
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
    }));

  it('waits for a token that never comes: the watchdog ends it, and no reset is needed', () =>
    withHost(async (host) => {
      const result = await runProgram(host, [load(false, true), end]);
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'watchdog', 0]);
      const status = await host.read('STATUS');
      expect([fieldOf('STATUS', 'BUSY', status), fieldOf('STATUS', 'BUS_HUNG', status)]).toEqual([0, 0]);
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
    }));
});

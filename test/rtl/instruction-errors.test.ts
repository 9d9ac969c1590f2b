// SPDX-License-Identifier: Apache-2.0
/** Every illegal or out-of-range instruction: the right code with the instruction's address, and a clean run afterwards. */
import { beforeAll, describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { insertField, type Field } from '../../generator/arch/fields.js';
import { COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, COMPUTE_WORDS, HEADER, LOAD_ACT, LOAD_STREAM, OPERANDS, SCHEDULE_ENTRY, STORE, STREAM_DESTINATIONS, TABLE_DEPTH, TOKEN_CAPACITY } from '../../generator/arch/instructions.js';
import { encodeInstruction, encodeProgram, noTokens, type Instruction, type InstructionKind, type LoadStreamInstruction } from '../../generator/compile/instruction.js';
import { AcceleratorHost, fieldOf, type ErrorName } from '../../sim/harness/index.js';
import { createSimulator, type SimBinary } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, MEMORY_BYTES, withCore } from '../support/axi-bench.js';
import { coreDesign } from '../support/core-design.js';
import { programOffset, runLayer, runProblem, type LayerCase } from '../support/run-core.js';

const hasTool = (await findTool('verilator')) !== undefined;
/** Two output banks: output pixels must begin in the first. A partial-sum word a pixel and tile. */
const config = axiConfig({ requant: 8, partialDepth: 16 });
const layer = chainCase(config);
const instructions = layer.compiled.segments[0]?.instructions ?? [];
const PROGRAM = programOffset(layer.compiled);
const { busBytes } = derive(config);

/** Where in the program an instruction begins, in words. */
const wordOf = (index: number, of: readonly Instruction[] = instructions): number => of.slice(0, index).reduce((sum, one) => sum + encodeInstruction(one).length, 0);

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
const setFields = (fields: Readonly<Record<string, Field>>, values: Readonly<Record<string, number>>): Spoil => (words) => {
  for (const [name, value] of Object.entries(values)) setField(fields[name] as Field, value)(words);
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

/** Bits of a compute payload that belong to no field: of the fixed words, then of the first and the last lane. */
const RESERVED: readonly (readonly [number, number])[] = [...Array(COMPUTE_WORDS + COMPUTE_LANE_WORDS * config.lanes).keys()].flatMap((word) => {
  const lane = word - COMPUTE_WORDS;
  const fields = Object.values<Field>(lane < 0 ? COMPUTE : COMPUTE_LANE).filter((each) => each.word === (lane < 0 ? word : lane % COMPUTE_LANE_WORDS));
  const free = [...Array(32).keys()].filter((bit) => !fields.some(({ lsb, width }) => bit >= lsb && bit < lsb + width));
  return free.filter((_, i) => i === 0 || i === free.length - 1).map((bit) => [word, bit] as const);
});

const CASES: readonly Case[] = [
  ...[0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((opcode): Case => ({ text: `opcode ${opcode}`, kind: 'loadStream', spoil: setHeader(HEADER.opcode, opcode), error: 'illegalOpcode' })),
  ...KINDS.flatMap((kind) =>
    [-1, 1, 100].filter((more) => kind !== 'end' || more > 0).map((more): Case => ({
      text: `${kind} with ${more} payload words more`, kind, error: 'illegalOpcode', spoil: changeHeader((header) => header + more * 2 ** HEADER.length.lsb),
    })),
  ),
  ...KINDS.flatMap((kind) => [0, 7, 16, 19].map((bit): Case => ({ text: `${kind} with reserved header bit ${bit}`, kind, spoil: setBit(0, bit), error: 'illegalField' }))),
  ...KINDS.map((kind): Case => ({ text: `${kind} with a destination that it does not have`, kind, spoil: setHeader(HEADER.destination, kind === 'loadStream' ? 5 : 1), error: 'illegalField' })),
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
  {
    text: 'loadStream beyond the table buffer', kind: 'loadStream', error: 'outOfRange',
    spoil: (words) => [setHeader(HEADER.destination, STREAM_DESTINATIONS.table), setField(LOAD_STREAM.words, 1), setField(LOAD_STREAM.base, TABLE_DEPTH)].forEach((spoil) => spoil(words)),
  },
  { ...field('loadStream', LOAD_STREAM, 'beats', 1, 'illegalField', (one) => one.kind === 'loadStream' && one.fields.beats > 2), text: 'loadStream with too few beats for its words' },

  ...['schedLength', 'tiles', 'pixels', 'outWidth', 'channels'].map((name) => field('compute', COMPUTE, name, 0)),
  ...RESERVED.map(([word, bit]): Case => ({ text: `compute with reserved bit ${bit} of word ${word}`, kind: 'compute', spoil: setBit(word + 1, bit), error: 'illegalField' })),
  ...['outBase', 'outPitch'].map((name) => field('compute', COMPUTE, name, 1)),
  ...([
    ['an empty clamp', { clampMin: 5, clampMax: 4 }],
    ['an empty clamp that is not seen', { clampMin: 5, clampMax: 4, partialOut: 1 }],
    ['operand 3', { operand: 3, secondClampMax: 1 }],
    ['an empty second clamp, add', { operand: OPERANDS.add, secondClampMin: 1, secondClampMax: 0 }],
    ['an empty second clamp, mul', { operand: OPERANDS.mul, secondClampMin: -127, secondClampMax: -128 }],
    ['a table and an operand', { operand: OPERANDS.add, table: 1 }],
    ['partial sums out and an operand', { operand: OPERANDS.mul, partialOut: 1 }],
    ['partial sums out and a table', { table: 1, partialOut: 1 }],
  ] as const).map(([text, values]): Case => ({ text: `compute with ${text}`, kind: 'compute', error: 'illegalField', spoil: setFields(COMPUTE, values) })),
  ...Array.from({ length: config.lanes }, (_, lane): Case => ({
    text: `compute whose lane ${lane} starts beyond its row`, kind: 'compute', error: 'illegalField',
    spoil: setField({ ...COMPUTE_LANE.startColumn, word: COMPUTE_WORDS + COMPUTE_LANE_WORDS * lane }, 60_000),
  })),
  ...[['schedBase', 64], ['weightBase', 128], ['paramBase', 512], ['outBase', 64], ['schedBase', 65_535], ['weightBase', 65_535], ['outBase', 65_534]].map(([name, value]) =>
    field('compute', COMPUTE, name as string, value as number, 'outOfRange')),
  field('compute', COMPUTE, 'indexBase', 128, 'outOfRange', sparse),
  field('compute', COMPUTE, 'tiles', 65_535, 'outOfRange'),
  field('compute', COMPUTE, 'pixels', 65_535, 'outOfRange'),
  ...[512, 65_535].map((operandParam): Case => ({
    text: `compute with parameter word ${operandParam} for the second pass`, kind: 'compute', error: 'outOfRange', spoil: setFields(COMPUTE, { operand: OPERANDS.add, operandParam }),
  })),
  ...(['partialIn', 'partialOut'] as const).map((flag): Case => ({
    text: `compute with ${flag} beyond the partial sums`, kind: 'compute', error: 'outOfRange', where: (one) => one.kind === 'compute' && one.fields.pixels * one.fields.tiles > config.partialDepth,
    spoil: setField(COMPUTE[flag], 1),
  })),

  ...['rows', 'segments', 'segmentWords', 'pixels', 'pixelWords'].map((name) => field('store', STORE, name, 0)),
  ...['address', 'rowStride', 'segmentStride'].map((name) => field('store', STORE, name, config.group / 2)),
  { text: 'store with a reserved bit', kind: 'store', spoil: setBit(5, 31), error: 'illegalField' },
  field('store', STORE, 'outBase', 64, 'outOfRange'),
  field('store', STORE, 'outBase', 65_535, 'outOfRange'),
  field('store', STORE, 'segmentWords', 65_535, 'outOfRange'),
];

/** Runs a layer whose first schedule entry has these bits too: its first compute command is refused, and the next run is clean. */
async function refusesEntry(host: AcceleratorHost, one: LayerCase, bits: number): Promise<void> {
  const all = one.compiled.segments[0]?.instructions ?? [];
  const load = all.find((each) => each.kind === 'loadStream' && each.destination === 'schedule') as LoadStreamInstruction;
  const image = one.compiled.image.slice();
  const view = new DataView(image.buffer);
  view.setUint32(load.fields.address, (view.getUint32(load.fields.address, true) | bits) >>> 0, true);
  const program = programOffset(one.compiled);
  const result = await host.runProgram({ base: BASE, programOffset: program, images: [{ offset: 0, bytes: image }], timeoutCycles: 200_000 });
  const at = wordOf(all.findIndex(({ kind }) => kind === 'compute'), all);
  expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'illegalField', BASE + program + 4 * at]);
  expect(runProblem(await runLayer(host, one, BASE))).toBeUndefined();
}

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
    ['a reserved bit below the count', 2 ** 23],
  ])('reads a schedule entry with %s: the compute command is named', (_text, bits) => withHost((host) => refusesEntry(host, layer, bits)));

  it('reads a schedule entry with a reserved bit, the last one of the buffer, and would read on: the bit counts', () =>
    withHost(async (host) => {
      const compute = instructions.find(({ kind }) => kind === 'compute') as Extract<Instruction, { kind: 'compute' }>;
      const entries = new Uint32Array(config.schedDepth).fill(1 << 16, -1);
      const first: LoadStreamInstruction = { kind: 'loadStream', tokens: { ...noTokens(), pushA: true }, destination: 'schedule', fields: { address: 0, base: 0, words: entries.length, beats: (4 * entries.length) / busBytes } };
      const second = { ...compute, tokens: { ...noTokens(), popA: true }, fields: { ...compute.fields, schedBase: config.schedDepth - 1, schedLength: 3 } };
      const images = [{ offset: 0, bytes: new Uint8Array(entries.buffer) }, { offset: 0x800, bytes: encodeProgram([first, second, end]) }];
      const result = await host.runProgram({ base: BASE, programOffset: 0x800, images, timeoutCycles: 100_000 });
      expect([result.status, result.error, result.faultAddress]).toEqual(['error', 'illegalField', BASE + 0x800 + 4 * encodeInstruction(first).length]);
    }));

  it('reads a spread entry without clusters: the compute command is named', async () => {
    const single = axiConfig({ pes: 6 });
    expect(derive(single).clusters).toBe(1);
    await withCore(single, 'verilator', async ({ host }) => {
      await host.write('WATCHDOG', 5000);
      await refusesEntry(host, chainCase(single), 2 ** SCHEDULE_ENTRY.spread.lsb);
    });
  });

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

// SPDX-License-Identifier: Apache-2.0
/** Programs of random words: the core always ends, done or with an error, and is as good as new afterwards. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { insertField, type Field } from '../../generator/arch/fields.js';
import { HEADER, OPCODES } from '../../generator/arch/instructions.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { encodeInstruction, FORMATS, type InstructionKind } from '../../generator/compile/instruction.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainCase, MEMORY_BYTES, withCore } from '../support/axi-bench.js';
import { runLayer, runProblem } from '../support/run-core.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;
const config = axiConfig();
const layer = chainCase(config);
const derived = derive(config);

const PROGRAM_WORDS = 96;
const KINDS: readonly InstructionKind[] = ['loadAct', 'loadStream', 'compute', 'store', 'end'];
const LENGTHS: Readonly<Record<InstructionKind, number>> = { loadAct: derived.loadActLength, loadStream: 3, compute: derived.computeLength, store: 7, end: 0 };

/** Mostly small, so that an instruction may well be legal; sometimes anything; addresses within or near the memory. */
function randomField(random: Random, name: string, field: Field): number {
  const most = 2 ** field.width - 1;
  if (/address|Stride/.test(name) && field.width === 32) return Math.min(most, random.integer(0, (MEMORY_BYTES * 1.02) / 64) * (random.next() < 0.98 ? 64 : 63));
  const kind = random.next();
  // Most flags exclude one another.
  if (field.width <= 2) return kind < 0.75 ? 0 : random.integer(1, most);
  if (kind < 0.02) return 0;
  if (kind < 0.6) return random.integer(1, Math.min(most, 4));
  if (kind < 0.93) return random.integer(0, Math.min(most, 40));
  if (kind < 0.96) return most;
  return random.integer(0, most);
}

/** An instruction with a right header and random fields. */
function randomInstruction(random: Random): number[] {
  const kind = random.pick(KINDS.slice(0, random.next() < 0.9 ? 4 : 5));
  const words = new Array<number>(1 + LENGTHS[kind]).fill(0);
  words[0] = insertField(insertField(0, HEADER.opcode, OPCODES[kind]), HEADER.length, LENGTHS[kind]);
  for (const [flag, chance] of [['popA', 0.1], ['popB', 0.05], ['pushA', 0.4], ['pushB', 0.3]] as const) {
    const absent = (flag === 'pushB' && kind.startsWith('load')) || (flag === 'popB' && kind === 'store') || kind === 'end';
    if (!absent && random.next() < chance) words[0] = insertField(words[0] as number, HEADER[flag], 1);
  }
  if (kind === 'loadStream') words[0] = insertField(words[0] as number, HEADER.destination, random.integer(0, 4));
  const { fields, lane = {}, words: fixed, laneWords } = FORMATS[kind];
  for (const [name, field] of Object.entries(fields)) words[1 + field.word] = insertField(words[1 + field.word] as number, field, randomField(random, name, field));
  for (let at = 1 + fixed; at < words.length; at += laneWords) {
    for (const [name, field] of Object.entries(lane)) words[at + field.word] = insertField(words[at + field.word] as number, field, randomField(random, name, field));
  }
  return words;
}

const anyWord = (random: Random): number => random.integer(0, 0xffff_ffff);

/** Words of a program, of several kinds of disorder; END follows, so that a legal program ends. */
function randomProgram(random: Random): { readonly kind: string; readonly words: Uint32Array } {
  const kind = random.pick(['instructions', 'instructions', 'instructions', 'words', 'flipped'] as const);
  const words: number[] = [];
  if (kind === 'words') words.push(...Array.from({ length: PROGRAM_WORDS }, () => anyWord(random)));
  if (kind === 'instructions') while (words.length < PROGRAM_WORDS) words.push(...randomInstruction(random));
  if (kind === 'flipped') {
    for (const instruction of layer.compiled.segments[0]?.instructions ?? []) words.push(...encodeInstruction(instruction));
    for (let flips = random.integer(1, 4); flips > 0; flips--) {
      const at = random.integer(0, words.length - 1);
      words[at] = ((words[at] as number) ^ (2 ** random.integer(0, 31))) >>> 0;
    }
  }
  words.push(0xf000_0000);
  return { kind, words: Uint32Array.from(words) };
}

/** Cycles after which a program that is still at work is stopped: legal instructions may run for 2^40 cycles. */
const PATIENCE = 60_000;

describe.skipIf(!hasVerilator)('a program of random words', () => {
  it('ends or goes on working until it is stopped, and the next run is clean', () =>
    withCore(config, 'verilator', async ({ host, session }) => {
      const random = createRandom(41);
      const runs = regress ? 20_000 : 500;
      const ends = new Map<string, number>();
      const note = (end: string): void => void ends.set(end, (ends.get(end) ?? 0) + 1);
      await host.write('WATCHDOG', 2000);
      for (let i = 0; i < runs; i++) {
        const { kind, words } = randomProgram(random);
        await session.loadMemory(layer.compiled.image, BASE);
        const result = await host.runProgram({ base: BASE, programOffset: 0x2_0000, images: [{ offset: 0x2_0000, bytes: new Uint8Array(words.buffer) }], timeoutCycles: PATIENCE });
        const text = `program ${i} of seed 41, ${kind}: ${[...words].map((word) => word.toString(16).padStart(8, '0')).join(' ')}`;
        if (result.status === 'timeout') {
          // Still at work: the counters move on, and a soft reset stops it.
          const before = [result.counters.CYCLES, result.counters.CYCLES_COMPUTE + result.counters.BEATS_READ + result.counters.BEATS_WRITTEN];
          await session.wait(2500);
          const later = (await host.result()).counters;
          expect(later.CYCLES_COMPUTE + later.BEATS_READ + later.BEATS_WRITTEN, text).toBeGreaterThan(before[1] as number);
          await host.softReset();
          note('stopped while at work');
        } else note(result.error ?? result.status);
        const problems = await busProblems(session);
        expect(problems, text).toEqual([]);
        if (i % 5 === 0) expect(runProblem(await runLayer(host, layer, BASE)), `after ${text}`).toBeUndefined();
      }
      console.log(`fuzz: ${runs} programs: ${[...ends].sort((a, b) => b[1] - a[1]).map(([end, count]) => `${end} ${count}`).join(', ')}`);
      expect(ends.get('done') ?? 0).toBeGreaterThan(runs / 100);
      for (const error of ['illegalOpcode', 'illegalField', 'outOfRange', 'readDecerr', 'watchdog']) expect(ends.get(error) ?? 0, error).toBeGreaterThan(0);
    }, { jitter: 10, stall: 10, reorder: 1 }), 3_600_000);
});

// SPDX-License-Identifier: Apache-2.0
/** The store unit against a plain interpretation of its commands on a byte map. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { OPCODES, STORE, STORE_WORDS } from '../../generator/arch/instructions.js';
import { type PartialConfig, validateConfig } from '../../generator/arch/rules.js';
import { memoryParameters } from '../../generator/blocks/memory-parameters.js';
import { storeModule } from '../../generator/blocks/store.js';
import { indexBits } from '../../generator/core/integers.js';
import { type Random, createRandom } from '../../generator/core/random.js';
import { hasTool } from '../support/lint-verilog.js';
import { headerWord, packFields } from './commands.js';
import { defaultsOf, hexLines, runTestbench } from './run-testbench.js';

const BASE = 0x8000_1000n;
const DEPTH = 64;

/** Byte address -> value. */
type Memory = Map<number, number>;
type Fields = { readonly [K in keyof typeof STORE]: number };

class Bench {
  readonly config;
  readonly all;
  readonly d;
  /** [lane][half][address] -> bytes. */
  readonly banks: number[][][][];

  constructor(input: PartialConfig, readonly random: Random) {
    this.config = validateConfig({ outDepth: DEPTH, ...input });
    this.all = memoryParameters(this.config, indexBits(this.config.group), this.config.weightDepth);
    this.d = derive(this.config);
    const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);
    this.banks = times(this.config.lanes, () => times(2, () => times(this.config.outDepth, () => times(this.config.group, () => random.integer(0, 255)))));
  }

  /** Pixels and words that fill rows of segments exactly, or end earlier. */
  fields(): Fields {
    const { random, config } = this;
    const pixelWords = random.integer(1, random.pick([4, 40]));
    const outPitch = random.integer(1, 6);
    const outBase = random.integer(0, 8);
    const pixels = random.integer(1, Math.floor((DEPTH - outBase - pixelWords) / outPitch));
    const available = pixels * pixelWords * config.lanes;
    const segmentWords = random.integer(1, Math.min(available, random.pick([3, 70])));
    const segments = random.integer(1, Math.min(5, Math.floor(available / segmentWords)));
    const rows = random.integer(1, Math.min(6, Math.floor(available / (segmentWords * segments))));
    const gap = (): number => random.integer(0, 3) * random.integer(0, 1);
    const segmentStride = (segmentWords + gap()) * config.group;
    return {
      address: random.integer(0, 700) * config.group, rows, segments, segmentWords, segmentStride,
      rowStride: segments * segmentStride + gap() * config.group,
      outHalf: random.integer(0, 1), outBase, outPitch, pixels, pixelWords,
    };
  }

  words(values: Partial<Fields>, address: number, push: number): number[] {
    const header = headerWord({ opcode: OPCODES.store, length: STORE_WORDS, popA: this.random.integer(0, 1), pushA: 1, pushB: push });
    return [address, header, ...packFields(STORE, STORE_WORDS, values)];
  }

  apply(values: Fields, memory: Memory): void {
    let taken = 0;
    const nextWord = (): number[] => {
      const word = taken % values.pixelWords;
      const pixel = Math.floor(taken / values.pixelWords) % values.pixels;
      const lane = Math.floor(taken / values.pixelWords / values.pixels);
      taken += 1;
      return this.banks[lane]![values.outHalf]![values.outBase + pixel * values.outPitch + word]!;
    };
    for (let row = 0; row < values.rows; row += 1) {
      for (let segment = 0; segment < values.segments; segment += 1) {
        const start = values.address + row * values.rowStride + segment * values.segmentStride;
        for (let w = 0; w < values.segmentWords; w += 1) {
          nextWord().forEach((byte, i) => memory.set(start + w * this.config.group + i, byte));
        }
      }
    }
  }

  run(words: readonly number[], parameters: Readonly<Record<string, number>>): string[] {
    const bank = this.banks.flat(2).map((bytes) => BigInt('0x' + bytes.map((b) => b.toString(16).padStart(2, '0')).reverse().join('')));
    const lines = runTestbench({
      dut: storeModule(this.all),
      testbench: 'store_tb',
      parameters: { ...defaultsOf(this.all, 'BUS_W', 'ADDR_W', 'ID_W', 'LANES', 'GROUP', 'OUT_ADDR_W'), COMMAND_WORDS: words.length, ...parameters },
      data: { 'commands.hex': hexLines(words), 'bank.hex': hexLines(bank) },
    });
    expect(lines.filter((line) => /^bad|warn|error/i.test(line))).toEqual([]);
    return lines;
  }

  /** Applies a printed beat. */
  replay(memory: Memory, line: string): void {
    const [, addr, strobe, data] = line.split(' ') as [string, string, string, string];
    const start = Number(BigInt(`0x${addr}`) - BASE);
    const mask = BigInt(`0x${strobe}`);
    for (let i = 0; i < this.d.busBytes; i += 1) {
      if (((mask >> BigInt(i)) & 1n) === 0n) continue;
      memory.set(start + i, parseInt(data.slice(data.length - 2 * i - 2, data.length - 2 * i), 16));
    }
  }
}

const sorted = (memory: Memory): [number, number][] => [...memory].sort(([a], [b]) => a - b);

function checkProgram(config: PartialConfig, seed: number, stall: number): void {
  const bench = new Bench(config, createRandom(seed));
  const commands = Array.from({ length: 8 }, () => bench.fields());
  const pushLoad = commands.map(() => bench.random.integer(0, 1));
  const words = commands.flatMap((command, i) => bench.words(command, 64 * i, pushLoad[i]!));
  const lines = bench.run(words, { PUSHES: commands.length, STALL: stall, SEED: seed, LATENCY: bench.random.integer(0, 40) });
  const found: Memory = new Map();
  const expected: Memory = new Map();
  let done = 0;
  let loads = 0;
  for (const line of lines) {
    if (line.startsWith('w ')) bench.replay(found, line);
    else if (line === 'push load') loads += 1;
    else if (line === 'push compute') {
      bench.apply(commands[done]!, expected);
      // Later commands may have written more already: what is due must be there and right.
      const later: Memory = new Map();
      commands.slice(done + 1).forEach((command) => bench.apply(command, later));
      const due = (memory: Memory): [number, number][] => sorted(memory).filter(([address]) => !later.has(address));
      expect(due(found), `${bench.config.name}, seed ${seed}, command ${done}`).toEqual(due(expected));
      done += 1;
    } else expect(line).toMatch(/^end .* idle 1 quiet 1/);
  }
  expect(sorted(found)).toEqual(sorted(expected));
  expect([done, loads]).toEqual([commands.length, pushLoad.reduce((sum, push) => sum + push, 0)]);
}

const SHAPES: readonly PartialConfig[] = [
  { group: 8, bus: 64 }, { group: 8, bus: 64, lanes: 3 }, { group: 8, bus: 32, lanes: 2 }, { group: 32, bus: 32 }, { group: 32, bus: 64, lanes: 2 },
  { group: 4, bus: 64 }, { group: 2, bus: 32, lanes: 2 }, { group: 8, bus: 128, lanes: 3 }, { group: 2, bus: 512, lanes: 16 }, { group: 8, bus: 256, addr: 40 }, { group: 16, bus: 512, lanes: 4, addr: 64, id: 1 },
];

describe.skipIf(!hasTool('iverilog'))('the store unit', () => {
  it.each(SHAPES)('writes what random programs say before it pushes, without pauses, %o', (config) => {
    checkProgram(config, 41, 0);
    checkProgram(config, 42, 0);
  });

  it.each([32, 64, 128, 256, 512])('does so on %i bits with every group', (bus) => {
    [2, 4, 8, 16, 32].forEach((group, i) => checkProgram({ group, bus, lanes: 1 + ((bus + i) % 4) }, 60 + i, i % 2));
  });

  it.each(SHAPES)('writes what random programs say before it pushes, with pauses everywhere, %o', (config) => {
    checkProgram(config, 51, 3);
    checkProgram(config, 52, 6);
  });

  const LONG = { rows: 1, segments: 1, segmentWords: 1000, outPitch: 1000, pixelWords: 1000, pixels: 1 };

  it.each([
    ['a beat a cycle when the bus is wider', { group: 8, bus: 256 }, {}, 250],
    ['a beat a cycle when it begins inside a beat', { group: 8, bus: 256 }, { address: 8, outBase: 3 }, 251],
    ['a beat a cycle when it is eight times as wide', { group: 8, bus: 512 }, { address: 40, outBase: 1 }, 126],
    ['a beat a cycle when it is as wide', { group: 8, bus: 64 }, {}, 1000],
    ['a beat a cycle when it is narrower', { group: 16, bus: 32 }, {}, 4000],
    ['a stretch a cycle when pixels lie apart', { group: 8, bus: 256 }, { pixelWords: 1, pixels: 1000, segmentWords: 500, outPitch: 2 }, 500],
    ['two stretches a beat when pixels of a beat end inside it', { group: 8, bus: 128 }, { address: 8, pixelWords: 2, pixels: 300, segmentWords: 600, outPitch: 3 }, 600],
  ] as const)('stores %s', (_, config, fields, cycles) => {
    const bench = new Bench({ ...config, outDepth: 1024 }, createRandom(1));
    const lines = bench.run(bench.words({ ...LONG, ...fields }, 0, 0), { LATENCY: 40, OUT_ADDR_W: 10 });
    expect(Number(lines.at(-1)!.split(' ')[2])).toBeLessThan(cycles + 40 + 50);
    expect(Number(lines.at(-1)!.split(' ')[2])).toBeGreaterThan(cycles);
  });

  const OK = { rows: 1, segments: 1, segmentWords: 4, segmentStride: 0, pixels: 4, pixelWords: 1, outPitch: 1 };
  it.each([
    ['no rows', { rows: 0 }, 2], ['no segments', { segments: 0 }, 2], ['empty segments', { segmentWords: 0 }, 2], ['no pixels', { pixels: 0 }, 2],
    ['pixels of no words', { pixelWords: 0 }, 2], ['an unaligned address', { address: 4 }, 2], ['an unaligned row', { rowStride: 4 }, 2],
    ['an unaligned segment', { segmentStride: 4 }, 2], ['words past the last lane', { segmentWords: 5 }, 3], ['words past the depth', { outBase: DEPTH - 3 }, 3],
  ] as const)('refuses %s with the instruction address', (_, wrong, code) => {
    const bench = new Bench({ group: 8, bus: 64 }, createRandom(2));
    const lines = bench.run([...bench.words(OK, 0, 0), ...bench.words({ ...OK, ...wrong }, 0x40, 0)], { PUSHES: 2, LATENCY: 3 });
    expect(lines.filter((line) => /^(push|err)/.test(line)).sort()).toEqual([`err ${code} 00000040`, 'push compute']);
  });

  it.each([
    ['words past the last lane', { segmentWords: 5 }], ['a beat that ends past the depth', { outBase: DEPTH - 3, pixels: 1, pixelWords: 4 }],
    ['a beat past the depth', { outBase: DEPTH - 4, pixels: 1, pixelWords: 8, segmentWords: 8 }],
  ] as const)('refuses %s on a wide bus, and nothing that ends with the depth', (_, wrong) => {
    const bench = new Bench({ group: 8, bus: 256 }, createRandom(2));
    const full = { ...OK, address: 8, outBase: DEPTH - 6, pixels: 1, pixelWords: 6, segmentWords: 6 };
    const lines = bench.run([...bench.words(full, 0, 0), ...bench.words({ ...OK, ...wrong }, 0x40, 0)], { PUSHES: 2, LATENCY: 3 });
    expect(lines.filter((line) => /^(push|err)/.test(line)).sort()).toEqual(['err 3 00000040', 'push compute']);
  });

  it.each([[2, 7], [3, 8]])('answers write response %i with error %i and the address of the burst', (response, code) => {
    const bench = new Bench({ group: 8, bus: 64 }, createRandom(3));
    const lines = bench.run(bench.words({ ...OK, segmentWords: 40, pixels: 40 }, 0, 0), { BAD_BURST: 1, BAD_RESP: response, LATENCY: 5 });
    expect(lines.filter((line) => line.startsWith('err'))).toEqual([`err ${code} ${(BASE + 128n).toString(16)}`]);
  });

  it('finishes what is open after halt and sends no more', () => {
    const random = createRandom(9);
    for (let i = 0; i < 6; i += 1) {
      const bench = new Bench({ group: 8, bus: random.pick([32, 64, 256]), lanes: 2 }, random);
      const commands = Array.from({ length: 4 }, () => bench.fields());
      const lines = bench.run(commands.flatMap((command) => bench.words(command, 0, 0)), { PUSHES: 4, STALL: 3, SEED: i + 1, HALT_AT: random.integer(20, 150) });
      expect(lines.at(-1)).toMatch(/quiet 1/);
    }
  });
});

// SPDX-License-Identifier: Apache-2.0
/** The load unit against a plain interpretation of its commands on a byte array. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { LOAD_ACT, LOAD_ACT_LANE, LOAD_ACT_WORDS, LOAD_STREAM, LOAD_STREAM_WORDS, OPCODES, STREAM_DESTINATIONS } from '../../generator/arch/instructions.js';
import { type PartialConfig, validateConfig } from '../../generator/arch/rules.js';
import { loadModule } from '../../generator/blocks/load.js';
import { memoryParameters } from '../../generator/blocks/memory-parameters.js';
import { ceilDiv, indexBits } from '../../generator/core/integers.js';
import { type Random, createRandom } from '../../generator/core/random.js';
import { hasTool } from '../support/lint-verilog.js';
import { headerWord, packFields } from './commands.js';
import { defaultsOf, hexLines, runTestbench } from './run-testbench.js';

const MEMORY_BYTES = 65536;
const BASE = 0x8000_1000;

/** Contents of every buffer: `act0/12` -> hex. */
type Image = Map<string, string>;

interface Command {
  readonly words: number[];
  /** Applies the command's meaning. */
  readonly apply: (image: Image) => void;
}

class Bench {
  readonly config;
  readonly all;
  readonly d;
  readonly memory: Uint8Array;

  constructor(input: PartialConfig, readonly random: Random) {
    this.config = validateConfig({ actDepth: 64, weightDepth: 64, schedDepth: 64, ...input });
    this.all = memoryParameters(this.config, indexBits(this.config.group), this.config.weightDepth);
    this.d = derive(this.config);
    this.memory = Uint8Array.from({ length: MEMORY_BYTES }, () => random.integer(0, 255));
  }

  hexOf(bytes: ArrayLike<number>): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse().join('');
  }

  loadAct(): Command {
    const { random, config } = this;
    const group = config.group;
    const rows = random.integer(1, 6);
    const padTop = random.integer(0, 2);
    const padBottom = random.integer(0, 2);
    const real = padTop + padBottom < rows;
    const segments = real ? random.integer(1, 4) : random.integer(0, 2);
    const segmentWords = real ? random.integer(1, random.pick([3, 50])) : random.integer(0, 2);
    const lanes = Array.from({ length: config.lanes }, () => ({ rowFirst: random.integer(0, 4), rowLast: random.integer(0, 5) }));
    const address = random.integer(0, 1023) * group;
    const values = {
      address, rows, padTop, padBottom, segments, segmentWords,
      rowStride: random.integer(0, 200) * group,
      segmentStride: random.integer(0, 80) * group,
      padLeft: random.integer(0, 3) * random.integer(0, 1), padRight: random.integer(0, 40) * random.integer(0, 1),
      actBase: random.integer(0, 100), actRowPitch: random.integer(0, 100), actSegmentPitch: random.integer(0, 60),
      padByte: random.integer(0, 255),
    };
    const header = headerWord({ opcode: OPCODES.loadAct, length: this.d.loadActLength, pushA: 1, popA: random.integer(0, 1), popB: random.integer(0, 1) });
    const laneWords = lanes.flatMap((lane) => packFields(LOAD_ACT_LANE, 1, lane));
    const apply = (image: Image): void => {
      for (let row = 0, realRow = 0; row < rows; row += 1) {
        const isReal = row >= padTop && row + padBottom < rows;
        const keep = lanes.flatMap((lane, l) => (row >= lane.rowFirst && row <= lane.rowLast ? [l] : []));
        const put = (bank: number, bytes: ArrayLike<number>): void => {
          for (const l of keep) image.set(`act${l}/${bank % config.actDepth}`, this.hexOf(bytes));
        };
        const padding = new Array<number>(group).fill(values.padByte);
        let bank = values.actBase + row * values.actRowPitch;
        for (let i = 0; i < values.padLeft; i += 1) put(bank++, padding);
        const real = segments > 0 && segmentWords > 0;
        for (let s = 0; real && s < segments; s += 1) {
          const from = address + realRow * values.rowStride + s * values.segmentStride;
          const start = values.actBase + row * values.actRowPitch + values.padLeft + s * values.actSegmentPitch;
          for (let w = 0; w < segmentWords; w += 1) {
            put(start + w, isReal ? this.memory.subarray(from + w * group, from + (w + 1) * group) : padding);
          }
          bank = start + segmentWords;
        }
        for (let i = 0; i < values.padRight; i += 1) put(bank++, padding);
        if (isReal) realRow += 1;
      }
    };
    return { words: [this.address(), header, ...packFields(LOAD_ACT, LOAD_ACT_WORDS, values), ...laneWords], apply };
  }

  loadStream(): Command {
    const { random, d, config } = this;
    const shapes = {
      weight: [config.pes * config.weightBits, d.weightStreamBits], index: [config.pes * indexBits(config.group), this.all.INDEX_STREAM_W.default],
      schedule: [32, 32], parameter: [config.requant * 72, d.parameterStreamBits], table: [32, 32],
    } as const;
    const name = random.pick(['weight', 'index', 'schedule', 'parameter', 'table'] as const);
    const [bits, padded] = shapes[name];
    const base = random.integer(0, 20);
    const words = random.integer(1, random.pick([3, 44]));
    const beats = ceilDiv(words * padded, config.bus) + random.integer(0, 2);
    const address = random.integer(0, 200) * d.busBytes;
    const header = headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, pushA: 1, destination: STREAM_DESTINATIONS[name] });
    const apply = (image: Image): void => {
      for (let w = 0; w < words; w += 1) {
        const from = address + (w * padded) / 8;
        const bytes = this.memory.subarray(from, from + ceilDiv(bits, 8));
        const value = BigInt(`0x${this.hexOf(bytes)}`) & ((1n << BigInt(bits)) - 1n);
        image.set(`${name}/${base + w}`, value.toString(16).padStart(ceilDiv(bits, 4), '0'));
      }
    };
    return { words: [this.address(), header, ...packFields(LOAD_STREAM, LOAD_STREAM_WORDS, { address, base, words, beats })], apply };
  }

  private instruction = 0x4000;
  address(): number {
    return (this.instruction += 64);
  }

  run(commands: readonly Command[], parameters: Readonly<Record<string, number>>): string[] {
    const words = commands.flatMap((command) => command.words);
    const busBytes = this.d.busBytes;
    const beats = Array.from({ length: MEMORY_BYTES / busBytes }, (_, i) => BigInt(`0x${this.hexOf(this.memory.subarray(i * busBytes, (i + 1) * busBytes))}`));
    const lines = runTestbench({
      dut: loadModule(this.all),
      testbench: 'load_tb',
      parameters: {
        ...defaultsOf(this.all, 'BUS_W', 'ADDR_W', 'LANES', 'GROUP', 'BEAT_WORDS', 'ACT_ADDR_W', 'WEIGHT_WORD_W', 'WEIGHT_ADDR_W', 'INDEX_WORD_W', 'INDEX_ADDR_W', 'SCHED_ADDR_W', 'PARAM_WORD_W', 'PARAM_ADDR_W', 'TABLE_ADDR_W'),
        COMMAND_WORDS: words.length, PUSHES: commands.length, ...parameters,
      },
      data: { 'commands.hex': hexLines(words), 'memory.hex': hexLines(beats) },
    });
    expect(lines.filter((line) => /^bad|warn|error/i.test(line))).toEqual([]);
    return lines;
  }

  /** Replays the printed writes. */
  replay(image: Image, line: string): void {
    const [kind, a, b, c, data] = line.split(' ') as [string, string, string, string, string];
    if (kind !== 'act') {
      const name = { weight: 'weight', index: 'index', sched: 'schedule', param: 'parameter', table: 'table' }[kind]!;
      image.set(`${name}/${parseInt(a, 16)}`, b);
      return;
    }
    const digits = this.config.group * 2;
    for (let w = 0; w < this.d.beatWords; w += 1) {
      if (((BigInt(`0x${c}`) >> BigInt(w)) & 1n) === 0n) continue;
      const end = data.length - w * digits;
      for (let l = 0; l < this.config.lanes; l += 1) {
        if (((parseInt(a, 16) >> l) & 1) === 1) image.set(`act${l}/${(parseInt(b, 16) + w) % this.config.actDepth}`, data.slice(end - digits, end));
      }
    }
  }
}

function checkProgram(config: PartialConfig, seed: number, stall: number, commandCount = 12): void {
  const bench = new Bench(config, createRandom(seed));
  const commands = Array.from({ length: commandCount }, () => (bench.random.integer(0, 2) === 0 ? bench.loadStream() : bench.loadAct()));
  const lines = bench.run(commands, { STALL: stall, SEED: seed, LATENCY: bench.random.integer(1, 40) });
  const found: Image = new Map();
  const expected: Image = new Map();
  let done = 0;
  for (const line of lines) {
    if (line === 'push') {
      commands[done]!.apply(expected);
      expect(Object.fromEntries(found), `${bench.config.name}, seed ${seed}, command ${done}`).toEqual(Object.fromEntries(expected));
      done += 1;
    } else if (/^(act|weight|index|sched|param|table) /.test(line)) bench.replay(found, line);
    else if (line.startsWith('pop')) expect(line).toMatch(/1$/);
    else expect(line).toMatch(/^end .* idle 1 open 0$/);
  }
  expect(done).toBe(commandCount);
}

const SHAPES: readonly PartialConfig[] = [
  { group: 8, bus: 64 }, { group: 8, bus: 64, lanes: 3, pes: 12 }, { group: 8, bus: 32, lanes: 2, pes: 3 }, { group: 32, bus: 32, pes: 256 },
  { group: 32, bus: 64, lanes: 2 }, { group: 4, bus: 64, pes: 25 }, { group: 2, bus: 512, pes: 3, lanes: 16 }, { group: 8, bus: 256, pes: 48, addr: 40 },
  { group: 16, bus: 512, pes: 12, lanes: 4, addr: 64 }, { group: 2, bus: 32, pes: 1 }, { group: 16, bus: 128, pes: 5, index: 'bitmap' },
];

describe.skipIf(!hasTool('iverilog'))('the load unit', () => {
  it.each(SHAPES)('writes what random programs say, without pauses, %o', (config) => {
    checkProgram(config, 21, 0);
    checkProgram(config, 22, 0);
  });

  it.each(SHAPES)('writes what random programs say, with pauses everywhere, %o', (config) => {
    checkProgram(config, 31, 3);
    checkProgram(config, 32, 6, 6);
  });

  it('loads long rows at one beat a cycle after the latency', () => {
    const bench = new Bench({ group: 8, bus: 64, actDepth: 4096 }, createRandom(3));
    const values = { address: 8, rowStride: 1032, rows: 16, segments: 1, segmentWords: 128, actRowPitch: 128 };
    const header = headerWord({ opcode: OPCODES.loadAct, length: bench.d.loadActLength, pushA: 1 });
    const words = [0, header, ...packFields(LOAD_ACT, LOAD_ACT_WORDS, values), ...packFields(LOAD_ACT_LANE, 1, { rowLast: 15 })];
    const lines = bench.run([{ words, apply: () => undefined }], { LATENCY: 40 });
    const cycles = Number(lines.at(-1)!.split(' ')[2]);
    expect(lines.filter((line) => line.startsWith('act'))).toHaveLength(2048);
    expect(cycles).toBeLessThan(2048 + 40 + 50);
  });

  const actError = (fields: Readonly<Record<string, number>>) => (bench: Bench): number[] => [
    bench.address(), headerWord({ opcode: OPCODES.loadAct, length: bench.d.loadActLength }),
    ...packFields(LOAD_ACT, LOAD_ACT_WORDS, { rows: 1, segments: 1, segmentWords: 1, ...fields }), 0,
  ];
  const streamError = (fields: Readonly<Record<string, number>>, destination = 0) => (bench: Bench): number[] => [
    bench.address(), headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, destination }),
    ...packFields(LOAD_STREAM, LOAD_STREAM_WORDS, { words: 1, beats: 2, ...fields }),
  ];

  it.each([
    ['no rows', actError({ rows: 0 }), 2], ['no segments', actError({ segments: 0 }), 2], ['empty segments', actError({ segmentWords: 0 }), 2],
    ['an address that is not a multiple of GROUP', actError({ address: 4 }), 2], ['a row stride that is none', actError({ rowStride: 12 }), 2],
    ['no words', streamError({ words: 0 }), 2], ['no beats', streamError({ beats: 0 }), 2], ['an unaligned stream', streamError({ address: 4 }), 2],
    ['a stream past the end of its buffer', streamError({ base: 60, words: 5, beats: 20 }), 3],
    ['entries past the end of the tables', streamError({ base: 510, words: 3, beats: 20 }, STREAM_DESTINATIONS.table), 3],
    ['beats that end before the words', streamError({ words: 2, beats: 3 }), 2],
  ] as const)('refuses %s with the instruction address', (_, words, code) => {
    const bench = new Bench({ group: 8, bus: 64 }, createRandom(4));
    const good = bench.loadStream();
    const lines = bench.run([good, { words: words(bench), apply: () => undefined }], { PUSHES: 2 });
    // The walker runs ahead: its error may come before the token of the command before.
    expect(lines.filter((line) => /^(push|err)/.test(line)).sort(), lines.at(-1)).toEqual([`err ${code} ${(0x4000 + 128).toString(16).padStart(8, '0')}`, 'push']);
  });

  it.each([[2, 5], [3, 6]])('answers read response %i with error %i and the address of the burst', (response, code) => {
    const bench = new Bench({ group: 8, bus: 64 }, createRandom(6));
    const words = [64, headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, pushA: 1 }), ...packFields(LOAD_STREAM, LOAD_STREAM_WORDS, { address: 64, words: 30, beats: 60 })];
    const lines = bench.run([{ words, apply: () => undefined }], { BAD_BEAT: 27, BAD_RESP: response });
    expect(lines.filter((line) => /^(push|err)/.test(line))).toEqual([`err ${code} ${(BASE + 16 * 8).toString(16)}`]);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Owns measurements of the cycle law: compute commands over random buffers, run on a core, with the law's cycles beside. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive, streamBits, type Derived } from '../../generator/arch/derive.js';
import { insertField } from '../../generator/arch/fields.js';
import type { IndexFormat } from '../../generator/arch/index-decoder.js';
import { SCHEDULE_ENTRY } from '../../generator/arch/instructions.js';
import { ceilDiv, roundUp } from '../../generator/core/integers.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { encodeProgram, noTokens, PLAIN_COMPUTE, type ComputeInstruction, type Instruction, type LoadStreamInstruction, type StreamBuffer } from '../../generator/compile/instruction.js';
import type { AcceleratorHost, ProgramResult } from '../harness/index.js';

/** A compute command: `counts` are the steps on each group of its schedule, shared by all its tiles. */
export interface LawCommand {
  readonly counts: readonly number[];
  /** N: pixels a lane. */
  readonly pixels: number;
  readonly tiles: number;
  /** The step counter is the index. */
  readonly dense: boolean;
}

export interface LawMeasurement {
  readonly result: ProgramResult;
  /** Sum of N * max(sum(count), D) * tiles over the commands, plus one FILL. */
  readonly law: number;
  /** Steps that the array takes by the law. */
  readonly steps: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** sum(count): steps on one pixel. */
export const stepsOf = ({ counts }: LawCommand): number => sum(counts);

/** The law's cycles of one command, FILL excluded. */
export const commandCycles = (command: LawCommand, { drain }: Derived): number => command.pixels * command.tiles * Math.max(stepsOf(command), drain);

/** Bytes from BASE: programs low, data behind. */
const PROGRAM = 0x0;
const DATA = 0x4000;

/** Runs commands on buffers that it has filled itself; knows no network. */
export class LawBench {
  readonly #host: AcceleratorHost;
  readonly #config: AccelConfig;
  readonly #format: IndexFormat;
  readonly #derived: Derived;
  readonly #base: number;
  /** Schedule of each list of counts: its first entry in the buffer. */
  readonly #schedules = new Map<string, number>();
  readonly #entries: number[] = [];

  /** @param base bus address of the memory */
  constructor(host: AcceleratorHost, config: AccelConfig, format: IndexFormat, base: number) {
    this.#host = host;
    this.#config = config;
    this.#format = format;
    this.#derived = derive(config);
    this.#base = base;
  }

  /** Fills all buffers with random data that serves these commands. */
  async load(commands: readonly LawCommand[], seed: number): Promise<void> {
    const { actDepth, weightDepth, schedDepth, pes, bus, group, lanes } = this.#config;
    const { weightStreamBits, parameterStreamBits, paramDepth } = this.#derived;
    const random = createRandom(seed);
    this.#schedule(commands, random);
    if (this.#entries.length > schedDepth) throw new RangeError(`law bench: ${this.#entries.length} schedule entries, the buffer holds ${schedDepth}`);
    const entries = new Uint8Array(Uint32Array.from(this.#entries).buffer);
    const indexBits = streamBits(pes * this.#format.bitsPerPe(group), bus);
    const image: { offset: number; bytes: Uint8Array }[] = [];
    const program: Instruction[] = [];
    let address = DATA;
    const place = (bytes: Uint8Array): number => {
      const offset = address;
      image.push({ offset, bytes });
      address = roundUp(address + bytes.length, 64);
      return offset;
    };
    const stream = (destination: StreamBuffer, words: number, bits: number, given?: Uint8Array): void => {
      const beats = ceilDiv(words * bits, bus);
      const bytes = new Uint8Array((beats * bus) / 8);
      bytes.set(given ?? randomBytes(random, bytes.length));
      program.push({ kind: 'loadStream', tokens: noTokens(), destination, fields: { address: place(bytes), base: 0, words, beats } } satisfies LoadStreamInstruction);
    };
    stream('weight', weightDepth, weightStreamBits);
    stream('index', weightDepth, indexBits);
    stream('schedule', this.#entries.length, 32, entries);
    stream('parameter', paramDepth, parameterStreamBits);
    program.push({
      kind: 'loadAct', tokens: noTokens(),
      fields: {
        address: place(randomBytes(random, actDepth * group)), rowStride: 0, rows: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, segmentWords: actDepth,
        segments: 1, segmentStride: 0, actBase: 0, actRowPitch: 0, actSegmentPitch: 0, padByte: 0,
      },
      lanes: Array.from({ length: lanes }, () => ({ rowFirst: 0, rowLast: 0 })),
    });
    const result = await this.#run(program, image);
    if (result.status !== 'done') throw new Error(`law bench: loading ended with ${result.status} ${result.error ?? ''}`);
  }

  /** Runs the commands one behind the other as one program; `load` has been called with them. */
  async measure(commands: readonly LawCommand[]): Promise<LawMeasurement> {
    const program: Instruction[] = commands.map((command, i) => this.#compute(command, i));
    const result = await this.#run(program, []);
    return {
      result,
      law: sum(commands.map((command) => commandCycles(command, this.#derived))) + this.#derived.fill,
      steps: sum(commands.map((command) => command.pixels * command.tiles * stepsOf(command))),
    };
  }

  #run(program: readonly Instruction[], images: readonly { offset: number; bytes: Uint8Array }[]): Promise<ProgramResult> {
    const bytes = encodeProgram([...program, { kind: 'end', tokens: noTokens() }]);
    return this.#host.runProgram({ base: this.#base, programOffset: PROGRAM, images: [{ offset: PROGRAM, bytes }, ...images], timeoutCycles: 500_000 });
  }

  #schedule(commands: readonly LawCommand[], random: Random): void {
    this.#schedules.clear();
    this.#entries.length = 0;
    for (const { counts } of commands) {
      const key = counts.join();
      if (this.#schedules.has(key)) continue;
      this.#schedules.set(key, this.#entries.length);
      for (const count of counts) {
        const offset = insertField(0, SCHEDULE_ENTRY.offset, random.integer(0, this.#config.actDepth - 1));
        this.#entries.push(insertField(offset, SCHEDULE_ENTRY.countMinusOne, count - 1));
      }
    }
  }

  #compute(command: LawCommand, index: number): ComputeInstruction {
    const { pes, group, lanes } = this.#config;
    const { counts, pixels, tiles, dense } = command;
    const schedBase = this.#schedules.get(counts.join());
    if (schedBase === undefined) throw new RangeError('law bench: the command was not loaded');
    const steps = stepsOf(command);
    return {
      kind: 'compute', tokens: noTokens(),
      fields: {
        ...PLAIN_COMPUTE, schedBase, schedLength: counts.length, schedStride: 0, tiles, weightBase: 0, weightStride: steps, indexBase: 0,
        indexStride: this.#format.unit === 'step' ? steps : counts.length, paramBase: 0, pixels, actBase: 3, columnStep: 1, rowStep: 2, outWidth: 3,
        outBase: 0, outPitch: roundUp(ceilDiv(tiles * pes, group), this.#derived.outSubBanks), channels: tiles * pes, dense: dense ? 1 : 0, outHalf: index % 2,
        outZeroPoint: 0, clampMin: -128, clampMax: 127,
      },
      lanes: Array.from({ length: lanes }, (_, lane) => ({ startAddress: 7 * lane, startColumn: lane % 3, operandAddress: 0 })),
    };
  }
}

const randomBytes = (random: Random, length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255));

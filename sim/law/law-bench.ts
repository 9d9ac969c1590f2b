// SPDX-License-Identifier: Apache-2.0
/** Owns measurements of the cycle law: compute commands over random buffers, run on a core, with the law's cycles beside. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive, PARTIAL_SUM_CYCLES, streamBits, type Derived } from '../../generator/arch/derive.js';
import { insertField } from '../../generator/arch/fields.js';
import { planeBitsPerPe, tableWords, type IndexFormat } from '../../generator/arch/index-decoder.js';
import { OPERANDS, SCHEDULE_ENTRY, TABLE_BITS, TABLE_DEPTH } from '../../generator/arch/instructions.js';
import { ceilDiv, roundUp } from '../../generator/core/integers.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { encodeProgram, noTokens, PLAIN_COMPUTE, type ComputeInstruction, type Instruction, type LoadStreamInstruction, type StreamBuffer } from '../../generator/compile/instruction.js';
import type { AcceleratorHost, ProgramResult } from '../harness/index.js';

/** What becomes of a command's sums: values, values by table, partial sums, values from partial sums, or a second pass with an operand. */
export const LAW_KINDS = ['plain', 'table', 'partialOut', 'partialIn', 'add', 'mul'] as const;
export type LawKind = (typeof LAW_KINDS)[number];

/** A compute command: `counts` are the steps on each group of its schedule, shared by all its tiles. */
export interface LawCommand {
  readonly kind: LawKind;
  /** With an operand the last of several groups is that of the operand. */
  readonly counts: readonly number[];
  /** N: pixels a lane. */
  readonly pixels: number;
  readonly tiles: number;
  /** The step counter is the index. */
  readonly dense: boolean;
}

export interface LawMeasurement {
  readonly result: ProgramResult;
  /** The law's CYCLES_SPAN, see `programLaw`. */
  readonly law: number;
  /** Steps that the array takes by the law. */
  readonly steps: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** sum(count): steps on one pixel. */
export const stepsOf = ({ counts }: LawCommand): number => sum(counts);

export const hasSecondPass = ({ kind }: LawCommand): boolean => kind === 'add' || kind === 'mul';

/** max(sum(count), D): cycles of a pixel; 2 D for D with a second pass. */
const pixelCycles = (command: LawCommand, { drain }: Derived): number => Math.max(stepsOf(command), hasSecondPass(command) ? 2 * drain : drain);

/** The law's cycles of one command, FILL excluded. */
export const commandCycles = (command: LawCommand, derived: Derived): number => command.pixels * command.tiles * pixelCycles(command, derived);

/** Cycles from the end of a run to the first of the next, which CYCLES_SPAN does not count: the drain is empty between them. */
export const BARRIER_CYCLES = 1;

/**
 * Commands of a program in runs: a run does not wait for the drain. All of it have a second pass, or none; where D is less
 * than 3, what starts from partial sums begins a run, so that they are written.
 */
export function lawRuns(commands: readonly LawCommand[], { drain }: Derived): LawCommand[][] {
  const runs: LawCommand[][] = [];
  for (const command of commands) {
    const run = runs.at(-1);
    const follows = run !== undefined && hasSecondPass(run[0] as LawCommand) === hasSecondPass(command) && !(command.kind === 'partialIn' && drain < PARTIAL_SUM_CYCLES);
    if (follows) run.push(command);
    else runs.push([command]);
  }
  return runs;
}

/**
 * The fill behind a run. The passes of an operand take turns, beginning with the first pixel; the last pixel waits one
 * cycle for its turn when it ends an odd number of cycles after the first.
 */
function runFill(run: readonly LawCommand[], derived: Derived): number {
  const first = run[0] as LawCommand;
  if (!hasSecondPass(first)) return derived.fill;
  return derived.fillSecond + ((sum(run.map((each) => commandCycles(each, derived))) - pixelCycles(first, derived)) % 2);
}

/** The law's CYCLES_SPAN of a program of commands: their cycles, and one fill a run. */
export const programLaw = (commands: readonly LawCommand[], derived: Derived): number =>
  sum(lawRuns(commands, derived).map((run) => sum(run.map((each) => commandCycles(each, derived))) + runFill(run, derived)));

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
    const indexBits = streamBits(pes * planeBitsPerPe(this.#format, group), bus);
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
    stream('table', TABLE_DEPTH, TABLE_BITS);
    if (this.#format.table !== undefined) stream('pattern', tableWords(this.#format), streamBits(group, bus));
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
      law: programLaw(commands, this.#derived),
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
    for (const command of commands) {
      const key = scheduleKey(command);
      if (this.#schedules.has(key)) continue;
      this.#schedules.set(key, this.#entries.length);
      command.counts.forEach((count, i) => {
        const offset = insertField(0, SCHEDULE_ENTRY.offset, random.integer(0, this.#config.actDepth - 1));
        const isOperand = hasSecondPass(command) && i > 0 && i === command.counts.length - 1;
        this.#entries.push(insertField(insertField(offset, SCHEDULE_ENTRY.countMinusOne, count - 1), SCHEDULE_ENTRY.operand, isOperand ? 1 : 0));
      });
    }
  }

  #compute(command: LawCommand, index: number): ComputeInstruction {
    const { pes, group, lanes } = this.#config;
    const { kind, counts, pixels, tiles, dense } = command;
    const schedBase = this.#schedules.get(scheduleKey(command));
    if (schedBase === undefined) throw new RangeError('law bench: the command was not loaded');
    const steps = stepsOf(command);
    return {
      kind: 'compute', tokens: noTokens(),
      fields: {
        ...PLAIN_COMPUTE, schedBase, schedLength: counts.length, schedStride: 0, tiles, weightBase: 0, weightStride: steps, indexBase: 0,
        indexStride: this.#format.unit === 'step' ? steps : counts.length, paramBase: 0, pixels, actBase: 3, columnStep: 1, rowStep: 2, outWidth: 3,
        outBase: 0, outPitch: roundUp(ceilDiv(tiles * pes, group), this.#derived.drainWords), channels: tiles * pes, dense: dense ? 1 : 0, outHalf: index % 2,
        outZeroPoint: 0, clampMin: -128, clampMax: 127, table: kind === 'table' ? 1 : 0, partialIn: kind === 'partialIn' ? 1 : 0, partialOut: kind === 'partialOut' ? 1 : 0,
        operand: kind === 'add' || kind === 'mul' ? OPERANDS[kind] : OPERANDS.none, operandParam: 1, operandColumnStep: 1, operandRowStep: 3, secondClampMin: -128, secondClampMax: 127,
      },
      lanes: Array.from({ length: lanes }, (_, lane) => ({ startAddress: 7 * lane, startColumn: lane % 3, operandAddress: 0 })),
    };
  }
}

const scheduleKey = (command: LawCommand): string => `${hasSecondPass(command) ? 'operand ' : ''}${command.counts.join()}`;

const randomBytes = (random: Random, length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255));

// SPDX-License-Identifier: Apache-2.0
/** Random legal programs, every field drawn anew: the core and the functional interpreter leave the same memory or both refuse. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive, streamBits } from '../../generator/arch/derive.js';
import { insertField } from '../../generator/arch/fields.js';
import { PARAMETER, PARAMETER_BITS, SCHEDULE_ENTRY } from '../../generator/arch/instructions.js';
import { encodeProgram, noTokens, type ComputeInstruction, type Instruction, type LoadActInstruction, type LoadStreamInstruction, type StoreInstruction, type StreamBuffer } from '../../generator/compile/instruction.js';
import { ceilDiv } from '../../generator/core/integers.js';
import { createRandom, type Random } from '../../generator/core/random.js';
import { findDecoder } from '../../generator/blocks/index.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, MEMORY_BYTES, withCore } from '../support/axi-bench.js';
import { interpret } from '../support/interpreter.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;

/** Bytes from BASE: streams, then activations and outputs together, then the program. */
const STREAMS = { weight: 0, index: 0x4000, schedule: 0x8000, parameter: 0xa000 } as const;
const TENSORS = { start: 0x1_8000, bytes: 0x1_0000 } as const;
const PROGRAM = 0x3_0000;

/** One random machine state and the words of a program on it. */
class ProgramMaker {
  readonly memory = new Uint8Array(MEMORY_BYTES);
  readonly #config: AccelConfig;
  readonly #random: Random;
  readonly #bits: Readonly<Record<StreamBuffer, number>>;
  readonly #depth: Readonly<Record<StreamBuffer, number>>;

  constructor(config: AccelConfig, random: Random) {
    const derived = derive(config);
    this.#config = config;
    this.#random = random;
    this.#bits = {
      weight: derived.weightStreamBits, schedule: 32, parameter: derived.parameterStreamBits,
      index: streamBits(config.pes * findDecoder(config).format.bitsPerPe(config.group), config.bus),
    };
    this.#depth = { weight: config.weightDepth, index: config.weightDepth, schedule: config.schedDepth, parameter: derived.paramDepth };
    this.#fillMemory();
  }

  /** Everything that is read has been written: all buffers and both output halves first. */
  program(): Instruction[] {
    const rounds: Instruction[][] = [this.#initial(), ...Array.from({ length: this.#random.integer(2, 5) }, () => this.#round())];
    rounds.forEach((round, i) => serialize(round, i > 0));
    return [...rounds.flat(), { kind: 'end', tokens: noTokens() }];
  }

  #fillMemory(): void {
    const random = this.#random;
    for (let i = 0; i < PROGRAM; i++) this.memory[i] = random.integer(0, 255);
    const view = new DataView(this.memory.buffer);
    for (let i = 0; i < this.#config.schedDepth; i++) {
      const offset = insertField(0, SCHEDULE_ENTRY.offset, random.integer(0, 65_535));
      view.setUint32(STREAMS.schedule + 4 * i, insertField(offset, SCHEDULE_ENTRY.countMinusOne, random.integer(0, this.#config.group - 1)), true);
    }
    // Multipliers as TFLite makes them.
    const { lsb } = PARAMETER.multiplier;
    for (let word = 0; word < this.#depth.parameter; word++) {
      for (let j = 0; j < this.#config.requant; j++) {
        const at = STREAMS.parameter + (word * this.#bits.parameter + j * PARAMETER_BITS + lsb) / 8;
        if (at + 4 <= TENSORS.start) view.setUint32(at, random.integer(2 ** 30, 2 ** 31 - 1), true);
      }
    }
  }

  #stream(destination: StreamBuffer, base: number, words: number): LoadStreamInstruction {
    const beats = ceilDiv(words * this.#bits[destination], this.#config.bus);
    return { kind: 'loadStream', tokens: noTokens(), destination, fields: { address: STREAMS[destination], base, words, beats: beats + (this.#random.next() < 0.1 ? 1 : 0) } };
  }

  #initial(): Instruction[] {
    const { actDepth, outDepth, pes, group, lanes } = this.#config;
    const act: LoadActInstruction = {
      kind: 'loadAct', tokens: noTokens(), lanes: Array.from({ length: lanes }, () => ({ rowFirst: 0, rowLast: 0 })),
      fields: {
        address: TENSORS.start, rowStride: 0, rows: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, segmentWords: actDepth, segments: 1, segmentStride: 0, actBase: 0,
        actRowPitch: 0, actSegmentPitch: 0, padByte: 0,
      },
    };
    const outPitch = Math.max(1, pes / group);
    const any = this.#compute();
    const fill = (outHalf: number): ComputeInstruction => ({
      ...any, tokens: noTokens(), fields: {
        ...any.fields, schedBase: 0, schedLength: 1, schedStride: 0, tiles: 1, weightBase: 0, indexBase: 0, paramBase: 0, pixels: outDepth / outPitch, outBase: 0, outPitch,
        channels: pes, outHalf,
      },
    });
    const streams = (['weight', 'index', 'schedule', 'parameter'] as const).map((name) => this.#stream(name, 0, this.#depth[name]));
    return [...streams, act, fill(0), fill(1), this.#store()];
  }

  #round(): Instruction[] {
    const loads = Array.from({ length: this.#random.integer(1, 3) }, () => (this.#random.next() < 0.5 ? this.#load() : this.#loadAct()));
    return [...loads, this.#compute(), this.#store()];
  }

  #load(): LoadStreamInstruction {
    const destination = this.#random.pick(['weight', 'index', 'schedule', 'parameter'] as const);
    const base = this.#random.integer(0, this.#depth[destination] - 1);
    return this.#stream(destination, base, this.#random.integer(1, Math.min(40, this.#depth[destination] - base)));
  }

  /** A multiple of GROUP inside the tensor region, with `room` bytes behind it. */
  #address(room: number): number {
    const { group } = this.#config;
    return TENSORS.start + group * this.#random.integer(0, Math.floor((TENSORS.bytes - room) / group));
  }

  #loadAct(): LoadActInstruction {
    const { lanes, group } = this.#config;
    const random = this.#random;
    const rows = random.integer(1, 6);
    const padTop = random.pick([0, 0, 1, 2, rows]);
    const segments = random.integer(1, 3);
    const segmentWords = random.integer(1, 20);
    const stride = (most: number): number => group * random.integer(0, most);
    return {
      kind: 'loadAct', tokens: noTokens(),
      fields: {
        address: this.#address(group * (6 * 60 + 3 * 40 + 20)), rowStride: stride(60), rows, padTop, padBottom: random.pick([0, 0, 1, 2]), padLeft: random.integer(0, 3), padRight: random.integer(0, 3),
        segmentWords, segments, segmentStride: stride(40), actBase: random.integer(0, 65_535), actRowPitch: random.integer(0, 90),
        actSegmentPitch: segmentWords + random.integer(0, 5), padByte: random.integer(0, 255),
      },
      lanes: Array.from({ length: lanes }, () => ({ rowFirst: random.integer(0, 3), rowLast: random.integer(0, 6) })),
    };
  }

  #compute(): ComputeInstruction {
    const { pes, group, lanes, weightDepth, schedDepth, outDepth } = this.#config;
    const { drain, outSubBanks, paramDepth } = derive(this.#config);
    const random = this.#random;
    const tiles = random.integer(1, 3);
    const schedLength = random.integer(1, 4);
    const steps = schedLength * group;
    const weightStride = random.integer(0, Math.floor((weightDepth - steps) / tiles));
    const schedStride = random.pick([0, schedLength, random.integer(0, 9)]);
    const channels = random.integer(1, tiles * pes);
    const words = ceilDiv(channels, group);
    const unit = (value: number): number => Math.floor(value / outSubBanks) * outSubBanks;
    const outPitch = unit(words + outSubBanks - 1 + random.integer(0, 2));
    const pixels = random.integer(1, Math.max(1, Math.min(9, Math.floor((outDepth - words) / Math.max(1, outPitch)))));
    const spare = outDepth - words - (pixels - 1) * outPitch;
    const low = random.integer(-128, 0);
    const outWidth = random.integer(1, 5);
    return {
      kind: 'compute', tokens: noTokens(),
      fields: {
        schedBase: random.integer(0, schedDepth - schedLength - (tiles - 1) * schedStride), schedLength, schedStride, tiles,
        weightBase: random.integer(0, weightDepth - steps - (tiles - 1) * weightStride), weightStride,
        indexBase: random.integer(0, weightDepth - steps - (tiles - 1) * weightStride), indexStride: weightStride,
        paramBase: random.integer(0, paramDepth - tiles * drain), pixels, actBase: random.integer(0, 65_535), columnStep: random.integer(0, 65_535), rowStep: random.integer(0, 65_535),
        outWidth, outBase: unit(random.integer(0, Math.max(0, spare))), outPitch, channels, dense: random.integer(0, 1), outHalf: random.integer(0, 1),
        outZeroPoint: random.integer(-128, 127), clampMin: low, clampMax: random.integer(low, 127),
      },
      lanes: Array.from({ length: lanes }, () => ({ startAddress: random.integer(0, 65_535), startColumn: random.integer(0, outWidth - 1) })),
    };
  }

  #store(): StoreInstruction {
    const { group, lanes, outDepth } = this.#config;
    const random = this.#random;
    const pixelWords = random.integer(1, 4);
    const pixels = random.integer(1, 8);
    const rows = random.integer(1, 3);
    const segments = random.integer(1, 3);
    const segmentWords = random.integer(1, Math.max(1, Math.floor((lanes * pixels * pixelWords) / (rows * segments))));
    const outPitch = random.integer(0, 6);
    const last = (pixels - 1) * outPitch + pixelWords;
    return {
      kind: 'store', tokens: noTokens(),
      fields: {
        address: this.#address(group * (3 * 200 + 3 * 70 + 70)), rows, segments, rowStride: group * random.integer(0, 200), segmentStride: group * random.integer(0, 70), segmentWords,
        outHalf: random.integer(0, 1), outBase: random.integer(0, Math.max(0, outDepth - last) + (random.next() < 0.05 ? 3 : 0)), outPitch, pixels, pixelWords,
      },
    };
  }
}

/** Tokens by which a round's loads, computes and store follow each other, and the rounds too. */
function serialize(round: readonly Instruction[], follows: boolean): void {
  const of = (kinds: readonly Instruction['kind'][]): Instruction[] => round.filter(({ kind }) => kinds.includes(kind));
  const loads = of(['loadAct', 'loadStream']);
  const computes = of(['compute']);
  const [store] = of(['store']);
  if (follows) (loads[0] as Instruction).tokens.popB = true;
  (loads.at(-1) as Instruction).tokens.pushA = true;
  (computes[0] as Instruction).tokens.popA = true;
  (computes.at(-1) as Instruction).tokens.pushB = true;
  (store as Instruction).tokens.popA = true;
  (store as Instruction).tokens.pushB = true;
}

const SHAPES = [
  ['8 PEs, groups of 4, two lanes', {}],
  ['several output banks, bitmap indices, a wide bus', { pes: 16, group: 2, requant: 16, index: 'bitmap', bus: 128, outDepth: 128 }],
  ['a 32-bit bus and groups of 16', { pes: 6, group: 16, lanes: 3, bus: 32, requant: 2, weightDepth: 256 }],
] as const;

describe.skipIf(!hasVerilator)('random legal programs', () => {
  it.each(SHAPES)('do the same on the core as on the interpreter: %s', async (_name, shape) => {
    const config = axiConfig(shape);
    const runs = regress ? 3000 : 80;
    const random = createRandom(61);
    let [done, refused] = [0, 0];
    await withCore(config, 'verilator', async ({ host, session }) => {
      for (let i = 0; i < runs; i++) {
        const maker = new ProgramMaker(config, random);
        const program = maker.program();
        const text = `program ${i} of seed 61: ${JSON.stringify(program)}`;
        maker.memory.set(encodeProgram(program), PROGRAM);
        const result = await host.runProgram({ base: BASE, programOffset: PROGRAM, images: [{ offset: 0, bytes: maker.memory }], timeoutCycles: 500_000 });
        let refusal: string | undefined;
        try {
          interpret(maker.memory, PROGRAM, config);
        } catch (error) {
          refusal = (error as Error).message;
        }
        expect(`${result.status} ${result.error ?? ''}`, `${refusal ?? 'no refusal'}; ${text}`).toBe(refusal === undefined ? 'done ' : 'error outOfRange');
        if (refusal === undefined) {
          done++;
          expect(await session.compareMemory(maker.memory, BASE), text).toBeUndefined();
        } else refused++;
      }
      expect(await busProblems(session)).toEqual([]);
    }, { stall: 15, jitter: 12, reorder: 1 });
    console.log(`random programs, ${config.name}: ${done} leave the interpreter's memory, ${refused} are refused by both`);
    expect(done).toBeGreaterThan(runs / 2);
  }, 3_600_000);
});

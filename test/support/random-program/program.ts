// SPDX-License-Identifier: Apache-2.0
/** Owns random legal programs: rounds of loads, computes and a store, ordered by tokens, on memory of their own. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { encodeProgram, noTokens, type Instruction, type LoadActInstruction, type LoadStreamInstruction, type StoreInstruction, type StreamBuffer } from '../../../generator/compile/instruction.js';
import { ceilDiv } from '../../../generator/core/integers.js';
import type { Random } from '../../../generator/core/random.js';
import { ComputeMaker } from './compute.js';
import { PROGRAM, randomMemory, STREAMS, streamSizes, TENSORS, type StreamSizes } from './memory.js';

export interface RandomProgram {
  readonly memory: Uint8Array;
  readonly program: readonly Instruction[];
}

/** One random machine state with a program on it, at PROGRAM. */
export function randomProgram(config: AccelConfig, random: Random): RandomProgram {
  const memory = randomMemory(config, random);
  const program = new ProgramMaker(config, random, new DataView(memory.buffer)).program();
  memory.set(encodeProgram(program), PROGRAM);
  return { memory, program };
}

class ProgramMaker {
  readonly #config: AccelConfig;
  readonly #random: Random;
  readonly #memory: DataView;
  readonly #streams: StreamSizes;
  readonly #computes: ComputeMaker;

  constructor(config: AccelConfig, random: Random, memory: DataView) {
    this.#config = config;
    this.#random = random;
    this.#memory = memory;
    this.#streams = streamSizes(config);
    this.#computes = new ComputeMaker(config, random);
  }

  /** Everything that is read has been written: all buffers and both output halves first. */
  program(): Instruction[] {
    const rounds: Instruction[][] = [this.#initial(), ...Array.from({ length: this.#random.integer(2, 5) }, () => this.#round())];
    rounds.forEach((round, i) => order(round, rounds[i - 1], this.#random));
    return [...rounds.flat(), { kind: 'end', tokens: noTokens() }];
  }

  #size(name: StreamBuffer): { readonly bits: number; readonly depth: number } {
    const size = this.#streams[name];
    if (size === undefined) throw new Error(`random program: the core has no ${name} buffer`);
    return size;
  }

  #stream(destination: StreamBuffer, base: number, words: number): LoadStreamInstruction {
    const beats = ceilDiv(words * this.#size(destination).bits, this.#config.bus);
    if (destination === 'schedule') for (let i = 0; i < words; i++) this.#computes.schedule[base + i] = this.#memory.getUint32(STREAMS.schedule + 4 * i, true);
    return { kind: 'loadStream', tokens: noTokens(), destination, fields: { address: STREAMS[destination], base, words, beats: beats + (this.#random.next() < 0.1 ? 1 : 0) } };
  }

  #initial(): Instruction[] {
    const { actDepth, lanes } = this.#config;
    const act: LoadActInstruction = {
      kind: 'loadAct', tokens: noTokens(), lanes: Array.from({ length: lanes }, () => ({ rowFirst: 0, rowLast: 0 })),
      fields: {
        address: TENSORS.start, rowStride: 0, rows: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, segmentWords: actDepth, segments: 1, segmentStride: 0, actBase: 0,
        actRowPitch: 0, actSegmentPitch: 0, padByte: 0,
      },
    };
    const streams = (Object.keys(this.#streams) as StreamBuffer[]).map((name) => this.#stream(name, 0, this.#size(name).depth));
    return [...streams, act, ...this.#computes.initial(), this.#store()];
  }

  #round(): Instruction[] {
    const random = this.#random;
    const loads = Array.from({ length: random.integer(1, 3) }, () => (random.next() < 0.6 ? this.#load() : this.#loadAct()));
    const computes = Array.from({ length: random.integer(1, 3) }, () => this.#computes.commands());
    return [...loads, ...computes.flat(), this.#store()];
  }

  #load(): LoadStreamInstruction {
    const destination = this.#random.pick(Object.keys(this.#streams) as StreamBuffer[]);
    const { depth } = this.#size(destination);
    const base = this.#random.integer(0, depth - 1);
    return this.#stream(destination, base, this.#random.integer(1, Math.min(40, depth - base)));
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

  #store(): StoreInstruction {
    const { group, lanes, outDepth } = this.#config;
    const random = this.#random;
    const pixelWords = random.integer(1, random.pick([4, 12]));
    const pixels = random.integer(1, Math.min(8, Math.max(1, Math.floor(outDepth / Math.max(6, pixelWords)))));
    const words = lanes * pixels * pixelWords;
    const rows = random.integer(1, Math.min(3, words));
    const segments = random.integer(1, Math.min(3, Math.floor(words / rows)));
    const segmentWords = random.integer(1, Math.floor(words / (rows * segments)));
    const outPitch = random.pick([pixelWords, random.integer(0, 6)]);
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

/**
 * Tokens by which a round's loads, computes and store follow each other, and the round the one before. Streams, which no
 * store writes, may be loaded as soon as the computes before are done; the computes then wait for the store.
 */
function order(round: readonly Instruction[], before: readonly Instruction[] | undefined, random: Random): void {
  const of = (list: readonly Instruction[], kinds: readonly Instruction['kind'][]): Instruction[] => list.filter(({ kind }) => kinds.includes(kind));
  const loads = of(round, ['loadAct', 'loadStream']);
  const computes = of(round, ['compute']);
  const [firstLoad, lastLoad] = [loads[0] as Instruction, loads.at(-1) as Instruction];
  const [firstCompute, lastCompute] = [computes[0] as Instruction, computes.at(-1) as Instruction];
  const [store] = of(round, ['store']) as [Instruction];
  lastLoad.tokens.pushA = true;
  firstCompute.tokens.popA = true;
  lastCompute.tokens.pushB = true;
  store.tokens.popA = true;
  if (before === undefined) return;
  const storeBefore = before.at(-1) as Instruction;
  if (loads.every(({ kind }) => kind === 'loadStream') && random.next() < 0.5) {
    (of(before, ['compute']).at(-1) as Instruction).tokens.pushA = true;
    firstLoad.tokens.popA = true;
    storeBefore.tokens.pushA = true;
    firstCompute.tokens.popB = true;
  } else {
    storeBefore.tokens.pushB = true;
    firstLoad.tokens.popB = true;
  }
}

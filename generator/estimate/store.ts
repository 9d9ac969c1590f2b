// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of the store unit: walker, burst cutter, reader, packer, write channels and their responses. */
import type { StoreInstruction } from '../compile/instruction.js';
import { burstRoom, busShape, wordBeats, type BusShape } from './bursts.js';
import { MAX_BURST, STORE_BURSTS, STORE_FIFO_DEPTH, type Units } from './units.js';
import type { CommandQueue, Process, TokenQueue } from './machine.js';

export interface StoreTiming {
  /** Write beats of the command. */
  beats: number;
  /** Cycle of its last response. */
  done: number;
}

export interface StoreTokens {
  readonly computeToStore: TokenQueue;
  readonly storeToCompute: TokenQueue;
  readonly storeToLoad: TokenQueue;
}

const RECEIVED_TO_TOKENS = 3;
/** From the last read of a burst to its completeness, from there to its address on the bus, from there to its first beat. */
const READ_TO_COMPLETE = 5;
const ADDRESS_TO_DATA = 1;
/** A power of two above the beats that may be collected. */
const BEAT_RING = 2 * STORE_FIFO_DEPTH;

export class StoreUnit {
  readonly timings: StoreTiming[] = [];
  /** Cycles [from, to) in which the unit is busy, ascending, apart from each other. */
  readonly busy: { from: number; to: number }[] = [];
  idle = 0;
  beats = 0;

  readonly #bus: BusShape;
  readonly #latency: number;
  #cutterFree = 0;
  #lastSent = -1;
  /** First cycle in which the reader takes a burst. */
  #readerFree = 0;
  #lastIssue = -1;
  #lastBeat = -1;
  #lastResponse = -1;
  #bursts = 0;
  /** Words of a pixel of the command, and those of the pixel at hand that are still to be read. */
  #pixelWords = 0;
  #pixelLeft = 0;
  /** Of the last bursts: cycle of the address, of the response; of the last beats: cycle on the bus. */
  readonly #issued: number[] = new Array<number>(STORE_BURSTS).fill(-1);
  readonly #answered: number[] = new Array<number>(STORE_BURSTS).fill(-1);
  readonly #beatSent: number[] = new Array<number>(BEAT_RING).fill(-1);

  constructor(units: Units, private readonly queue: CommandQueue, private readonly tokens: StoreTokens) {
    this.#bus = busShape(units);
    this.#latency = Math.max(3, units.memory.writeLatency);
  }

  *run(commands: readonly { readonly instruction: StoreInstruction; readonly words: number }[]): Process {
    let free = 0;
    for (const { instruction: { tokens, fields: f }, words } of commands) {
      const [first, last] = yield* this.queue.take(words + 1, free);
      let cycle = last + RECEIVED_TO_TOKENS;
      if (tokens.popA) cycle = Math.max(cycle, yield* this.tokens.computeToStore.pop());
      const before = this.beats;
      cycle += 1;
      this.#pixelWords = this.#pixelLeft = f.pixelWords;
      for (let row = 0; row < f.rows; row++) {
        for (let s = 0; s < f.segments; s++) cycle = this.#write(cycle, f.address + row * f.rowStride + s * f.segmentStride, f.segmentWords);
      }
      free = Math.max(cycle, this.#readerFree + 1) + 1;
      if (tokens.pushA) this.tokens.storeToCompute.push(this.#lastResponse);
      if (tokens.pushB) this.tokens.storeToLoad.push(this.#lastResponse);
      this.timings.push({ beats: this.beats - before, done: this.#lastResponse });
      this.idle = Math.max(free, this.#lastResponse + 1);
      const open = this.busy.at(-1);
      if (open !== undefined && first + 1 <= open.to) open.to = this.idle;
      else this.busy.push({ from: first + 1, to: this.idle });
    }
  }

  /** Writes a run of words that is offered from `cycle` on; returns the walker's next cycle. */
  #write(cycle: number, address: number, words: number): number {
    const { busBytes, beatWords } = this.#bus;
    const taken = Math.max(cycle, this.#cutterFree);
    this.#lastSent = Math.max(this.#lastSent, taken);
    const shape = wordBeats(address, words, this.#bus);
    let left = shape.beats;
    let wordsLeft = words;
    let slot = shape.slot;
    for (let at = address; left > 0; ) {
      const beats = Math.min(left, burstRoom(at, busBytes));
      const read = beatWords === 1 ? beats : Math.min(wordsLeft, beats * beatWords - slot);
      this.#burst(beats, beatWords === 1 ? beats : this.#steps(read, slot));
      wordsLeft -= read;
      slot = 0;
      left -= beats;
      at = (Math.floor(at / busBytes) + beats) * busBytes;
    }
    this.#cutterFree = this.#lastSent;
    return taken + 1;
  }

  /** Reads of `words` words from a slot on: one ends with its beat, its pixel or the burst. */
  #steps(words: number, slot: number): number {
    const { beatWords } = this.#bus;
    // One for every beat, one more for every pixel that begins inside a beat.
    let steps = Math.ceil((slot + words) / beatWords);
    for (let at = this.#pixelLeft; at < words; at += this.#pixelWords) if ((slot + at) % beatWords !== 0) steps++;
    const into = words - this.#pixelLeft;
    this.#pixelLeft = into < 0 ? -into : this.#pixelWords - (into % this.#pixelWords);
    return steps;
  }

  /** A burst of `beats` beats that takes `steps` reads of the output buffer. */
  #burst(beats: number, steps: number): void {
    const place = this.#bursts % STORE_BURSTS;
    // Read: the reader is free, the longest burst has room in the write FIFO, the burst in the list; a beat that is sent counts one cycle later.
    let taken = Math.max(this.#lastSent + 1, this.#readerFree, (this.#issued[place] as number) + 1);
    const freed = this.beats - (STORE_FIFO_DEPTH - MAX_BURST);
    if (freed > 0) taken = Math.max(taken, (this.#beatSent[(freed - 1) % BEAT_RING] as number) + 2);
    this.#lastSent = taken;
    this.#readerFree = taken + steps;

    // Address when all data is complete, data behind the address, response.
    const issue = Math.max(this.#readerFree + READ_TO_COMPLETE + 1, this.#lastIssue + 1, (this.#answered[place] as number) + 1);
    this.#lastIssue = issue;
    const begin = Math.max(issue + 1 + ADDRESS_TO_DATA, this.#lastBeat + 1);
    for (let i = 0; i < beats; i++) this.#beatSent[(this.beats + i) % BEAT_RING] = begin + i;
    this.#lastBeat = begin + beats - 1;
    this.#lastResponse = Math.max(this.#lastBeat + this.#latency, this.#lastResponse + 1);
    this.#issued[place] = issue;
    this.#answered[place] = this.#lastResponse;
    this.beats += beats;
    this.#bursts += 1;
  }
}

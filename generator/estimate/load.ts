// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of the load unit: walker, burst cutter, credits of the load FIFO, writer. */
import type { LoadActInstruction, LoadStreamInstruction } from '../compile/instruction.js';
import { burstRoom, busShape, wordBeats, type BusShape } from './bursts.js';
import { LOAD_FIFO_DEPTH, LOAD_RUNS, MAX_BURST, type Units } from './units.js';
import type { CommandQueue, Part, Process, ReadChannel, TokenQueue } from './machine.js';
import { Unpacker } from './unpacker.js';

export type LoadInstruction = LoadActInstruction | LoadStreamInstruction;

export interface LoadTiming {
  /** Read beats of the command. */
  beats: number;
  /** Cycle in which the command is complete. */
  done: number;
}

export interface LoadTokens {
  readonly computeToLoad: TokenQueue;
  readonly storeToLoad: TokenQueue;
  readonly loadToCompute: TokenQueue;
}

/** From the last word of a command to the look at its tokens. */
const RECEIVED_TO_TOKENS = 3;
/** From a beat on the bus to the writer: a register and the beat FIFO. */
const BEAT_TO_WRITER = 4;
/** A power of two above the beats that may be on the way. */
const BEAT_RING = 2 * LOAD_FIFO_DEPTH;

type RunKind = 'pad' | 'act' | 'begin' | 'stream' | 'finish';

export class LoadUnit {
  readonly timings: LoadTiming[] = [];
  /** First cycle in which nothing is under way. */
  idle = 0;

  readonly #bus: BusShape;
  readonly #unpacker = new Unpacker();
  /** First cycle in which the cutter takes a run; last cycle in which it sent a burst. */
  #cutterFree = 0;
  #lastSent = -1;
  /** First cycle in which the writer takes a run. */
  #writerFree = 0;
  /** Cycles in which the writer took the last runs, and the last beats. */
  readonly #runTaken: number[] = new Array<number>(LOAD_RUNS).fill(-1);
  readonly #beatTaken: number[] = new Array<number>(BEAT_RING).fill(-1);
  #runs = 0;
  /** Beats that bursts have claimed, beats that the writer has taken. */
  #claimed = 0;
  #taken = 0;

  constructor(private readonly units: Units, private readonly queue: CommandQueue, private readonly tokens: LoadTokens, private readonly reads: ReadChannel) {
    this.#bus = busShape(units);
  }

  *run(commands: readonly { readonly instruction: LoadInstruction; readonly words: number }[]): Process {
    let free = 0;
    for (const { instruction, words } of commands) {
      const [, last] = yield* this.queue.take(words + 1, free);
      let cycle = last + RECEIVED_TO_TOKENS;
      if (instruction.tokens.popA) cycle = Math.max(cycle, yield* this.tokens.computeToLoad.pop());
      if (instruction.tokens.popB) cycle = Math.max(cycle, yield* this.tokens.storeToLoad.pop());
      const before = this.#claimed;
      cycle += 1;
      if (instruction.kind === 'loadAct') cycle = yield* this.#rows(instruction, cycle);
      else cycle = yield* this.#stream(instruction, cycle);
      const finish = yield* this.#offer('finish', cycle, 0, 0);
      free = finish;
      if (instruction.tokens.pushA) this.tokens.loadToCompute.push(this.#writerFree);
      this.timings.push({ beats: this.#claimed - before, done: this.#writerFree });
      this.idle = this.#writerFree + 1;
    }
  }

  *#stream({ destination, fields }: LoadStreamInstruction, cycle: number): Part<number> {
    const begun = yield* this.#offer('begin', cycle, 0, 0);
    this.#unpacker.start(this.units.streams[destination], fields.words, this.#writerFree + 1);
    return yield* this.#offer('stream', begun, fields.address, fields.beats);
  }

  *#rows({ fields: f, lanes }: LoadActInstruction, first: number): Part<number> {
    let cycle = first;
    let rowAddress = f.address;
    const hasSegments = f.segments > 0 && f.segmentWords > 0;
    for (let row = 0; row < f.rows; row++) {
      const isReal = row >= f.padTop && row + f.padBottom < f.rows;
      cycle += 1;
      if (lanes.some(({ rowFirst, rowLast }) => row >= rowFirst && row <= rowLast)) {
        if (f.padLeft > 0) cycle = yield* this.#offer('pad', cycle, 0, f.padLeft);
        if (hasSegments) {
          for (let s = 0; s < f.segments; s++) cycle = yield* this.#offer(isReal ? 'act' : 'pad', cycle, rowAddress + s * f.segmentStride, f.segmentWords);
        }
        if (f.padRight > 0) cycle = yield* this.#offer('pad', cycle, 0, f.padRight);
      }
      if (isReal) rowAddress += f.rowStride;
    }
    return cycle;
  }

  /**
   * Offers a run from `cycle` on: words for `act` and `pad`, beats for `stream`. Executes it; returns the walker's next cycle.
   */
  *#offer(kind: RunKind, cycle: number, address: number, count: number): Part<number> {
    const taken = Math.max(cycle, this.#cutterFree);
    this.#lastSent = Math.max(this.#lastSent, taken);
    if (kind === 'act' || kind === 'stream') {
      let beats = kind === 'act' ? wordBeats(address, count, this.#bus).beats : count;
      for (let at = address; beats > 0; ) {
        const burst = Math.min(beats, burstRoom(at, this.#bus.busBytes));
        yield* this.#burst(kind, burst);
        beats -= burst;
        at = (Math.floor(at / this.#bus.busBytes) + burst) * this.#bus.busBytes;
      }
    } else {
      const sent = Math.max(this.#lastSent + 1, this.#runRoom());
      this.#lastSent = sent;
      const start = this.#takeRun(sent);
      if (kind === 'pad') this.#writerFree = start + Math.ceil(count / this.#bus.beatWords);
      else if (kind === 'begin') this.#writerFree = start + 1;
      else this.#writerFree = this.#unpacker.finish(start + 1);
    }
    this.#cutterFree = this.#lastSent;
    return taken + 1;
  }

  *#burst(kind: 'act' | 'stream', beats: number): Part<void> {
    let sent = Math.max(this.#lastSent + 1, this.#runRoom());
    // A burst is sent when the longest one has room; a beat that is taken counts one cycle later.
    const freed = this.#claimed - (LOAD_FIFO_DEPTH - MAX_BURST);
    if (freed > 0) sent = Math.max(sent, (this.#beatTaken[(freed - 1) % BEAT_RING] as number) + 2);
    const [taken, first] = yield* this.reads.take('load', sent, beats);
    this.#lastSent = taken;
    this.#claimed += beats;
    const start = this.#takeRun(taken) + 1;
    const arrived = first + BEAT_TO_WRITER;
    if (kind === 'act') {
      const begin = Math.max(start, arrived);
      for (let i = 0; i < beats; i++) this.#beatTaken[(this.#taken + i) % BEAT_RING] = begin + i;
      this.#writerFree = begin + beats - 1;
    } else {
      let cycle = start;
      for (let i = 0; i < beats; i++) {
        cycle = this.#unpacker.take(Math.max(cycle, arrived + i));
        this.#beatTaken[(this.#taken + i) % BEAT_RING] = cycle;
        cycle += 1;
      }
      this.#writerFree = cycle - 1;
    }
    this.#taken += beats;
  }

  /** First cycle in which the run FIFO takes another run. */
  #runRoom(): number {
    return (this.#runTaken[this.#runs % LOAD_RUNS] as number) + 1;
  }

  /** The writer takes a run that was sent in `cycle`; returns when. */
  #takeRun(cycle: number): number {
    const taken = Math.max(cycle + 1, this.#writerFree);
    this.#runTaken[this.#runs % LOAD_RUNS] = taken;
    this.#runs += 1;
    return taken;
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of fetch and dispatch: program beats, words, and when each word enters its unit's queue. */
import type { Unit } from '../compile/tokens.js';
import type { CommandQueue, Part, Process, ReadChannel } from './machine.js';

/** An instruction as dispatch sees it. */
export interface ProgramWords {
  /** Header and payload. */
  readonly words: number;
  /** Undefined: END. */
  readonly unit: Unit | undefined;
}

/** Cycle in which the fetch may ask for its first burst, counted from the write of START as cycle 0. */
const FIRST_REQUEST = 2;
/** From a beat on the bus to its first word in front of the register that dispatch sees. */
const BEAT_TO_WORD = 2;

export class Front {
  /** Cycle on the bus of every program beat; cycle in which its last word went into the register. */
  readonly #arrived: number[] = [];
  readonly #consumed: number[] = [];
  readonly #beatWords: number;
  /** Cycle in which dispatch has come to END. */
  ended = 0;

  constructor(busBytes: number, private readonly programAddress: number, private readonly burst: number, private readonly reads: ReadChannel) {
    this.#beatWords = busBytes / 4;
  }

  *fetch(): Process {
    let beat = this.programAddress / (4 * this.#beatWords);
    let asked = 0;
    for (let cycle = FIRST_REQUEST; ; ) {
      const beats = this.burst - (beat % this.burst);
      const free = asked - this.burst;
      if (free > 0) {
        if (this.#consumed.length < free) yield () => this.#consumed.length >= free;
        cycle = Math.max(cycle, (this.#consumed[free - 1] as number) + 3);
      }
      const [taken, first] = yield* this.reads.take('fetch', cycle, beats);
      for (let i = 0; i < beats; i++) this.#arrived.push(first + i);
      cycle = taken + 2;
      asked += beats;
      beat += beats;
    }
  }

  *dispatch(program: readonly ProgramWords[], queues: Readonly<Record<Unit, CommandQueue>>): Process {
    let cycle = 0;
    let word = 0;
    /** When the register in front of dispatch was last emptied. */
    let emptied = 0;
    for (const { words, unit } of program) {
      // A cycle to look at the header, one to send the address, one a word.
      for (let i = -2; i < words; i++) {
        if (i === -2 || i > 0) cycle = Math.max(cycle, 1 + (yield* this.#enter(word + Math.max(0, i), emptied)));
        if (i === -2 && unit === undefined) {
          this.ended = cycle + 1;
          return;
        }
        if (i >= -1 && unit !== undefined) cycle = yield* queues[unit].write(cycle);
        if (i >= 0) emptied = cycle;
        cycle += 1;
      }
      word += words;
    }
  }
  /** When a word goes into the register that dispatch sees. */
  *#enter(word: number, emptied: number): Part<number> {
    const beat = Math.floor(word / this.#beatWords);
    if (this.#arrived.length <= beat) yield () => this.#arrived.length > beat;
    const cycle = Math.max(emptied, (this.#arrived[beat] as number) + BEAT_TO_WORD);
    if (word % this.#beatWords === this.#beatWords - 1) this.#consumed.push(cycle);
    return cycle;
  }
}

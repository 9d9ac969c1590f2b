// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of fetch and dispatch: program beats, words, and when each word enters its unit's queue. */
import type { Unit } from '../compile/tokens.js';
import type { CommandQueue, Process, ReadChannel } from './machine.js';

/** An instruction as dispatch sees it. */
export interface ProgramWords {
  /** Header and payload. */
  readonly words: number;
  /** Undefined: END. */
  readonly unit: Unit | undefined;
}

/** Cycle in which the fetch may ask for its first burst, counted from the write of START as cycle 0. */
const FIRST_REQUEST = 2;
/** From a beat on the bus to its first word at the dispatch. */
const BEAT_TO_WORD = 2;

export class Front {
  /** Cycle on the bus of every program beat; cycle in which its last word was taken. */
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
        cycle = Math.max(cycle, (this.#consumed[free - 1] as number) + 1);
      }
      const [taken, first] = yield* this.reads.take('fetch', cycle, beats);
      for (let i = 0; i < beats; i++) this.#arrived.push(first + i);
      cycle = taken + 1;
      asked += beats;
      beat += beats;
    }
  }

  *dispatch(program: readonly ProgramWords[], queues: Readonly<Record<Unit, CommandQueue>>): Process {
    let cycle = 0;
    let word = 0;
    const lastOfBeat = this.#beatWords - 1;
    for (const { words, unit } of program) {
      // A cycle to look at the header, one to send the address, one a word.
      for (let i = -2; i < words; i++) {
        const at = word + Math.max(0, i);
        const beat = Math.floor(at / this.#beatWords);
        if (i !== -1) {
          if (this.#arrived.length <= beat) yield () => this.#arrived.length > beat;
          cycle = Math.max(cycle, (this.#arrived[beat] as number) + BEAT_TO_WORD);
        }
        if (i === -2 && unit === undefined) {
          this.ended = cycle + 1;
          return;
        }
        if (i >= -1 && unit !== undefined) cycle = yield* queues[unit].write(cycle);
        if (i >= 0 && at % this.#beatWords === lastOfBeat) this.#consumed.push(cycle);
        cycle += 1;
      }
      word += words;
    }
  }
}

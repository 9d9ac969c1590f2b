// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of the compute side: command receiver, entry fetch, sequencer, drain. */
import { ARRAY_STAGES, PARTIAL_SUM_CYCLES } from '../arch/derive.js';
import type { ComputeInstruction } from '../compile/instruction.js';
import type { CommandWork } from './schedule.js';
import { DRAIN_COMMANDS, ENTRIES_AHEAD, type Units } from './units.js';
import type { CommandQueue, Process, TokenQueue } from './machine.js';

export interface ComputeTiming {
  readonly work: CommandWork;
  /** First cycle in which the command waits for its tokens; in which load->compute, and then store->compute, are there. */
  readonly waiting: number;
  readonly loaded: number;
  readonly granted: number;
  /** First and last cycle of its steps; last cycle of its drain. */
  readonly first: number;
  readonly last: number;
  readonly spanEnd: number;
}

export interface ComputeTokens {
  readonly loadToCompute: TokenQueue;
  readonly storeToCompute: TokenQueue;
  readonly computeToLoad: TokenQueue;
  readonly computeToStore: TokenQueue;
}

/** From the last word of a command to the look at its tokens; from its start to its first step at the earliest. */
const RECEIVED_TO_TOKENS = 2;
const START_TO_STEP = 5;

export class ComputeUnit {
  readonly timings: ComputeTiming[] = [];
  idle = 0;

  constructor(private readonly units: Units, private readonly queue: CommandQueue, private readonly tokens: ComputeTokens) {}

  /** Step whose drain set the phase of second passes; their drain steps fall on every other cycle from there on. */
  #phaseStep = 0;

  *run(commands: readonly { readonly instruction: ComputeInstruction; readonly words: number; readonly work: CommandWork }[]): Process {
    let free = 0;
    let entriesFree = 0;
    let lastStep = -1;
    /** Cycles in which the last commands came to their first capture. */
    const captured = new Array<number>(DRAIN_COMMANDS).fill(-1);
    for (const [i, { instruction, words, work }] of commands.entries()) {
      const { popA, popB, pushA, pushB } = instruction.tokens;
      const [, received] = yield* this.queue.take(words + 1, free);
      const waiting = received + RECEIVED_TO_TOKENS;
      const loaded = popA ? Math.max(waiting, yield* this.tokens.loadToCompute.pop()) : waiting;
      const granted = popB ? Math.max(loaded, yield* this.tokens.storeToCompute.pop()) : loaded;
      const start = Math.max(granted, entriesFree);
      const before = this.timings.at(-1);
      // The drain is empty before it changes between one and two passes, and before sums are read that it may not have written yet.
      const waits = before?.work.isSecondPass !== work.isSecondPass || (instruction.fields.partialIn === 1 && this.units.derived.drain < PARTIAL_SUM_CYCLES);
      const drained = before !== undefined && waits ? before.spanEnd + 1 : 0;
      const taken = Math.max(start + 1, lastStep, (captured[i % DRAIN_COMMANDS] as number) + 1, drained);
      const first = Math.max(start + START_TO_STEP, taken + 1);
      const last = first + work.cycles - 1;
      const firstPixelEnd = first + work.firstPixelCycles - 1;
      const spanEnd = this.#drained(work, firstPixelEnd, last);
      captured[i % DRAIN_COMMANDS] = firstPixelEnd + ARRAY_STAGES - 1;
      entriesFree = Math.max(start + work.entries, work.entries > ENTRIES_AHEAD ? last - work.lastEntriesCycles + 1 : 0);
      lastStep = last;
      free = taken + 1;
      if (pushA) this.tokens.computeToLoad.push(spanEnd);
      if (pushB) this.tokens.computeToStore.push(spanEnd);
      this.timings.push({ work, waiting, loaded, granted, first, last, spanEnd });
      this.idle = spanEnd + 1;
    }
  }
  /** The last cycle of the drain: both tokens are pushed then. */
  #drained({ isSecondPass }: CommandWork, firstPixelEnd: number, last: number): number {
    const { fill, fillSecond } = this.units.derived;
    if (!isSecondPass) return last + fill;
    const before = this.timings.at(-1);
    if (before === undefined || before.spanEnd < firstPixelEnd + ARRAY_STAGES - 1) this.#phaseStep = firstPixelEnd;
    const odd = (last - this.#phaseStep) % 2;
    return last + fillSecond + odd;
  }
}

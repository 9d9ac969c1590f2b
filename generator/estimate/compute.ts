// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of the compute side: command receiver, entry fetch, sequencer, drain. */
import { ARRAY_STAGES } from '../arch/derive.js';
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
const START_TO_STEP = 3;

export class ComputeUnit {
  readonly timings: ComputeTiming[] = [];
  idle = 0;

  constructor(private readonly units: Units, private readonly queue: CommandQueue, private readonly tokens: ComputeTokens) {}

  *run(commands: readonly { readonly instruction: ComputeInstruction; readonly words: number; readonly work: CommandWork }[]): Process {
    let free = 0;
    let entriesFree = 0;
    let lastStep = -1;
    /** Cycles in which the last commands came to their first capture. */
    const captured = new Array<number>(DRAIN_COMMANDS).fill(-1);
    for (const [i, { instruction, words, work }] of commands.entries()) {
      const pass = work.isSecondPass ? 1 : 0;
      const { popA, popB, pushA, pushB } = instruction.tokens;
      const [, received] = yield* this.queue.take(words + 1, free);
      const waiting = received + RECEIVED_TO_TOKENS;
      const loaded = popA ? Math.max(waiting, yield* this.tokens.loadToCompute.pop()) : waiting;
      const granted = popB ? Math.max(loaded, yield* this.tokens.storeToCompute.pop()) : loaded;
      const start = Math.max(granted, entriesFree);
      const before = this.timings.at(-1);
      // The drain changes between one and two passes only when it is empty.
      const drained = before !== undefined && before.work.isSecondPass !== work.isSecondPass ? before.spanEnd + 1 : 0;
      const taken = Math.max(start + 1, lastStep, (captured[i % DRAIN_COMMANDS] as number) + 1, drained);
      const first = Math.max(start + START_TO_STEP, taken + 1);
      const last = first + work.cycles - 1;
      const spanEnd = last + (this.units.spanTail[pass] as number);
      captured[i % DRAIN_COMMANDS] = first + work.firstPixelCycles - 1 + ARRAY_STAGES - 1;
      entriesFree = Math.max(start + work.entries, work.entries > ENTRIES_AHEAD ? last - work.lastEntriesCycles : 0);
      lastStep = last;
      free = taken + 1;
      if (pushA) this.tokens.computeToLoad.push(last + (this.units.readTail[pass] as number));
      if (pushB) this.tokens.computeToStore.push(spanEnd);
      this.timings.push({ work, waiting, loaded, granted, first, last, spanEnd });
      this.idle = spanEnd + 1;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns how the units of the model meet: each is a process that yields what it waits for; times are cycles, known once
 * computed. Units only wait for one another, so the order of evaluation does not matter, except at the read address
 * channel: it is granted when nothing else can move, to the earlier request.
 */
import { DefectError } from '../core/errors.js';
import { BLOCK_FIFO_CYCLES, QUEUE_DEPTH, type MemoryTiming } from './units.js';

/** A process: it may go on when the condition that it yielded holds. */
export type Process = Generator<() => boolean, void, undefined>;

/** A part of a process that ends with a value. */
export type Part<T> = Generator<() => boolean, T, undefined>;

/** Cycles at which tokens were pushed; the k-th pop takes the k-th of them. */
export class TokenQueue {
  readonly pushed: number[] = [];
  #popped = 0;

  push(cycle: number): void {
    this.pushed.push(cycle);
  }

  /** The first cycle in which the next token can be taken. */
  *pop(): Part<number> {
    const k = this.#popped++;
    if (this.pushed.length <= k) yield () => this.pushed.length > k;
    return (this.pushed[k] as number) + 1;
  }
}

/** The command words between dispatch and a unit: a block FIFO. */
export class CommandQueue {
  readonly #written: number[] = [];
  readonly #fetched: number[] = [];
  readonly #popped: number[] = [];

  /** Writes a word in the first cycle from `cycle` on that finds room; returns that cycle. */
  *write(cycle: number): Part<number> {
    const k = this.#written.length;
    let at = cycle;
    if (k >= QUEUE_DEPTH) at = Math.max(at, (yield* this.#fetch(k - QUEUE_DEPTH)) + 1);
    this.#written.push(at);
    return at;
  }

  /** Takes `words` words, one a cycle, from `cycle` on; returns the cycle of the first and of the last. */
  *take(words: number, cycle: number): Part<readonly [first: number, last: number]> {
    let at = cycle - 1;
    let first = 0;
    for (let i = 0; i < words; i++) {
      const k = this.#popped.length;
      if (this.#written.length <= k) yield () => this.#written.length > k;
      at = Math.max(at + 1, (this.#written[k] as number) + BLOCK_FIFO_CYCLES);
      if (i === 0) first = at;
      this.#popped.push(at);
    }
    return [first, at];
  }

  /** When word k leaves the memory for the two registers behind it. */
  *#fetch(k: number): Part<number> {
    while (this.#fetched.length <= k) {
      const j = this.#fetched.length;
      if (j >= 2 && this.#popped.length <= j - 2) yield () => this.#popped.length > j - 2;
      this.#fetched.push(Math.max((this.#written[j] as number) + 1, this.#popped[j - 2] ?? 0));
    }
    return this.#fetched[k] as number;
  }
}

interface ReadRequest {
  readonly cycle: number;
  readonly beats: number;
  /** Cycles of the grant and of the first beat on the bus. */
  granted: readonly [taken: number, firstBeat: number] | undefined;
}

/** The read address and data channels, shared by fetch and loader; answers come in the order of the addresses. */
export class ReadChannel {
  readonly #latency: number;
  #fetch: ReadRequest | undefined;
  #load: ReadRequest | undefined;
  #lastTaken = -1;
  #lastBeat = -1;
  beats = 0;

  constructor({ readLatency }: MemoryTiming) {
    this.#latency = Math.max(3, readLatency);
  }

  /** Asks for a burst from `cycle` on; returns when it is taken and when its first beat comes, one a cycle from then on. */
  *take(client: 'fetch' | 'load', cycle: number, beats: number): Part<readonly [taken: number, firstBeat: number]> {
    const request: ReadRequest = { cycle, beats, granted: undefined };
    if (client === 'fetch') this.#fetch = request;
    else this.#load = request;
    yield () => request.granted !== undefined;
    return request.granted as readonly [number, number];
  }

  /** Grants the earlier of the requests; false when there is none. */
  grant(): boolean {
    const [program, data] = [this.#fetch, this.#load];
    // Of requests in one cycle that of the program comes first.
    const from = this.#lastTaken + 1;
    const isFetch = program !== undefined && (data === undefined || Math.max(program.cycle, from) <= Math.max(data.cycle, from));
    const request = isFetch ? program : data;
    if (request === undefined) return false;
    if (isFetch) this.#fetch = undefined;
    else this.#load = undefined;
    const taken = Math.max(request.cycle, from);
    const first = Math.max(taken + 1 + this.#latency, this.#lastBeat + 1);
    this.#lastTaken = taken;
    this.#lastBeat = first + request.beats - 1;
    this.beats += request.beats;
    request.granted = [taken, first];
    return true;
  }

  get lastBeat(): number {
    return this.#lastBeat;
  }
}

/**
 * Runs processes until none can go on and no read is asked for. `mayRest` are those that need not have ended.
 * Throws DefectError when another one still waits: the program is not legal.
 */
export function runProcesses(processes: Readonly<Record<string, Process>>, reads: ReadChannel, mayRest: readonly string[]): void {
  const live = Object.entries(processes).map(([name, process]) => ({ name, process, ready: (): boolean => true }));
  const waiting = new Set(live);
  for (let moved = true; moved || reads.grant(); ) {
    moved = false;
    for (const unit of waiting) {
      while (unit.ready()) {
        moved = true;
        const next = unit.process.next();
        if (next.done === true) {
          waiting.delete(unit);
          break;
        }
        unit.ready = next.value;
      }
    }
  }
  const stuck = [...waiting].filter(({ name }) => !mayRest.includes(name));
  if (stuck.length > 0) throw new DefectError('estimate', `${stuck.map(({ name }) => name).join(', ')} wait for ever: the program is not legal`);
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what a network run needs of the accelerator: memory, a program run, its counters; knows no simulator. */

/** The core's counters after one program, START to interrupt. `cycles` is the sum of compute, drain, load, store and dispatch. */
export interface ProgramCounters {
  readonly cycles: number;
  readonly compute: number;
  readonly drain: number;
  readonly load: number;
  readonly store: number;
  readonly dispatch: number;
  readonly span: number;
  readonly beatsRead: number;
  readonly beatsWritten: number;
}

export const COUNTER_NAMES = ['cycles', 'compute', 'drain', 'load', 'store', 'dispatch', 'span', 'beatsRead', 'beatsWritten'] as const;

export const NO_CYCLES: ProgramCounters = { cycles: 0, compute: 0, drain: 0, load: 0, store: 0, dispatch: 0, span: 0, beatsRead: 0, beatsWritten: 0 };

export const addCounters = (a: ProgramCounters, b: ProgramCounters): ProgramCounters =>
  Object.fromEntries(COUNTER_NAMES.map((name) => [name, a[name] + b[name]])) as unknown as ProgramCounters;

/** An accelerator with its memory. Addresses are byte offsets from BASE. */
export interface ArrayExecutor {
  /** Whether `read` can tell that a byte was never written. */
  readonly seesUnknown: boolean;
  write(address: number, bytes: Uint8Array): Promise<void>;
  /** Throws when a byte is unknown (never written), as far as the simulator can tell. */
  read(address: number, length: number): Promise<Uint8Array>;
  /** Runs the program at `address` to its interrupt. Throws when it ends in an error or not at all. */
  run(address: number): Promise<ProgramCounters>;
  /** Ends it and returns the violations of bus protocol that the checkers saw. */
  close(): Promise<number>;
}

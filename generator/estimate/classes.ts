// SPDX-License-Identifier: Apache-2.0
/** Owns what each cycle of a run is counted as: the core's classes, from the times of its commands. */
import type { ComputeTiming } from './compute.js';

export interface CycleClasses {
  readonly compute: number;
  readonly drain: number;
  readonly load: number;
  readonly store: number;
  readonly dispatch: number;
}

interface Interval {
  readonly from: number;
  /** The first cycle behind it. */
  readonly to: number;
}

/** Cycles up to the last step of a command, from that of the command before on; the last part ends with the program. */
export type Stretch = CycleClasses & Interval;

/** The compute side is counted a cycle later than the store unit's state. */
const STATUS_DELAY = 1;

/** Cuts the cycles `1..cycles` of a program at the last step of every command; one more stretch follows the last command. */
export function classify(computes: readonly ComputeTiming[], cycles: number, storeBusy: readonly Interval[]): Stretch[] {
  const busy = new Cursor(storeBusy);
  const stretches: Stretch[] = [];
  let from = 1;
  let spanEnd = 0;
  for (const timing of computes) {
    const { work, waiting, loaded, granted, first, last } = timing;
    const gap = classifyGap({ from, to: first }, spanEnd, { from: waiting, to: loaded }, { from: loaded, to: granted }, busy);
    stretches.push({ ...gap, from, to: last + 1, compute: work.steps, drain: gap.drain + work.cycles - work.steps });
    from = last + 1;
    spanEnd = Math.max(spanEnd, timing.spanEnd);
  }
  const none = { from: 0, to: 0 };
  stretches.push({ ...classifyGap({ from, to: cycles + 1 }, spanEnd, none, none, busy), from, to: cycles + 1 });
  return stretches;
}

const overlap = (a: Interval, from: number, to: number): number => Math.max(0, Math.min(a.to, to) - Math.max(a.from, from));

/** A gap without steps: first the waits, then the drain that still runs, then the store unit, else dispatch. */
function classifyGap(gap: Interval, spanEnd: number, waitLoad: Interval, waitStore: Interval, busy: Cursor): CycleClasses {
  let drain = 0;
  let load = 0;
  let store = 0;
  let dispatch = 0;
  // Between these cycles nothing of the compute side changes.
  const edges = [gap.from, gap.to, spanEnd + 1, waitLoad.from, waitLoad.to, waitStore.from, waitStore.to]
    .filter((edge) => edge >= gap.from && edge <= gap.to)
    .sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) {
    const from = edges[i - 1] as number;
    const to = edges[i] as number;
    if (to === from) continue;
    if (overlap(waitLoad, from, to) > 0) load += to - from;
    else if (overlap(waitStore, from, to) > 0) store += to - from;
    else if (from <= spanEnd) drain += to - from;
    else {
      const stored = busy.within(from + STATUS_DELAY, to + STATUS_DELAY);
      store += stored;
      dispatch += to - from - stored;
    }
  }
  return { compute: 0, drain, load, store, dispatch };
}

/** Sums how much of ascending queries lies in ascending intervals. */
class Cursor {
  #next = 0;

  constructor(private readonly intervals: readonly Interval[]) {}

  within(from: number, to: number): number {
    let sum = 0;
    while (this.#next < this.intervals.length && (this.intervals[this.#next] as Interval).to <= from) this.#next++;
    for (let i = this.#next; i < this.intervals.length && (this.intervals[i] as Interval).from < to; i++) sum += overlap(this.intervals[i] as Interval, from, to);
    return sum;
  }
}

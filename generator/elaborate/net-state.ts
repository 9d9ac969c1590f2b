// SPDX-License-Identifier: Apache-2.0
/** Owns the record of who drives and who reads each bit of a net, and what follows from it at the end of a scope. */
import type { Declaration } from '../dsl/signal.js';
import { type Interval, firstOverlap, gapsOf, printIntervals } from './coverage.js';
import type { ProblemList } from './problems.js';

interface Drive extends Interval {
  /** Who drives, for the message. */
  readonly by: () => string;
}

export interface NetState {
  readonly declaration: Declaration;
  readonly width: number;
  readonly drives: Drive[];
  readonly reads: Interval[];
}

/** Input ports arrive driven, output ports are read outside. */
export function createNetState(declaration: Declaration, width: number): NetState {
  const whole = { low: 0, high: width };
  return {
    declaration,
    width,
    drives: declaration.kind === 'input' ? [{ ...whole, by: () => 'the instantiating module' }] : [],
    reads: declaration.kind === 'output' ? [whole] : [],
  };
}

/** `is`, `bit 3 of 8 is`, `bits 4..7 of 8 are`. */
function subject(gaps: readonly Interval[], width: number): string {
  const [first] = gaps;
  if (gaps.length === 1 && first !== undefined) {
    if (first.low === 0 && first.high === width) return 'is';
    if (first.high === first.low + 1) return `${printIntervals(gaps)} of ${width} is`;
  }
  return `${printIntervals(gaps)} of ${width} are`;
}

/** Reports several drivers, undriven bits and unread bits. `place` is the net's own. */
export function checkNetState(state: NetState, place: () => string, problems: ProblemList): void {
  const { declaration, width } = state;
  const overlap = firstOverlap(state.drives);
  if (overlap !== undefined && declaration.kind !== 'input') {
    const { a, b, shared } = overlap;
    problems.add('DRIVERS', place(), `${printIntervals([shared])} driven by ${a.by()} and by ${b.by()}`, declaration);
  }
  const undriven = gapsOf(state.drives, width);
  const unread = gapsOf(state.reads, width);
  if (declaration.kind === 'net' && state.drives.length === 0 && state.reads.length === 0) {
    problems.add('UNUSED', place(), 'declared, but neither driven nor read; remove it', declaration);
    return;
  }
  if (undriven.length > 0) {
    const what = declaration.kind === 'output' ? 'output ' : '';
    problems.add('UNDRIVEN', place(), `${what}${subject(undriven, width)} not driven`, declaration);
  }
  if (unread.length > 0) {
    const what = declaration.kind === 'input' ? 'input ' : '';
    const text = `${what}${subject(unread, width)} never read; read it, or state unused(..., reason)`;
    problems.add('UNUSED', place(), text, declaration);
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the occupation of the on-chip buffers over time: which compute command reads each word last; knows no layer. */
import { DefectError } from '../core/errors.js';
import { roundUp } from '../core/integers.js';

interface Segment {
  readonly start: number;
  readonly end: number;
  /** Compute command (position in the program) after which these words are free. */
  readonly lastUse: number;
}

/** Words of one lane's memory, relative to a base that is still to be chosen. */
export interface Span {
  readonly lane: number;
  readonly start: number;
  readonly length: number;
  readonly lastUse: number;
}

/** One load: it may begin when what it overwrites is no longer read, and must be finished before `firstUse`. */
export interface Part {
  readonly spans: Span[];
  readonly firstUse: number;
}

export interface PlaceOptions {
  /** Bases are multiples of it; it divides the depth of a buffer that wraps. */
  readonly align?: number;
  /** Bases that are tried first. */
  readonly hints?: readonly number[];
  /** The only base that will do. */
  readonly fixed?: number | undefined;
  /** Words that a place may take. */
  readonly within?: { readonly from: number; readonly to: number } | undefined;
}

/** Nothing to wait for. */
export const NEVER = -1;

/** One buffer: `lanes` memories of `depth` words that share one base address. */
export class BufferMap {
  private readonly lanes: Segment[][];

  constructor(private readonly depth: number, lanes: number, private readonly wraps: boolean) {
    this.lanes = Array.from({ length: lanes }, () => []);
  }

  /**
   * Places parts that belong together at one base: the one whose loads wait least.
   * Returns the base and, for each part, the last compute command that it must wait for; undefined when nothing fits.
   */
  place(parts: readonly Part[], { align = 1, hints = [], fixed, within }: PlaceOptions = {}): { readonly base: number; readonly waits: readonly number[] } | undefined {
    const length = Math.max(...parts.flatMap((part) => part.spans.map((span) => span.start + span.length)));
    const aligned = (fixed === undefined ? [...hints, ...this.candidateBases(parts)] : [fixed]).map((base) => roundUp(base, align) % (this.wraps ? this.depth : Infinity));
    const bases = within === undefined
      ? [...new Set(aligned)].filter((base) => base >= 0 && (this.wraps || base + length <= this.depth))
      : [...new Set([roundUp(within.from, align), within.to - length - ((within.to - length) % align), ...aligned])].filter((base) => base >= within.from && base + length <= within.to);
    let best: { base: number; cost: number } | undefined;
    for (const base of bases) {
      const cost = this.stallOf(parts, base);
      if (cost !== undefined && (best === undefined || cost < best.cost)) best = { base, cost };
    }
    return best === undefined ? undefined : { base: best.base, waits: this.occupy(parts, best.base) };
  }

  /** Address 0 and, for the first spans, the place behind every occupied range. */
  private candidateBases(parts: readonly Part[]): number[] {
    const bases = new Set([0]);
    if (!this.wraps) bases.add(this.depth - Math.max(...parts.flatMap((part) => part.spans.map((span) => span.start + span.length))));
    for (const { lane, start } of (parts[0] as Part).spans) {
      for (const { end } of this.lanes[lane] as Segment[]) bases.add((((end - start) % this.depth) + this.depth) % this.depth);
    }
    return [...bases];
  }

  /** How late the first loads come, as commands that are not overlapped; undefined when a wait would never end. */
  private stallOf(parts: readonly Part[], base: number): number | undefined {
    let cost = 0;
    for (const [i, part] of parts.entries()) {
      const wait = Math.max(NEVER, ...part.spans.map((span) => this.lastUse(span.lane, base + span.start, span.length)));
      if (wait >= part.firstUse) return undefined;
      // Waiting for the command before the first use leaves nothing to hide the load behind; one earlier is as good as none.
      const late = Math.max(0, wait - (part.firstUse - 2));
      cost += late * (i === 0 ? 100 : 1) + (wait + 1) * 1e-6;
    }
    return cost;
  }

  private occupy(parts: readonly Part[], base: number): number[] {
    return parts.map((part) => {
      const wait = Math.max(NEVER, ...part.spans.map((span) => this.lastUse(span.lane, base + span.start, span.length)));
      if (wait >= part.firstUse) throw new DefectError('BufferMap', `a load for command ${part.firstUse} waits for command ${wait}`);
      for (const span of part.spans) this.assign(span.lane, base + span.start, span.length, span.lastUse);
      return wait;
    });
  }

  /** The one or two ranges below `depth` that a span covers. */
  private pieces(start: number, length: number): [number, number][] {
    const from = start % this.depth;
    return from + length <= this.depth ? [[from, from + length]] : [[from, this.depth], [0, from + length - this.depth]];
  }

  private lastUse(lane: number, start: number, length: number): number {
    let last = NEVER;
    for (const [from, to] of this.pieces(start, length)) {
      for (const segment of this.lanes[lane] as Segment[]) {
        if (segment.start < to && from < segment.end) last = Math.max(last, segment.lastUse);
      }
    }
    return last;
  }

  private assign(lane: number, start: number, length: number, lastUse: number): void {
    for (const [from, to] of this.pieces(start, length)) {
      const kept = (this.lanes[lane] as Segment[]).flatMap((segment): Segment[] => {
        if (segment.end <= from || segment.start >= to) return [segment];
        const left = { ...segment, end: from };
        const right = { ...segment, start: to };
        return [left, right].filter((rest) => rest.start < rest.end);
      });
      kept.push({ start: from, end: to, lastUse });
      this.lanes[lane] = kept;
    }
  }
}

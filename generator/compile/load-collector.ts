// SPDX-License-Identifier: Apache-2.0
/** Owns the loads of a program run: gathers what commands need into places, and puts the places into the buffers. */
import type { AccelConfig } from '../arch/config.js';
import { TABLE_DEPTH } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import { roundUp } from '../core/integers.js';
import { operandWalk } from './banding.js';
import { BufferMap, type Part, type Span } from './buffer-map.js';
import { shareOfDepth, type WordRange } from './buffer-share.js';
import { walkOf } from './chunks.js';
import type { Command } from './commands.js';
import { PlacementError } from './errors.js';
import { bandRows, laneWindows, type Walk } from './geometry.js';
import type { StreamBuffer } from './instruction.js';
import { inputKey, operandKey, streamPlace } from './stream-places.js';

/** Padded rows of a layer's input, or rows of its operand, that one load brings, and which of them each lane keeps (first and last). */
export interface RowLoad {
  readonly kind: 'act' | 'operand';
  readonly rowFirst: number;
  readonly rowLast: number;
  readonly lanes: readonly { readonly first: number; readonly last: number }[];
}

/** A stream into its buffer. */
export interface StreamLoad {
  readonly kind: 'stream';
  readonly buffer: StreamBuffer;
  /** Buffer words from the base of its place. */
  readonly offset: number;
}

/** One load command: what it brings, when it is first read, what it must wait for. */
export interface PlannedLoad {
  readonly command: Command;
  readonly what: RowLoad | StreamLoad;
  readonly place: Place;
  /** Last compute command that still reads what this load overwrites; -1: none. */
  wait: number;
}

/** A place in a buffer that several loads fill and several commands read. */
export interface Place {
  readonly buffer: StreamBuffer | 'act';
  readonly align: number;
  /** The base where it is given: ids of patterns are table words. */
  readonly fixed: number | undefined;
  /** A place that this one lies behind, and by how many words; it takes `words` there. */
  readonly behind: { readonly place: Place; readonly offset: number; readonly words: number } | undefined;
  base: number;
  readonly loads: PlannedLoad[];
  readonly parts: Part[];
}

/** Words of each buffer. */
export interface BufferDepths {
  readonly act: number;
  readonly weight: number;
  readonly schedule: number;
  readonly parameter: number;
  readonly pattern: number;
  readonly lanes: number;
}

type MutableSpan = { -readonly [K in keyof Span]: Span[K] };

/** What a band's rows of one tensor ask of the banks. */
interface Rows {
  readonly kind: RowLoad['kind'];
  readonly key: string;
  readonly place: Place;
  readonly walk: Walk;
  /** Row at the base of the place, words from there, and from row to row. */
  readonly origin: number;
  readonly offset: number;
  readonly rowPitch: number;
}

/** Walk of a command over the padded input. */
export const inputWalk = ({ plan: { layer, tiling }, part }: Command): Walk => walkOf(layer, tiling.ownWindows ? part.chunk : 'whole');

/** A later command that needs the same as an earlier one only prolongs the use. */
export class LoadCollector {
  readonly loads: PlannedLoad[] = [];
  readonly reads = new Map<Command, PlannedLoad[]>();
  private readonly places = new Map<string, Place>();
  private readonly spans = new Map<string, { load: PlannedLoad; span: MutableSpan }>();

  constructor(private readonly config: AccelConfig) {}

  placeOf(command: Command, buffer: Place['buffer'] | 'operand'): Place | undefined {
    if (buffer === 'act') return this.places.get(inputKey(command));
    if (buffer === 'operand') return this.places.get(operandKey(command));
    return this.places.get(streamPlace(command, buffer, this.config).key);
  }

  need(command: Command, buffer: StreamBuffer | 'operand' | 'act'): void {
    const { plan: { tiling, streams }, group, part } = command;
    if (buffer === 'act') this.needRows(command, this.inputRows(command));
    else if (buffer === 'operand') {
      if (tiling.operand !== undefined && part.chunk.isLast) this.needRows(command, this.operandRows(command));
    } else if (streams[group.index]?.[part.chunk.index]?.[buffer] !== undefined) this.needStream(command, buffer);
  }

  placeAll({ act, weight, schedule, parameter, pattern, lanes }: BufferDepths): void {
    const maps = {
      act: new BufferMap(act, lanes, true),
      weight: new BufferMap(weight, 1, false),
      index: new BufferMap(weight, 1, false),
      schedule: new BufferMap(schedule, 1, false),
      parameter: new BufferMap(parameter, 1, false),
      table: new BufferMap(TABLE_DEPTH, 1, false),
      pattern: new BufferMap(pattern, 1, false),
    };
    for (const [key, place] of this.places) {
      const { align, behind, fixed } = place;
      const start = behind === undefined ? 0 : behind.place.base + behind.offset;
      const hints = behind === undefined ? [] : [start, ...(behind.offset + 2 * roundUp(behind.words, align) <= act ? [start + roundUp(behind.words, align)] : [])];
      const placed = maps[place.buffer].place(place.parts.map((part) => ({ ...part, spans: mergeSpans(part.spans) })), { align, hints, fixed, within: shareOf(place, { act, weight, index: weight, schedule }) });
      if (placed === undefined) throw new PlacementError(key, (place.loads[0] as PlannedLoad).command.plan.layer.name);
      place.base = placed.base;
      place.loads.forEach((load, i) => (load.wait = placed.waits[i] as number));
    }
  }

  private placeFor(key: string, buffer: Place['buffer'], align = 1, behind?: Place['behind'], fixed?: number): Place {
    const place = this.places.get(key) ?? { buffer, align, fixed, behind, base: 0, loads: [], parts: [] };
    this.places.set(key, place);
    return place;
  }

  private addLoad(command: Command, place: Place, what: PlannedLoad['what']): PlannedLoad {
    const load: PlannedLoad = { command, what, place, wait: -1 };
    place.loads.push(load);
    place.parts.push({ spans: [], firstUse: command.index });
    this.loads.push(load);
    return load;
  }

  private use(command: Command, key: string): void {
    const known = this.spans.get(key);
    if (known === undefined) throw new DefectError('LoadCollector', `${key} is not loaded`);
    known.span.lastUse = command.index;
    const reads = this.reads.get(command) ?? [];
    if (!reads.includes(known.load)) reads.push(known.load);
    this.reads.set(command, reads);
  }

  private addSpan(key: string, load: PlannedLoad, span: MutableSpan): void {
    (load.place.parts.at(-1) as Part).spans.push(span);
    this.spans.set(key, { load, span });
  }

  private needStream(command: Command, buffer: StreamBuffer): void {
    const { key, stream, offset, words } = streamPlace(command, buffer, this.config);
    const spanKey = `stream ${stream}`;
    if (!this.spans.has(spanKey)) {
      const place = this.placeFor(key, buffer, 1, undefined, buffer === 'pattern' ? command.plan.library?.base : undefined);
      const load = this.addLoad(command, place, { kind: 'stream', buffer, offset });
      this.addSpan(spanKey, load, { lane: 0, start: offset, length: words, lastUse: command.index });
    }
    this.use(command, spanKey);
  }

  private inputRows(command: Command): Rows {
    const { plan: { tiling }, band } = command;
    const key = inputKey(command);
    const walk = inputWalk(command);
    return {
      kind: 'act', key: `act ${key}`, place: this.placeFor(key, 'act', tiling.align), walk,
      origin: tiling.ring ? 0 : bandRows(walk, band)[0], offset: 0, rowPitch: tiling.rowPitch,
    };
  }

  private operandRows(command: Command): Rows {
    const { plan: { layer, tiling }, band } = command;
    const { offset = 0, rowPitch = 0, behind = 0 } = tiling.operand ?? {};
    const key = operandKey(command);
    const walk = operandWalk(layer);
    const input = this.placeFor(inputKey(command), 'act', tiling.align);
    const words = (layer.operand?.rowStep === 1 ? tiling.rows : 1) * rowPitch;
    const place = this.placeFor(key, 'act', tiling.align, tiling.operand?.offset === undefined ? { place: input, offset: behind, words } : undefined);
    return { kind: 'operand', key: `operand ${key}`, place, walk, origin: bandRows(walk, band)[0], offset, rowPitch };
  }

  private needRows(command: Command, { kind, key, place, walk, origin, offset, rowPitch }: Rows): void {
    const windows = laneWindows(walk, command.band, this.config.lanes);
    const rowKey = (lane: number, row: number): string => `${key}/${lane}/${row}`;
    const lanes = windows.map(({ rowFirst, rowLast }, lane) => {
      const missing: number[] = [];
      for (let row = rowFirst; row <= rowLast; row++) if (!this.spans.has(rowKey(lane, row))) missing.push(row);
      const [first, last] = [missing[0] ?? 1, missing.at(-1) ?? 0];
      if (missing.length > 0 && last - first + 1 !== missing.length) throw new DefectError('needRows', `rows of ${key} are missing with gaps`);
      return { first, last };
    });
    const wanted = lanes.filter(({ first, last }) => first <= last);
    if (wanted.length > 0) {
      const rowFirst = Math.min(...wanted.map(({ first }) => first));
      const rowLast = Math.max(...wanted.map(({ last }) => last));
      const load = this.addLoad(command, place, { kind, rowFirst, rowLast, lanes });
      lanes.forEach(({ first, last }, lane) => {
        for (let row = first; row <= last; row++) {
          this.addSpan(rowKey(lane, row), load, { lane, start: offset + (row - origin) * rowPitch, length: rowPitch, lastUse: command.index });
        }
      });
    }
    windows.forEach(({ rowFirst, rowLast }, lane) => {
      for (let row = rowFirst; row <= rowLast; row++) this.use(command, rowKey(lane, row));
    });
  }
}

/** What a layer that takes turns with its neighbour may use of a buffer. */
function shareOf({ buffer, loads }: Place, depths: Readonly<Partial<Record<Place['buffer'], number>>>): WordRange | undefined {
  const [turns, depth] = [loads[0]?.command.plan.turns, depths[buffer]];
  return turns === undefined || depth === undefined ? undefined : shareOfDepth(depth, turns);
}

/** Neighbouring spans of a lane with one last use become one. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: MutableSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && last.lane === span.lane && last.lastUse === span.lastUse && last.start + last.length === span.start) last.length += span.length;
    else merged.push({ ...span });
  }
  return merged;
}

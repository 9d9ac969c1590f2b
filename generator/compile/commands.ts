// SPDX-License-Identifier: Apache-2.0
/** Owns the compute commands of a program run and the loads they need, placed in the buffers; emits no instruction. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { DefectError } from '../core/errors.js';
import { BufferMap, type Part, type Span } from './buffer-map.js';
import { bandRows, laneWindows, type Band } from './geometry.js';
import type { StreamBuffer } from './instruction.js';
import type { LayerPlan } from './layer-plan.js';
import type { TileGroup } from './tile-group.js';

export interface Command {
  readonly index: number;
  readonly plan: LayerPlan;
  readonly band: Band;
  readonly group: TileGroup;
}

/** Padded rows of a layer that one load brings, and which of them each lane keeps (layer rows, first and last). */
export interface ActLoad {
  readonly kind: 'act';
  readonly rowFirst: number;
  readonly rowLast: number;
  readonly lanes: readonly { readonly first: number; readonly last: number }[];
}

/** A stream into its buffer. */
export interface StreamLoad {
  readonly kind: 'stream';
  readonly buffer: StreamBuffer;
  readonly group: TileGroup;
  /** Buffer words from the base of its place. */
  readonly offset: number;
}

/** One load command: what it brings, when it is first read, what it must wait for. */
export interface PlannedLoad {
  readonly command: Command;
  readonly what: ActLoad | StreamLoad;
  readonly place: Place;
  /** Last compute command that still reads what this load overwrites; -1: none. */
  wait: number;
}

/** A place in a buffer that several loads fill and several commands read. */
export interface Place {
  readonly buffer: StreamBuffer | 'act';
  base: number;
  readonly loads: PlannedLoad[];
  readonly parts: Part[];
}

export interface CommandPlan {
  readonly commands: readonly Command[];
  /** Loads in order of first use. */
  readonly loads: readonly PlannedLoad[];
  /** Places of a command by buffer. */
  placeOf(command: Command, buffer: Place['buffer']): Place | undefined;
  /** Loads whose data a command reads. */
  readsOf(command: Command): readonly PlannedLoad[];
}

/** All (band, group) pairs of the layers, in the order of their loops. */
export function listCommands(plans: readonly LayerPlan[]): Command[] {
  const commands: Command[] = [];
  for (const plan of plans) {
    const { bands, groups, order } = plan.tiling;
    const push = (band: Band, group: TileGroup): number => commands.push({ index: commands.length, plan, band, group });
    if (order === 'bands-outer') for (const band of bands) for (const group of groups) push(band, group);
    else for (const group of groups) for (const band of bands) push(band, group);
  }
  return commands;
}

/** Order of the loads of one command: what the first step needs last comes last, because it may wait for a store. */
const LOAD_ORDER = ['weight', 'index', 'schedule', 'parameter', 'act'] as const;

export function planCommands(plans: readonly LayerPlan[], config: AccelConfig): CommandPlan {
  const commands = listCommands(plans);
  const collector = new LoadCollector(config);
  for (const command of commands) for (const buffer of LOAD_ORDER) collector.need(command, buffer);
  collector.placeAll();
  return {
    commands,
    loads: collector.loads,
    placeOf: (command, buffer) => collector.placeOf(command, buffer),
    readsOf: (command) => collector.reads.get(command) ?? [],
  };
}

/** Gathers what commands need into places; a later command that needs the same only prolongs the use. */
class LoadCollector {
  readonly loads: PlannedLoad[] = [];
  readonly reads = new Map<Command, PlannedLoad[]>();
  private readonly places = new Map<string, Place>();
  private readonly spans = new Map<string, { load: PlannedLoad; span: MutableSpan }>();

  constructor(private readonly config: AccelConfig) {}

  placeOf(command: Command, buffer: Place['buffer']): Place | undefined {
    return this.places.get(placeKey(command, buffer));
  }

  need(command: Command, buffer: Place['buffer']): void {
    if (buffer === 'act') this.needRows(command);
    else if (command.plan.streams[command.group.index]?.[buffer] !== undefined) this.needStream(command, buffer);
  }

  placeAll(): void {
    const { actDepth, weightDepth, schedDepth, lanes } = this.config;
    const maps = {
      act: new BufferMap(actDepth, lanes, true),
      weight: new BufferMap(weightDepth, 1, false),
      index: new BufferMap(weightDepth, 1, false),
      schedule: new BufferMap(schedDepth, 1, false),
      parameter: new BufferMap(derive(this.config).paramDepth, 1, false),
    };
    for (const [key, place] of this.places) {
      const placed = maps[place.buffer].place(place.parts.map((part) => ({ ...part, spans: mergeSpans(part.spans) })));
      if (placed === undefined) throw new DefectError('placeAll', `${key} does not fit although its tiling does`);
      place.base = placed.base;
      place.loads.forEach((load, i) => (load.wait = placed.waits[i] as number));
    }
  }

  private placeFor(command: Command, buffer: Place['buffer']): Place {
    const key = placeKey(command, buffer);
    const place = this.places.get(key) ?? { buffer, base: 0, loads: [], parts: [] };
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
    const { group, plan } = command;
    const shared = buffer === 'schedule' && plan.schedule.shared;
    const key = `${placeKey(command, buffer)}/${shared ? 0 : group.index}`;
    if (!this.spans.has(key)) {
      const place = this.placeFor(command, buffer);
      const offset = streamOffset(plan, group, buffer);
      const load = this.addLoad(command, place, { kind: 'stream', buffer, group, offset });
      this.addSpan(key, load, { lane: 0, start: offset, length: group.words[buffer], lastUse: command.index });
    }
    this.use(command, key);
  }

  private needRows(command: Command): void {
    const { plan: { layer, tiling }, band } = command;
    const key = placeKey(command, 'act');
    const place = this.placeFor(command, 'act');
    const windows = laneWindows(layer, band, this.config.lanes);
    const [bandFirst] = bandRows(layer, band);
    const origin = tiling.ring ? 0 : bandFirst;
    const rowKey = (lane: number, row: number): string => `${key}/${lane}/${row}`;
    const lanes = windows.map(({ rowFirst, rowLast }, lane) => {
      const missing: number[] = [];
      for (let row = rowFirst; row <= rowLast; row++) if (!this.spans.has(rowKey(lane, row))) missing.push(row);
      const [first, last] = [missing[0] ?? 1, missing.at(-1) ?? 0];
      if (missing.length > 0 && last - first + 1 !== missing.length) throw new DefectError('needRows', `rows of ${layer.name} are missing with gaps`);
      return { first, last };
    });
    const wanted = lanes.filter(({ first, last }) => first <= last);
    if (wanted.length > 0) {
      const rowFirst = Math.min(...wanted.map(({ first }) => first));
      const rowLast = Math.max(...wanted.map(({ last }) => last));
      const load = this.addLoad(command, place, { kind: 'act', rowFirst, rowLast, lanes });
      lanes.forEach(({ first, last }, lane) => {
        for (let row = first; row <= last; row++) {
          this.addSpan(rowKey(lane, row), load, { lane, start: (row - origin) * tiling.rowPitch, length: tiling.rowPitch, lastUse: command.index });
        }
      });
    }
    windows.forEach(({ rowFirst, rowLast }, lane) => {
      for (let row = rowFirst; row <= rowLast; row++) this.use(command, rowKey(lane, row));
    });
  }
}

/** Buffer words from the base of a place to a group's stream: resident groups lie one behind the other. */
export function streamOffset({ tiling, schedule }: LayerPlan, group: TileGroup, buffer: StreamBuffer): number {
  if (!tiling.resident || (buffer === 'schedule' && schedule.shared)) return 0;
  return tiling.groups.slice(0, group.index).reduce((sum, each) => sum + each.words[buffer], 0);
}

type MutableSpan = { -readonly [K in keyof Span]: Span[K] };

/** Where a command finds a buffer's content: commands with the same key share a place. */
function placeKey({ index: _index, plan: { layer, tiling, schedule }, band, group }: Command, buffer: Place['buffer']): string {
  const bandKey = `${band.row},${band.column}`;
  if (buffer === 'schedule' && schedule.shared) return `${layer.name}/schedule`;
  if (buffer !== 'act') {
    if (tiling.resident) return `${layer.name}/${buffer}`;
    const once = tiling.order === 'groups-outer' || tiling.groups.length === 1;
    return once ? `${layer.name}/${buffer}/${group.index}` : `${layer.name}/${buffer}/${group.index}/${bandKey}`;
  }
  const pass = tiling.order === 'groups-outer' && !tiling.wholeInput ? `/${group.index}` : '';
  return tiling.ring ? `${layer.name}/act${pass}` : `${layer.name}/act${pass}/${bandKey}`;
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

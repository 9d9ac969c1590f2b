// SPDX-License-Identifier: Apache-2.0
/** Owns everything about one array layer that does not depend on its neighbours: schedule, tiling, streams in memory. */
import type { AccelConfig } from '../arch/config.js';
import { tableWords, type IndexFormat } from '../arch/index-decoder.js';
import type { ArrayLayer } from './array-layer.js';
import type { Entry } from './chunks.js';
import { collectDemands, encodeParameters, encodePatterns, encodeSchedule, encodeSlots, encodeTables, type EncodeContext } from './encode.js';
import { commonPlanes } from './grouping.js';
import type { StreamBuffer } from './instruction.js';
import type { TensorLayout } from './layout.js';
import type { MemoryImage } from './memory.js';
import type { Demand, PatternLibrary } from './pattern-library.js';
import { planPatterns } from './pattern-plan.js';
import { scheduled, type ProgramLayer, type ScheduledLayer } from './scheduled-layer.js';
import type { EncodedStream } from './stream-writer.js';
import { takeTurns } from './take-turns.js';
import type { GroupPart, TileGroup } from './tile-group.js';
import type { LayerTiling, TilingContext } from './tiling.js';
import { inputWindow, operandWindow } from './windows.js';

/** A stream as it lies in memory. */
export interface StoredStream {
  readonly address: number;
  readonly bytes: number;
  readonly words: number;
}

/** Streams of a command; one that the layer does not need is absent. */
export type StoredStreams = Readonly<Partial<Record<StreamBuffer, StoredStream>>>;

export interface LayerPlan extends ScheduledLayer {
  /** Position sets in the pattern table; undefined when the layer needs none. */
  readonly library: PatternLibrary | undefined;
  /** By group and chunk. */
  readonly streams: readonly (readonly StoredStreams[])[];
}

export interface LayerContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  readonly memory: MemoryImage;
  /** Where tensors lie, for the cost of reading parts of their pixels. */
  readonly tensor?: (id: number) => TensorLayout;
  /** Layers that take turns with none (default: none of them). */
  readonly apart?: ReadonlySet<string> | 'all';
}

/** A layer, and whether it is the first of its program. */
export interface LayerInProgram {
  readonly layer: ArrayLayer;
  readonly startsProgram: boolean;
}

const NONE_APART: ReadonlySet<string> = new Set();

/** Chooses the tiling of each layer, shares the pattern table among them and puts their streams into memory. Throws the compiler's typed errors. */
export function planLayers(layers: readonly LayerInProgram[], context: LayerContext): LayerPlan[] {
  const { config, format, tensor, apart = NONE_APART } = context;
  const pixelBytes = tensor === undefined ? undefined : (id: number): number => tensor(id).pixelBytes;
  const alone = layers.map(({ layer, startsProgram }): ProgramLayer => {
    const own: TilingContext = { config, format, startsProgram, pixelBytes };
    return { layer, ...scheduled(layer, own), context: own };
  });
  const planned = apart === 'all' ? alone : takeTurns(alone, apart);
  const libraries = librariesOf(planned, context);
  const stored = new Map<PatternLibrary, StoredStream>();
  return planned.map((each) => storeStreams(each, libraries.get(each.layer.name), stored, context));
}

/** The same for one layer alone. */
export const planLayer = (layer: ArrayLayer, startsProgram: boolean, context: LayerContext): LayerPlan => planLayers([{ layer, startsProgram }], context)[0] as LayerPlan;

/** Libraries by layer; none without a table. */
function librariesOf(layers: readonly ScheduledLayer[], { config, format }: LayerContext): ReadonlyMap<string, PatternLibrary> {
  if (format.table === undefined) return new Map();
  const needs = layers.filter(({ schedule }) => !schedule.dense).map(({ layer, schedule, tiling }) => {
    const [demands, fixed] = [new Set<Demand>(), new Set<Demand>()];
    for (const { parts, firstTile } of tiling.groups) for (const part of parts) collectDemands({ layer, schedule, config, format }, part, firstTile, demands, fixed);
    return { layer: layer.name, demands, fixed: { demands: fixed, why: readByChannel(layer) } };
  });
  return planPatterns(needs, tableWords(format), config);
}

/** What reads channels one by one. */
function readByChannel({ ops, operand }: ArrayLayer): string {
  const second = operand === undefined ? undefined : ops.find(({ kind }) => kind === operand.kind);
  return second === undefined ? `${ops[0]?.kind} reads one channel at a time` : `${second.name} reads one channel of its second tensor at a time`;
}

function storeStreams({ layer, schedule, tiling, turns }: ScheduledLayer, library: PatternLibrary | undefined, libraries: Map<PatternLibrary, StoredStream>, { config, format, memory }: LayerContext): LayerPlan {
  const encode: EncodeContext = { layer, schedule, config, format, library };
  const store = (stream: EncodedStream): StoredStream => ({ address: memory.append(stream.bytes), bytes: stream.bytes.length, words: stream.words });
  const common = commonPlanes(schedule);
  const [firstGroup] = tiling.groups as [TileGroup];
  const table = encodeTables(layer, config);
  if (library !== undefined && !libraries.has(library)) libraries.set(library, store(encodePatterns(library, config)));
  const pattern = library === undefined ? undefined : libraries.get(library);
  const stored = { ...(table === undefined ? {} : { table: store(table) }), ...(pattern === undefined ? {} : { pattern }) };
  const first = firstGroup.parts.map((part) => slotsAndSchedule(encode, tiling, firstGroup, part, store));
  const streams = tiling.groups.map((group) => {
    const parameter = store(encodeParameters(layer.parameters, group.firstChannel, group.tiles.length, layer.operand?.parameters, config));
    return group.parts.map((part, p): StoredStreams => {
      const shared = first[p] as StoredStreams;
      if (group === firstGroup) return { ...shared, ...stored, parameter };
      const own = common.weight && common.index && common.schedule ? {} : slotsAndSchedule(encode, tiling, group, part, store, common);
      return { ...shared, ...own, ...stored, parameter };
    });
  });
  return { layer, schedule, tiling, library, streams, ...(turns === undefined ? {} : { turns }) };
}

const NONE_COMMON = { weight: false, index: false, schedule: false };

/** Weight, index and schedule streams of a command, without those that are common to all groups. */
function slotsAndSchedule(
  context: EncodeContext, tiling: LayerTiling, group: TileGroup, part: GroupPart, store: (stream: EncodedStream) => StoredStream, common = NONE_COMMON,
): StoredStreams {
  const { weight, index } = common.weight && common.index ? { weight: undefined, index: undefined } : encodeSlots(context, part, group.firstTile);
  return {
    ...(common.weight || weight === undefined ? {} : { weight: store(weight) }),
    ...(common.index || index === undefined ? {} : { index: store(index) }),
    ...(common.schedule ? {} : { schedule: store(encodeSchedule(context, part, group.firstTile, (entry, tile) => entryOffset(context, tiling, group, part, entry, tile))) }),
  };
}

/**
 * Bank words from the window of a pixel to the word of an entry. Tiles that share a schedule have the offsets of tile 0;
 * `windowShift` and `operandShift` say how far on the first tile of a command is.
 */
export function entryOffset({ layer, schedule, config }: EncodeContext, tiling: LayerTiling, group: TileGroup, part: GroupPart, entry: Entry, tile: number): number {
  const reference = schedule.shared ? 0 : tile;
  const depth = config.actDepth;
  if (entry.kind === 'operand') {
    const word = schedule.operand?.words[reference]?.[entry.block] ?? 0;
    return schedule.shared ? word % depth : (word - operandWindow(layer, schedule, group, tiling.ownOperand, config).word) % depth;
  }
  const { chunk } = part;
  const tapRow = tiling.ownWindows ? entry.row - chunk.row : entry.row;
  const tapColumn = tiling.ownWindows ? entry.column - chunk.column : entry.column;
  const tap = tapRow * layer.dilation.height * tiling.rowPitch + tapColumn * layer.dilation.width * tiling.pixelWords;
  const word = (schedule.firstWord[reference] as number) + entry.block;
  const origin = schedule.shared ? (tiling.ownWindows ? chunk.block : 0) : inputWindow(layer, schedule, group, chunk, tiling.ownWindows, config).word;
  return (tap + word - origin) % depth;
}

/** Bank words from the first word of a pixel's window to where shared offsets count from. */
export function windowShift({ layer, schedule, tiling }: LayerPlan, group: TileGroup, part: GroupPart, config: AccelConfig): number {
  if (!schedule.shared) return 0;
  const origin = tiling.ownWindows ? part.chunk.block : 0;
  return group.firstTile * schedule.tileStep + origin - inputWindow(layer, schedule, group, part.chunk, tiling.ownWindows, config).word;
}

export function operandShift({ layer, schedule, tiling }: LayerPlan, group: TileGroup, config: AccelConfig): number {
  if (!schedule.shared || schedule.operand === undefined) return 0;
  return group.firstTile * (schedule.operand.tileStep ?? 0) - operandWindow(layer, schedule, group, tiling.ownOperand, config).word;
}

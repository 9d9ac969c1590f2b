// SPDX-License-Identifier: Apache-2.0
/** Owns groups of output-channel tiles: what one compute command loops over, chunk by chunk, and the buffer words that it takes. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { ceilDiv, roundUp } from '../core/integers.js';
import type { ArrayLayer } from './array-layer.js';
import { tileSize, type Chunk, type TileSize } from './chunks.js';
import type { LayerSchedule } from './schedule.js';

/** One chunk of a group: one compute command for each band. */
export interface GroupPart {
  readonly chunk: Chunk;
  /** Entries and steps of each tile, idle entries included. */
  readonly tiles: readonly TileSize[];
  /** Strides from tile to tile in the buffers; 0: tiles share what is there. */
  readonly weightStride: number;
  readonly indexStride: number;
  readonly scheduleStride: number;
  readonly scheduleLength: number;
  /** Words in each buffer. */
  readonly words: { readonly weight: number; readonly index: number; readonly schedule: number };
  /** Cycles of one pixel: the steps of each tile, or its drain when that is longer. */
  readonly pixelCycles: number;
}

/** Output-channel tiles that one compute command loops over. */
export interface TileGroup {
  readonly index: number;
  readonly firstTile: number;
  /** Steps of each tile over all chunks. */
  readonly tiles: readonly { readonly steps: number }[];
  readonly firstChannel: number;
  /** Real output channels. */
  readonly channels: number;
  readonly parameterWords: number;
  readonly parts: readonly GroupPart[];
  /** G-byte words of a pixel. */
  readonly outWords: number;
  /** Words from one pixel to the next in the output buffer. */
  readonly outPitch: number;
}

/** Smallest number of tiles after which a command may begin: commands start on a whole word of channels. */
export function tileAlignment({ pes, group }: AccelConfig): number {
  let alignment = 1;
  while ((alignment * pes) % group !== 0) alignment++;
  return alignment;
}

/** Sizes of all tiles in each chunk, made once for all groupings. */
export type ChunkedSizes = readonly { readonly chunk: Chunk; readonly sizes: readonly TileSize[] }[];

export const chunkedSizes = (layer: ArrayLayer, schedule: LayerSchedule, chunks: readonly Chunk[]): ChunkedSizes =>
  chunks.map((chunk) => {
    const first = tileSize(layer, schedule, 0, chunk);
    return { chunk, sizes: Array.from({ length: schedule.tileCount }, (_, tile) => (schedule.shared ? first : tileSize(layer, schedule, tile, chunk))) };
  });

/** Groups of at most `size` tiles; cut also where the schedule length changes, if a command may begin there. */
export function tileGroups(layer: ArrayLayer, schedule: LayerSchedule, chunked: ChunkedSizes, size: number, config: AccelConfig, format: IndexFormat): TileGroup[] {
  const alignment = tileAlignment(config);
  const groups: TileGroup[] = [];
  const lengths = Array.from({ length: schedule.tileCount }, (_, tile) => chunked.reduce((sum, { sizes }) => sum + (sizes[tile] as TileSize).entries, 0));
  for (let first = 0; first < schedule.tileCount; ) {
    let end = first + 1;
    while (end < schedule.tileCount && end - first < size && (end % alignment !== 0 || lengths[end] === lengths[first])) end++;
    groups.push(tileGroup(layer, schedule, chunked, groups.length, first, end, config, format));
    first = end;
  }
  return groups;
}

function tileGroup(layer: ArrayLayer, schedule: LayerSchedule, chunked: ChunkedSizes, index: number, firstTile: number, end: number, config: AccelConfig, format: IndexFormat): TileGroup {
  const parts = chunked.map(({ chunk, sizes }) => groupPart(schedule, chunk, sizes.slice(firstTile, end), config, format));
  const firstChannel = firstTile * config.pes;
  const channels = Math.min(layer.output.channels - firstChannel, (end - firstTile) * config.pes);
  const outWords = ceilDiv(channels, config.group);
  return {
    index, firstTile, parts, firstChannel, channels, outWords,
    tiles: Array.from({ length: end - firstTile }, (_, i) => ({ steps: parts.reduce((sum, { tiles }) => sum + (tiles[i] as TileSize).steps, 0) })),
    parameterWords: (end - firstTile) * derive(config).drain + (schedule.operand === undefined ? 0 : 1),
    outPitch: roundUp(outWords, derive(config).drainWords),
  };
}

function groupPart(schedule: LayerSchedule, chunk: Chunk, own: readonly TileSize[], config: AccelConfig, format: IndexFormat): GroupPart {
  const scheduleLength = own.reduce((most, { entries }) => Math.max(most, entries), 0);
  // Tiles of one command have one schedule length: shorter ones get entries of one step with weight 0.
  const tiles = own.map(({ entries, steps }) => ({ entries: scheduleLength, steps: steps + scheduleLength - entries }));
  const steps = tiles.reduce((most, tile) => Math.max(most, tile.steps), 0);
  const indexWords = schedule.dense ? 0 : format.unit === 'step' ? steps : scheduleLength;
  const { drain } = derive(config);
  const drainCycles = chunk.isLast && schedule.operand !== undefined ? 2 * drain : drain;
  return {
    chunk, tiles, scheduleLength,
    weightStride: schedule.commonWeights ? 0 : steps,
    indexStride: schedule.commonIndices ? 0 : indexWords,
    scheduleStride: schedule.shared ? 0 : scheduleLength,
    words: {
      weight: schedule.commonWeights ? steps : tiles.length * steps,
      index: schedule.commonIndices ? indexWords : tiles.length * indexWords,
      schedule: schedule.shared ? scheduleLength : tiles.length * scheduleLength,
    },
    pixelCycles: tiles.reduce((sum, tile) => sum + Math.max(tile.steps, drainCycles), 0),
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns groups of output-channel tiles: what one compute command loops over, and the buffer words that it takes. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { ceilDiv, roundUp } from '../core/integers.js';
import { indexWords } from './encode.js';
import type { ArrayLayer } from './layer.js';
import type { LayerSchedule, TileSchedule } from './schedule.js';

/** Output-channel tiles that one compute command loops over. */
export interface TileGroup {
  readonly index: number;
  readonly firstTile: number;
  readonly tiles: readonly TileSchedule[];
  readonly firstChannel: number;
  /** Real output channels. */
  readonly channels: number;
  /** Strides from tile to tile in the buffers. */
  readonly weightStride: number;
  readonly indexStride: number;
  readonly scheduleStride: number;
  readonly scheduleLength: number;
  /** Words that the group takes in each buffer. */
  readonly words: { readonly weight: number; readonly index: number; readonly schedule: number; readonly parameter: number };
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

/** Groups of at most `size` tiles; cut also where the schedule length changes, if a command may begin there. */
export function tileGroups(layer: ArrayLayer, schedule: LayerSchedule, size: number, config: AccelConfig, format: IndexFormat): TileGroup[] {
  const alignment = tileAlignment(config);
  const groups: TileGroup[] = [];
  const lengthOf = (tile: number): number => schedule.tiles[tile]?.entries.length ?? 0;
  for (let first = 0; first < schedule.tiles.length; ) {
    let end = first + 1;
    while (end < schedule.tiles.length && end - first < size && (end % alignment !== 0 || lengthOf(end) === lengthOf(first))) end++;
    groups.push(tileGroup(layer, schedule, groups.length, first, end, config, format));
    first = end;
  }
  return groups;
}

function tileGroup(layer: ArrayLayer, schedule: LayerSchedule, index: number, firstTile: number, end: number, config: AccelConfig, format: IndexFormat): TileGroup {
  const tiles = equalLength(schedule.tiles.slice(firstTile, end), config.pes);
  const weightStride = Math.max(...tiles.map((tile) => tile.steps));
  const indexStride = schedule.dense ? 0 : Math.max(...tiles.map((tile) => indexWords(tile, format)));
  const scheduleLength = (tiles[0] as TileSchedule).entries.length;
  const firstChannel = firstTile * config.pes;
  const channels = Math.min(layer.output.channels - firstChannel, tiles.length * config.pes);
  const outWords = ceilDiv(channels, config.group);
  return {
    index, firstTile, tiles, firstChannel, channels, weightStride, indexStride, scheduleLength,
    scheduleStride: schedule.shared ? 0 : scheduleLength,
    words: {
      weight: tiles.length * weightStride,
      index: tiles.length * indexStride,
      schedule: schedule.shared ? scheduleLength : tiles.length * scheduleLength,
      parameter: tiles.length * derive(config).drain,
    },
    outWords,
    outPitch: roundUp(outWords, derive(config).outSubBanks),
  };
}

/** Tiles of one command have one schedule length: shorter ones get entries of one step with weight 0. */
function equalLength(tiles: readonly TileSchedule[], pes: number): readonly TileSchedule[] {
  const length = Math.max(...tiles.map((tile) => tile.entries.length));
  return tiles.map((tile) => {
    const missing = length - tile.entries.length;
    if (missing === 0) return tile;
    const grow = <T extends Int8Array | Uint8Array>(from: T, to: T): T => (to.set(from), to);
    const slots = (tile.steps + missing) * pes;
    return {
      entries: [...tile.entries, ...Array.from({ length: missing }, () => ({ ky: 0, kx: 0, block: 0, count: 1 }))],
      steps: tile.steps + missing,
      weights: grow(tile.weights, new Int8Array(slots)),
      positions: grow(tile.positions, new Uint8Array(slots)),
      kept: grow(tile.kept, new Uint8Array(length * pes)),
    };
  });
}

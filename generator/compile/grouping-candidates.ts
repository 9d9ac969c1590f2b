// SPDX-License-Identifier: Apache-2.0
/** Owns which groups of tiles and which chunks of their input are tried for a layer, coarsest first. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { ceilDiv } from '../core/integers.js';
import type { ArrayLayer } from './array-layer.js';
import { fitsBand, fitsStreams } from './buffer-needs.js';
import { chunksOf, chunkSizes, tileSize, type Chunk, type ChunkSize, type TileSize } from './chunks.js';
import { groupingOf, type Grouping } from './grouping.js';
import type { LayerSchedule } from './schedule.js';
import { chunkedSizes, tileAlignment, tileGroups, type ChunkedSizes } from './tile-group.js';
import type { TilingContext } from './tiling.js';

/** ceil(n / k) for every k, without repetition, largest first. */
export const fractions = (n: number): number[] => {
  const sizes: number[] = [];
  for (let parts = 1; sizes.at(-1) !== 1; ) {
    const size = ceilDiv(n, parts);
    sizes.push(size);
    // The next number of parts that gives a smaller size.
    parts = size === 1 ? parts : ceilDiv(n, size - 1);
  }
  return sizes;
};

/** Group sizes that are tried, largest first; every one lets the next command begin on a whole word of channels. */
function groupSizes(tiles: number, config: AccelConfig): number[] {
  const alignment = tileAlignment(config);
  return [...new Set(fractions(tiles).map((size) => Math.min(tiles, ceilDiv(size, alignment) * alignment)))];
}

/**
 * Groupings whose streams fit the buffers, coarsest first: per group size the largest chunks that fit, those that fit twice,
 * and smaller ones where the input is cut too.
 */
export function groupings(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Grouping[] {
  const chunkings = chunkSizes(layer, schedule);
  const [sizes, bounds]: [ChunkedSizes[], TileSize[]] = [[], []];
  const chunks = (i: number): Chunk[] => chunksOf(layer, schedule, chunkings[i] as ChunkSize);
  const chunked = (i: number): ChunkedSizes => (sizes[i] ??= chunkedSizes(layer, schedule, chunks(i)));
  const bound = (i: number): TileSize => (bounds[i] ??= largestTile(layer, schedule, chunks(i)));
  return groupSizes(schedule.tileCount, config).flatMap((size) => {
    const isSmall = (i: number, times: number): boolean => {
      const { steps, entries } = bound(i);
      return steps * (schedule.commonWeights ? 1 : size) * times <= config.weightDepth && entries * (schedule.shared ? 1 : size) <= config.schedDepth;
    };
    // More than one chunk needs room for the sums of a pixel.
    const last = size * derive(config).drain <= config.partialDepth ? chunkings.length - 1 : 0;
    const once = firstIndex(last, (i) => isSmall(i, 1));
    const twice = once === undefined ? undefined : firstIndex(last, (i) => isSmall(i, 2));
    const further = twice === undefined || twice === 0 ? undefined : Math.min(last, twice + 1);
    // Tiles that differ may still fit although the largest of each kind would not.
    return [...new Set([once ?? 0, twice, further])].flatMap((i) => {
      if (i === undefined) return [];
      const grouping = groupingOf(schedule, tileGroups(layer, schedule, chunked(i), size, config, format));
      return fitsStreams(grouping, config) && fitsBand(layer, { rows: 1, columns: 1 }, grouping, config) ? [grouping] : [];
    });
  });
}

/** Most entries and most steps of a tile in any of the chunks; idle entries that make tiles equally long included. */
function largestTile(layer: ArrayLayer, schedule: LayerSchedule, chunks: readonly Chunk[]): TileSize {
  let [entries, fewest, steps] = [0, Infinity, 0];
  for (const chunk of chunks) {
    for (let tile = 0; tile < (schedule.shared ? 1 : schedule.tileCount); tile++) {
      const size = tileSize(layer, schedule, tile, chunk);
      entries = Math.max(entries, size.entries);
      fewest = Math.min(fewest, size.entries);
      steps = Math.max(steps, size.steps);
    }
  }
  return { entries, steps: steps + (chunks.length === 1 ? entries - fewest : 0) };
}

/** First of 0 .. last for which something holds that then holds for all later ones; undefined when it does not for the last. */
function firstIndex(last: number, holds: (i: number) => boolean): number | undefined {
  if (!holds(last)) return undefined;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The finest grouping of all: what is left when nothing else fits. */
export function* finest(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Generator<Grouping> {
  const size = groupSizes(schedule.tileCount, config).at(-1) as number;
  for (const each of chunkSizes(layer, schedule)) yield groupingOf(schedule, tileGroups(layer, schedule, chunkedSizes(layer, schedule, chunksOf(layer, schedule, each)), size, config, format));
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the cut of a kernel into chunks: words and taps that one compute command adds up; sums of several pass through the partial-sum buffer. */
import { ceilDiv } from '../core/integers.js';
import type { ArrayLayer } from './array-layer.js';
import type { Walk } from './geometry.js';
import type { LayerSchedule } from './schedule.js';

export interface Chunk {
  readonly index: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Kernel rows and columns. */
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
  /** Blocks of the schedule. */
  readonly block: number;
  readonly blocks: number;
}

/** One entry of a tile's schedule. */
export interface Entry {
  readonly kind: 'sum' | 'maximum' | 'idle' | 'operand';
  readonly row: number;
  readonly column: number;
  /** Block of the schedule; of an operand entry the place in the tile's list of words. */
  readonly block: number;
  readonly level: number;
  readonly count: number;
  /** `maximum`: first tap of its word, and last one. */
  readonly isFirstTap: boolean;
  readonly isLastTap: boolean;
}

/** Size of a chunking: kernel rows, kernel columns and blocks of a chunk at most. */
export interface ChunkSize {
  readonly rows: number;
  readonly columns: number;
  readonly blocks: number;
}

const cut = (total: number, size: number): { first: number; count: number }[] => {
  const parts = ceilDiv(total, size);
  return Array.from({ length: parts }, (_, i) => {
    const first = Math.floor((i * total) / parts);
    return { first, count: Math.floor(((i + 1) * total) / parts) - first };
  });
};

/** Chunks of at most the given size, as equal as they can be. */
export function chunksOf(layer: ArrayLayer, schedule: LayerSchedule, size: ChunkSize): Chunk[] {
  const cuts = cut(schedule.blocks, size.blocks).flatMap((block) =>
    cut(layer.kernel.height, size.rows).flatMap((row) => cut(layer.kernel.width, size.columns).map((column) => ({ block, row, column }))),
  );
  return cuts.map(({ block, row, column }, index) => ({
    index, isFirst: index === 0, isLast: index === cuts.length - 1,
    row: row.first, rows: row.count, column: column.first, columns: column.count, block: block.first, blocks: block.count,
  }));
}

/** Chunk sizes that are tried, largest first: words are cut before kernel rows, those before kernel columns; a maximum is never cut within a word. */
export function chunkSizes(layer: ArrayLayer, schedule: LayerSchedule): ChunkSize[] {
  const { height, width } = layer.kernel;
  const sizes: ChunkSize[] = [];
  const push = (size: ChunkSize): void => {
    const last = sizes.at(-1);
    if (last === undefined || last.blocks !== size.blocks || last.rows !== size.rows || last.columns !== size.columns) sizes.push(size);
  };
  for (let parts = 1; parts < schedule.blocks; parts = Math.max(parts + 1, Math.floor(parts * 1.2))) push({ rows: height, columns: width, blocks: ceilDiv(schedule.blocks, parts) });
  push({ rows: height, columns: width, blocks: 1 });
  if (schedule.maximum) return sizes;
  for (let parts = 2; parts <= height; parts++) push({ rows: ceilDiv(height, parts), columns: width, blocks: 1 });
  for (let parts = 2; parts <= width; parts++) push({ rows: 1, columns: ceilDiv(width, parts), blocks: 1 });
  return sizes;
}

/** Entries of a tile in a chunk, in order, idle ones up to `length` in front of the operand's. */
export function tileEntries(layer: ArrayLayer, schedule: LayerSchedule, tile: number, chunk: Chunk, length = 0): Entry[] {
  const entries: Entry[] = [];
  const { taps, blocks, levels, counts } = schedule;
  const visit = (row: number, column: number, block: number): void => {
    const tap = row * layer.kernel.width + column;
    for (let level = 0; level < levels; level++) {
      const count = counts[((tile * taps + tap) * blocks + block) * levels + level] as number;
      if (count > 0) entries.push({ kind: schedule.maximum ? 'maximum' : 'sum', row, column, block, level, count, isFirstTap: tap === 0, isLastTap: tap === taps - 1 });
    }
  };
  const eachTap = (action: (row: number, column: number) => void): void => {
    for (let row = chunk.row; row < chunk.row + chunk.rows; row++) for (let column = chunk.column; column < chunk.column + chunk.columns; column++) action(row, column);
  };
  const eachBlock = (action: (block: number) => void): void => {
    for (let block = chunk.block; block < chunk.block + chunk.blocks; block++) action(block);
  };
  if (schedule.maximum) eachBlock((block) => eachTap((row, column) => visit(row, column, block)));
  else eachTap((row, column) => eachBlock((block) => visit(row, column, block)));
  const own = chunk.isLast ? (schedule.operand?.words[tile] ?? []) : [];
  const other = { row: chunk.row, column: chunk.column, level: 0, count: 1, isFirstTap: true, isLastTap: true };
  // A tile without weights still visits one word, so that its channels are drained.
  while (entries.length < Math.max(1, length - own.length)) entries.push({ ...other, kind: 'idle', block: chunk.block });
  own.forEach((_, block) => entries.push({ ...other, kind: 'operand', block }));
  return entries;
}

/** Entries and steps of a tile in a chunk. */
export interface TileSize {
  readonly entries: number;
  readonly steps: number;
}

/** The same as counting `tileEntries`, without making them. */
export function tileSize(layer: ArrayLayer, schedule: LayerSchedule, tile: number, chunk: Chunk): TileSize {
  const { taps, blocks, levels, counts } = schedule;
  let [entries, steps] = [0, 0];
  for (let row = chunk.row; row < chunk.row + chunk.rows; row++) {
    for (let column = chunk.column; column < chunk.column + chunk.columns; column++) {
      const from = ((tile * taps + row * layer.kernel.width + column) * blocks + chunk.block) * levels;
      for (let i = from; i < from + chunk.blocks * levels; i++) {
        const count = counts[i] as number;
        steps += count;
        if (count > 0) entries++;
      }
    }
  }
  const operand = chunk.isLast ? (schedule.operand?.words[tile]?.length ?? 0) : 0;
  return { entries: Math.max(1, entries) + operand, steps: Math.max(1, steps) + operand };
}

/** Windows of a chunk over the padded input; `whole`: those of the whole kernel. */
export const walkOf = (layer: ArrayLayer, chunk: Chunk | 'whole'): Walk =>
  chunk === 'whole'
    ? layer
    : {
        stride: layer.stride,
        dilation: layer.dilation,
        kernel: { height: chunk.rows, width: chunk.columns },
        origin: { row: chunk.row * layer.dilation.height, column: chunk.column * layer.dilation.width },
      };

// SPDX-License-Identifier: Apache-2.0
/** Owns the geometry of a tile: which padded input a band of outputs reads, and which part of it each lane needs. */
import { ceilDiv } from '../core/integers.js';
import { windowExtent, type Extent } from './array-layer.js';

/** How windows walk over the padded input: the whole kernel of a layer, or the part of it that one command reads. */
export interface Walk {
  readonly stride: Extent;
  readonly dilation: Extent;
  readonly kernel: Extent;
  /** Padded row and column where the window of output pixel 0, 0 begins; 0, 0 for a whole kernel. */
  readonly origin?: { readonly row: number; readonly column: number };
}

/** A rectangle of output pixels that one compute command produces. */
export interface Band {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** A run of padded rows or columns, cut into padding before, real ones and padding after. */
export interface PaddedRun {
  /** First index, counted with the layer's padding: real index + padding before. */
  readonly first: number;
  readonly count: number;
  readonly padBefore: number;
  readonly real: number;
  readonly padAfter: number;
  /** First real index in the tensor (0 when there is none). */
  readonly realFirst: number;
}

/** Rows (or columns) `first .. first+count-1` of the padded input, with `before` padding ones in front of `size` real ones. */
export function paddedRun(first: number, count: number, before: number, size: number): PaddedRun {
  const low = Math.min(Math.max(first, before), before + size);
  const high = Math.max(low, Math.min(first + count, before + size));
  const real = high - low;
  const padBefore = real > 0 ? low - first : Math.min(count, Math.max(0, before - first));
  return { first, count, padBefore, real, padAfter: count - padBefore - real, realFirst: real > 0 ? low - before : 0 };
}

/** Pixels that every lane computes: N. */
export const pixelsPerLane = (band: Band, lanes: number): number => ceilDiv(band.rows * band.columns, lanes);

/** Padded input rows of a band, and columns. */
export const bandRows = (walk: Walk, band: Band): readonly [first: number, count: number] =>
  [(walk.origin?.row ?? 0) + band.row * walk.stride.height, windowExtent(band.rows, walk.stride.height, walk.kernel.height, walk.dilation.height)];

export const bandColumns = (walk: Walk, band: Band): readonly [first: number, count: number] =>
  [(walk.origin?.column ?? 0) + band.column * walk.stride.width, windowExtent(band.columns, walk.stride.width, walk.kernel.width, walk.dilation.width)];

/** A lane's share of a band. */
export interface LaneWindow {
  /** Band-relative output row and column of the lane's first pixel. */
  readonly startRow: number;
  readonly startColumn: number;
  /** Padded input rows that the lane reads, first and last included; first > last for a lane without pixels. */
  readonly rowFirst: number;
  readonly rowLast: number;
}

/** Cuts a band's raster into equal pixel ranges; the last lanes may have fewer pixels, or none. */
export function laneWindows(walk: Walk, band: Band, lanes: number): LaneWindow[] {
  const pixels = band.rows * band.columns;
  const share = pixelsPerLane(band, lanes);
  return Array.from({ length: lanes }, (_, lane) => {
    const first = lane * share;
    if (first >= pixels) return { startRow: 0, startColumn: 0, rowFirst: 1, rowLast: 0 };
    const startRow = Math.floor(first / band.columns);
    const lastRow = Math.floor((Math.min(first + share, pixels) - 1) / band.columns);
    const top = (walk.origin?.row ?? 0) + (band.row + startRow) * walk.stride.height;
    return {
      startRow,
      startColumn: first % band.columns,
      rowFirst: top,
      rowLast: top + windowExtent(lastRow - startRow + 1, walk.stride.height, walk.kernel.height, walk.dilation.height) - 1,
    };
  });
}

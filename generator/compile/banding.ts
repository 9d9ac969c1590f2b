// SPDX-License-Identifier: Apache-2.0
/** Owns the cut of a layer's output into bands and what it means for the rows in the activation banks. */
import type { AccelConfig } from '../arch/config.js';
import { ceilDiv } from '../core/integers.js';
import { bandColumns, laneWindows, type Band } from './geometry.js';
import { windowExtent, type ArrayLayer } from './layer.js';

/** The bands of a layer and how their rows lie in the activation banks. */
export interface Banding {
  readonly bands: readonly Band[];
  /** Channel words of an input pixel, and bank words from one padded row to the next. */
  readonly pixelWords: number;
  readonly rowPitch: number;
  /** Most padded rows that one lane holds for a band. */
  readonly laneRows: number;
  /** The layer's padded rows lie in the bank as one ring, so bands share rows; otherwise every band has its own place. */
  readonly ring: boolean;
  /** The whole input of the layer (or its only band) stays in the bank for every pass over the groups. */
  readonly wholeInput: boolean;
}

/** Bands of equal height and width, the last ones smaller. */
function bandsOf(layer: ArrayLayer, rows: number, columns: number): Band[] {
  const { height, width } = layer.output;
  const bands: Band[] = [];
  for (let row = 0; row < height; row += rows) {
    for (let column = 0; column < width; column += columns) {
      bands.push({ row, rows: Math.min(rows, height - row), column, columns: Math.min(columns, width - column) });
    }
  }
  return bands;
}

/** Bands of `rows` x `columns` output pixels. */
export function banding(layer: ArrayLayer, rows: number, columns: number, { lanes, group, actDepth }: AccelConfig): Banding {
  const bands = bandsOf(layer, rows, columns);
  const sizes = [...new Map(bands.map((band) => [`${band.rows}x${band.columns}`, band])).values()];
  const pixelWords = ceilDiv(layer.input.channels, group);
  const rowPitch = Math.max(...sizes.map((band) => bandColumns(layer, band)[1])) * pixelWords;
  const laneRows = Math.max(...sizes.flatMap((band) => laneWindows(layer, band, lanes).map((lane) => lane.rowLast - lane.rowFirst + 1)));
  const paddedRows = windowExtent(layer.output.height, layer.stride.height, layer.kernel.height, layer.dilation.height);
  const fullWidth = columns >= layer.output.width;
  const wholeFits = fullWidth && paddedRows * rowPitch <= actDepth;
  return {
    bands, pixelWords, rowPitch, laneRows,
    ring: wholeFits || (fullWidth && lanes === 1),
    wholeInput: wholeFits || bands.length === 1,
  };
}

/** Whether the next band's rows find room in the bank while this band is computed. */
export function prefetchesRows(layer: ArrayLayer, { bands, ring, wholeInput, laneRows, rowPitch }: Banding, { actDepth }: AccelConfig): boolean {
  if (wholeInput) return true;
  const next = ring ? Math.min(laneRows, (bands[0] as Band).rows * layer.stride.height) : laneRows;
  return (laneRows + next) * rowPitch <= actDepth;
}

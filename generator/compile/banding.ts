// SPDX-License-Identifier: Apache-2.0
/** Owns the cut of a layer's output into bands and what it means for the rows in the activation banks. */
import type { AccelConfig } from '../arch/config.js';
import { ceilDiv, roundUp } from '../core/integers.js';
import { windowExtent, type ArrayLayer } from './array-layer.js';
import { bandColumns, laneWindows, type Band, type Walk } from './geometry.js';
import type { Frame } from './windows.js';

/** How the operand's pixels lie in the banks. */
export interface OperandBanding {
  readonly pixelWords: number;
  readonly rowPitch: number;
  /** Bank words from the base of the input's place to the operand; undefined: it has places of its own. */
  readonly offset: number | undefined;
  /** Its own places begin that many words behind the input, which stays. */
  readonly behind: number;
}

/** How the rows of a layer lie in the activation banks, whatever band is computed. */
export interface Banding {
  /** Output rows and columns of a band at most. */
  readonly rows: number;
  readonly columns: number;
  /** Bank words from one pixel to the next, and from one padded row to the next. */
  readonly pixelWords: number;
  readonly rowPitch: number;
  /** Most padded rows that one lane holds for a band. */
  readonly laneRows: number;
  /** Bank words that a band takes at most; more than there are when it cannot be placed. */
  readonly actWords: number;
  /** The layer's padded rows lie in the bank as one ring, so bands share rows; otherwise every band has its own place. */
  readonly ring: boolean;
  /** The whole input of the layer (or its only band) stays in the bank for every pass over the groups. */
  readonly wholeInput: boolean;
  /** The next band's rows find room in the bank while this band is computed. */
  readonly prefetches: boolean;
  readonly align: number;
  readonly operand: OperandBanding | undefined;
}

/** Bands of one size, the first of them at row 0 and column 0. */
export interface BandClass {
  readonly band: Band;
  readonly count: number;
}

const sizesOf = (total: number, size: number): { readonly size: number; readonly count: number }[] => {
  const whole = Math.floor(total / size);
  const rest = total - whole * size;
  return [...(whole > 0 ? [{ size, count: whole }] : []), ...(rest > 0 ? [{ size: rest, count: 1 }] : [])];
};

/** Band sizes and how often they come, largest first. */
export const bandClasses = ({ output }: ArrayLayer, rows: number, columns: number): BandClass[] =>
  sizesOf(output.height, rows).flatMap((high) =>
    sizesOf(output.width, columns).map((wide) => ({ band: { row: 0, rows: high.size, column: 0, columns: wide.size }, count: high.count * wide.count })),
  );

/** Bands of equal height and width, the last ones smaller. */
export function bandsOf({ output: { height, width } }: ArrayLayer, rows: number, columns: number): Band[] {
  const bands: Band[] = [];
  for (let row = 0; row < height; row += rows) {
    for (let column = 0; column < width; column += columns) {
      bands.push({ row, rows: Math.min(rows, height - row), column, columns: Math.min(columns, width - column) });
    }
  }
  return bands;
}

/** Operand rows as a walk: the row of the operand at every output row, or always row 0. */
export const operandWalk = ({ operand, outputPlaces }: ArrayLayer): Walk => {
  const { rowStep = 1, columnStep = 1 } = operand ?? {};
  const { row = 0, column = 0 } = outputPlaces[0] ?? {};
  return {
    stride: { height: rowStep, width: columnStep }, dilation: { height: 1, width: 1 }, kernel: { height: 1, width: 1 },
    origin: { row: row * rowStep, column: column * columnStep },
  };
};

interface LaneSpan {
  readonly start: number;
  readonly length: number;
}

const laneSpans = (walk: Walk, band: Band, lanes: number, rowPitch: number): LaneSpan[] =>
  laneWindows(walk, band, lanes).map(({ rowFirst, rowLast }) => ({ start: rowFirst * rowPitch, length: (rowLast - rowFirst + 1) * rowPitch }));

/** Bands of `rows` x `columns` output pixels; `own`: every command loads what it reads. */
export function banding(layer: ArrayLayer, rows: number, columns: number, frame: Frame, own: boolean, { lanes, actDepth }: AccelConfig): Banding {
  const classes = bandClasses(layer, rows, columns).map(({ band }) => band);
  const walk: Walk = { stride: layer.stride, dilation: layer.dilation, kernel: frame.kernel };
  const { pixelWords, align } = frame;
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  const rowPitch = most(classes.map((band) => bandColumns(walk, band)[1])) * pixelWords;
  const laneRows = most(classes.flatMap((band) => laneWindows(walk, band, lanes).map((lane) => lane.rowLast - lane.rowFirst + 1)));
  const paddedRows = windowExtent(layer.output.height, layer.stride.height, layer.kernel.height, layer.dilation.height);
  const isOnly = rows >= layer.output.height && columns >= layer.output.width;
  const fullWidth = columns >= layer.output.width && !own;
  const whole = paddedRows * rowPitch;
  const shape = { rows, columns, pixelWords, rowPitch, laneRows, align };
  if (frame.operand === undefined) {
    const wholeInput = !own && ((fullWidth && whole <= actDepth) || isOnly);
    const ring = fullWidth && (whole <= actDepth || lanes === 1);
    const next = ring ? Math.min(laneRows, rows * layer.stride.height) : laneRows;
    return { ...shape, ring, wholeInput, actWords: laneRows * rowPitch, prefetches: wholeInput || (laneRows + next) * rowPitch <= actDepth, operand: undefined };
  }
  const operandPixel = frame.operand.pixelWords;
  const operandPitch = (layer.operand?.columnStep === 1 ? most(classes.map((band) => band.columns)) : 1) * operandPixel;
  const behind = roundUp(whole, align);
  const operandRows = layer.operand?.rowStep === 1 ? rows : 1;
  if (fullWidth && behind + operandRows * operandPitch <= actDepth) {
    return {
      ...shape, ring: true, wholeInput: true, actWords: behind + operandRows * operandPitch,
      prefetches: isOnly || behind + 2 * operandRows * operandPitch <= actDepth,
      operand: { pixelWords: operandPixel, rowPitch: operandPitch, offset: undefined, behind },
    };
  }
  const spans = classes.map((band) => ({
    input: laneSpans(walk, band, lanes, rowPitch),
    operand: laneSpans({ ...operandWalk(layer), origin: { row: 0, column: 0 } }, band, lanes, operandPitch),
  }));
  const offset = jointOffset(spans, actDepth, align);
  const both = most(spans.flatMap(({ input, operand }) => input.map(({ length }, l) => length + (operand[l] as LaneSpan).length)));
  return {
    ...shape, ring: false, wholeInput: !own && isOnly,
    actWords: offset === undefined ? Math.max(both, actDepth + 1) : both,
    prefetches: isOnly || 2 * both <= actDepth,
    operand: { pixelWords: operandPixel, rowPitch: operandPitch, offset: offset ?? 0, behind: 0 },
  };
}

/** An offset of the operand from the input at which they meet in no lane of any band. */
function jointOffset(spans: readonly { readonly input: readonly LaneSpan[]; readonly operand: readonly LaneSpan[] }[], depth: number, align: number): number | undefined {
  const wrap = (value: number): number => ((value % depth) + depth) % depth;
  const meet = (a: LaneSpan, b: LaneSpan, offset: number): boolean => {
    if (a.length <= 0 || b.length <= 0) return false;
    const gap = wrap(b.start + offset - a.start);
    return gap < a.length || gap + b.length > depth;
  };
  const candidates = new Set<number>();
  for (const { input, operand } of spans) {
    input.forEach((span, l) => candidates.add(wrap(ceilDiv(Math.max(0, span.start + span.length - (operand[l] as LaneSpan).start), align) * align)));
    candidates.add(wrap(roundUp(input.reduce((end, span) => Math.max(end, span.start + span.length), 0), align)));
  }
  for (const offset of candidates) {
    if (spans.every(({ input, operand }) => input.every((span, l) => !meet(span, operand[l] as LaneSpan, offset)))) return offset;
  }
  return undefined;
}

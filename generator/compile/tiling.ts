// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a layer's tiling: which bands and output-channel groups there are; the cost of one is tiling-cost's. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { ceilDiv, nextPowerOfTwo, roundUp } from '../core/integers.js';
import { indexWords } from './encode.js';
import { LayerDoesNotFitError, type BufferNeed } from './errors.js';
import { bandColumns, laneWindows, pixelsPerLane, type Band } from './geometry.js';
import { windowExtent, type ArrayLayer } from './layer.js';
import type { LayerSchedule, TileSchedule } from './schedule.js';
import { tilingCost } from './tiling-cost.js';

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

export interface LayerTiling {
  readonly bands: readonly Band[];
  readonly groups: readonly TileGroup[];
  /** Which loop is the outer one. */
  readonly order: 'bands-outer' | 'groups-outer';
  /** The whole layer's weights stay in the buffers; otherwise every pass over the groups loads them. */
  readonly resident: boolean;
  /** Channel words of an input pixel, and bank words from one padded row to the next. */
  readonly pixelWords: number;
  readonly rowPitch: number;
  /** The layer's padded rows lie in the bank as one ring, so bands share rows; otherwise every band has its own place. */
  readonly ring: boolean;
  /** The whole input of the layer (or its only band) stays in the bank for every pass over the groups. */
  readonly wholeInput: boolean;
}

/** What the choice needs to know besides the layer. */
export interface TilingContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  /** The first layer of a program has nothing to hide its first loads behind. */
  readonly startsProgram: boolean;
}

/** Smallest number of tiles after which a command may begin: commands start on a whole word of channels. */
export function tileAlignment({ pes, group }: AccelConfig): number {
  let alignment = 1;
  while ((alignment * pes) % group !== 0) alignment++;
  return alignment;
}

const tileGroup = (layer: ArrayLayer, schedule: LayerSchedule, index: number, firstTile: number, count: number, context: TilingContext): TileGroup => {
  const { config, format } = context;
  const tiles = equalLength(schedule.tiles.slice(firstTile, firstTile + count), config.pes);
  const weightStride = Math.max(...tiles.map((tile) => tile.steps));
  const indexStride = Math.max(...tiles.map((tile) => indexWords(tile, format)));
  const scheduleLength = (tiles[0] as TileSchedule).entries.length;
  const firstChannel = firstTile * config.pes;
  const channels = Math.min(layer.output.channels - firstChannel, tiles.length * config.pes);
  const outWords = ceilDiv(channels, config.group);
  return {
    index, firstTile, tiles, firstChannel, channels, weightStride, indexStride, scheduleLength,
    scheduleStride: schedule.shared ? 0 : scheduleLength,
    words: {
      weight: tiles.length * weightStride,
      index: schedule.dense ? 0 : tiles.length * indexStride,
      schedule: schedule.shared ? scheduleLength : tiles.length * scheduleLength,
      parameter: tiles.length * derive(config).drain,
    },
    outWords,
    outPitch: roundUp(outWords, derive(config).outSubBanks),
  };
};

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

/** Groups of at most `size` tiles; cut also where the schedule length changes, if a command may begin there. */
function groupsOf(layer: ArrayLayer, schedule: LayerSchedule, size: number, context: TilingContext): TileGroup[] {
  const alignment = tileAlignment(context.config);
  const groups: TileGroup[] = [];
  const lengthOf = (tile: number): number => schedule.tiles[tile]?.entries.length ?? 0;
  for (let first = 0; first < schedule.tiles.length; ) {
    let end = first + 1;
    while (end < schedule.tiles.length && end - first < size && (end % alignment !== 0 || lengthOf(end) === lengthOf(first))) end++;
    groups.push(tileGroup(layer, schedule, groups.length, first, end - first, context));
    first = end;
  }
  return groups;
}

/** Bands of equal height (and width), the last ones smaller. */
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

/** ceil(n / k) for every k, without repetition, largest first. */
const fractions = (n: number): number[] => [...new Set(Array.from({ length: n }, (_, k) => ceilDiv(n, k + 1)))];

function layerTiling(layer: ArrayLayer, bands: readonly Band[], groups: readonly TileGroup[], order: LayerTiling['order'], context: TilingContext): LayerTiling {
  const { config } = context;
  const pixelWords = ceilDiv(layer.input.channels, config.group);
  const rowPitch = Math.max(...bands.map((band) => bandColumns(layer, band)[1])) * pixelWords;
  const fullWidth = bands.every((band) => band.columns === layer.output.width);
  const paddedRows = windowExtent(layer.output.height, layer.stride.height, layer.kernel.height, layer.dilation.height);
  const sum = (name: keyof TileGroup['words']): number => groups.reduce((total, group) => total + group.words[name], 0);
  const fits =
    sum('weight') <= config.weightDepth && sum('index') <= config.weightDepth && sum('parameter') <= derive(config).paramDepth &&
    (groups[0]?.scheduleStride === 0 || sum('schedule') <= config.schedDepth);
  const wholeFits = fullWidth && paddedRows * rowPitch <= config.actDepth;
  return {
    bands, groups, order, pixelWords, rowPitch,
    resident: fits && order === 'bands-outer' && bands.length > 1,
    ring: wholeFits || (fullWidth && config.lanes === 1),
    wholeInput: wholeFits || bands.length === 1,
  };
}

/** Words that a tiling needs in each buffer at least, with the depth that there is. */
export function bufferNeeds(layer: ArrayLayer, tiling: LayerTiling, config: AccelConfig): BufferNeed[] {
  const { paramDepth } = derive(config);
  const most = (values: readonly number[]): number => Math.max(...values);
  const [band] = tiling.bands as readonly [Band];
  const sizes = [...new Map(tiling.bands.map((each) => [`${each.rows}x${each.columns}`, each])).values()];
  const laneRows = most(sizes.flatMap((each) => laneWindows(layer, each, config.lanes).map((lane) => lane.rowLast - lane.rowFirst + 1)));
  const need = (buffer: string, parameter: string, depth: number, words: number, reason: string): BufferNeed =>
    ({ buffer, parameter, depth, need: words, value: nextPowerOfTwo(words), reason });
  const tiles = tiling.groups[0]?.tiles.length ?? 1;
  return [
    need('activation', 'act-depth', config.actDepth, laneRows * tiling.rowPitch, `${laneRows} rows of ${tiling.rowPitch} words a lane`),
    need('output', 'out-depth', config.outDepth, most(tiling.groups.map((g) => g.outPitch)) * pixelsPerLane(band, config.lanes), `${pixelsPerLane(band, config.lanes)} pixels a lane`),
    need('weight', 'weight-depth', config.weightDepth, most(tiling.groups.map((g) => Math.max(g.words.weight, g.words.index))), `${tiles} output-channel tiles`),
    need('schedule', 'sched-depth', config.schedDepth, most(tiling.groups.map((g) => g.words.schedule)), `${tiling.groups[0]?.scheduleLength ?? 0} groups under the kernel`),
    need('parameter', 'requant', paramDepth, most(tiling.groups.map((g) => g.words.parameter)), `${tiles} output-channel tiles`),
  ];
}

const overfull = (layer: ArrayLayer, tiling: LayerTiling, config: AccelConfig): BufferNeed[] =>
  bufferNeeds(layer, tiling, config).filter((need) => need.need > need.depth);

/** Every tiling that is tried: full-width bands, then narrower ones for those that do not fit. */
function* candidates(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): Generator<LayerTiling> {
  const { height, width } = layer.output;
  const alignment = tileAlignment(context.config);
  const sizes = [...new Set(fractions(schedule.tiles.length).map((size) => Math.min(schedule.tiles.length, ceilDiv(size, alignment) * alignment)))];
  const groupings = sizes.map((size) => groupsOf(layer, schedule, size, context));
  const wholeRows = fractions(height).map((rows) => [rows, width] as const);
  const partRows = fractions(width).slice(1).map((columns) => [1, columns] as const);
  let found = false;
  for (const [rows, columns] of [...wholeRows, ...partRows]) {
    if (found && columns < width) return;
    const bands = bandsOf(layer, rows, columns);
    for (const groups of groupings) {
      for (const order of ['bands-outer', 'groups-outer'] as const) {
        const tiling = layerTiling(layer, bands, groups, order, context);
        found ||= overfull(layer, tiling, context.config).length === 0;
        yield tiling;
      }
    }
  }
}

/** The cheapest tiling by the cost model. Throws LayerDoesNotFitError. */
export function chooseTiling(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): LayerTiling {
  let best: { readonly tiling: LayerTiling; readonly cost: number } | undefined;
  let smallest: LayerTiling | undefined;
  for (const tiling of candidates(layer, schedule, context)) {
    smallest = tiling;
    if (overfull(layer, tiling, context.config).length > 0) continue;
    const cost = tilingCost(layer, schedule, tiling, context);
    if (best === undefined || cost < best.cost) best = { tiling, cost };
  }
  if (best === undefined) throw new LayerDoesNotFitError(layer.name, smallest === undefined ? [] : overfull(layer, smallest, context.config));
  return best.tiling;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a layer's tiling: which bands, output-channel groups, chunks and loop orders are tried; tiling-cost ranks them. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { ceilDiv } from '../core/integers.js';
import { windowExtent, type ArrayLayer } from './array-layer.js';
import { banding, bandsOf, type Banding } from './banding.js';
import { fitsBand, fitsStreams, overfullBuffers } from './buffer-needs.js';
import { chunksOf, chunkSizes, tileSize, type Chunk, type ChunkSize, type TileSize } from './chunks.js';
import { LayerDoesNotFitError } from './errors.js';
import type { Band } from './geometry.js';
import { fitsHeld, groupingOf, type Grouping, type Held } from './grouping.js';
import type { LayerSchedule } from './schedule.js';
import { chunkedSizes, tileAlignment, tileGroups, type ChunkedSizes, type TileGroup } from './tile-group.js';
import { costModel, type TilingCost } from './tiling-cost.js';
import { frameOf, type Frame } from './windows.js';

/** Which loop over bands and groups is the outer one; chunks are always the innermost. */
export type LoopOrder = 'bands-outer' | 'groups-outer';

/** What is decided for a layer. */
export interface TilingChoice extends Banding {
  readonly order: LoopOrder;
  readonly held: Held;
  /** Every command loads the words and kernel rows of its own chunk or tiles; otherwise a band's input serves all. */
  readonly ownWindows: boolean;
  /** The operand's words likewise, of a group. */
  readonly ownOperand: boolean;
}

export interface LayerTiling extends TilingChoice {
  readonly bands: readonly Band[];
  readonly groups: readonly TileGroup[];
  /** The whole layer's weights stay in the buffers; otherwise every pass over the groups loads them. */
  readonly resident: boolean;
  readonly cost: TilingCost;
}

/** What the choice needs to know besides the layer. */
export interface TilingContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  /** The first layer of a program has nothing to hide its first loads behind. */
  readonly startsProgram: boolean;
  /** Bytes of a pixel in memory, by tensor, where they are known. */
  readonly pixelBytes?: ((tensorId: number) => number) | undefined;
  /**
   * Its commands take turns with those of a neighbour: band after band, each in a place of its own inside the depths of `config`. A `filler` has its transfers
   * while the other one's steps are computed.
   */
  readonly takesTurns?: 'leader' | 'filler';
}

/** Cuts across a row that are tried when something fits already, only to make prefetching possible. */
const MAX_PREFETCH_CUTS = 8;

/** ceil(n / k) for every k, without repetition, largest first. */
const fractions = (n: number): number[] => {
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
function groupings(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Grouping[] {
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
function* finest(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Generator<Grouping> {
  const size = groupSizes(schedule.tileCount, config).at(-1) as number;
  for (const each of chunkSizes(layer, schedule)) yield groupingOf(schedule, tileGroups(layer, schedule, chunkedSizes(layer, schedule, chunksOf(layer, schedule, each)), size, config, format));
}

/** Ways to use a grouping: what stays, what a command loads, which loop is outside. */
interface Use {
  readonly grouping: Grouping;
  readonly order: LoopOrder;
  readonly ownWindows: boolean;
  readonly frames: Readonly<Record<'own' | 'all', Frame>>;
}

function usesOf(layer: ArrayLayer, schedule: LayerSchedule, grouping: Grouping, { config, takesTurns }: TilingContext): Use[] {
  const isCut = grouping.chunks.length > 1 || (layer.channelwise && grouping.groups.length > 1);
  return [false, true].flatMap((ownWindows) => {
    if (ownWindows && !isCut) return [];
    const frames = { own: frameOf(layer, schedule, grouping.groups, ownWindows, true, config), all: frameOf(layer, schedule, grouping.groups, ownWindows, false, config) };
    return (['bands-outer', 'groups-outer'] as const)
      .filter((order) => order === 'bands-outer' || (grouping.groups.length > 1 && takesTurns === undefined))
      .map((order) => ({ grouping, order, ownWindows, frames }));
  });
}

/** How long streams can stay, given that there are several bands. */
function heldOf({ grouping, order }: Use, severalBands: boolean, config: AccelConfig): Held {
  if (!severalBands) return 'command';
  const wanted = order === 'groups-outer' || grouping.groups.length === 1 ? 'group' : 'layer';
  return fitsHeld(grouping, wanted, config) ? wanted : 'command';
}

/** A use with bands of a size; undefined when it does not fit. */
function choiceOf(layer: ArrayLayer, use: Use, rows: number, columns: number, config: AccelConfig): TilingChoice | undefined {
  const { ownWindows, order, frames } = use;
  let [ownOperand, bands] = [ownWindows, banding(layer, rows, columns, frames[ownWindows ? 'own' : 'all'], ownWindows, config)];
  if (!ownWindows && order === 'groups-outer' && bands.operand !== undefined) {
    // Passes over the bands load the operand of their own group.
    const own = banding(layer, rows, columns, frames.own, ownWindows, config);
    if (own.operand?.offset === undefined || !own.wholeInput) [ownOperand, bands] = [true, own];
  }
  if (bands.actWords > config.actDepth) return undefined;
  const severalBands = rows < layer.output.height || columns < layer.output.width;
  return { ...bands, order, held: heldOf(use, severalBands, config), ownWindows, ownOperand };
}

/** Whether the places of bands lie inside a share of the banks, lane after lane: one that leads has two at a time. */
function keepsToShare(layer: ArrayLayer, { rows, rowPitch, ring, wholeInput }: TilingChoice, takesTurns: 'leader' | 'filler', { actDepth }: AccelConfig): boolean {
  if (ring || wholeInput) return wholeInput;
  const words = windowExtent(Math.min(rows, layer.output.height), layer.stride.height, layer.kernel.height, layer.dilation.height) * rowPitch;
  return words * (takesTurns === 'leader' ? 2 : 1) <= actDepth;
}

/** The cheapest tiling by the cost model. Throws LayerDoesNotFitError. */
export function chooseTiling(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): LayerTiling {
  const { config, takesTurns } = context;
  const rank = ({ cycles, stalled }: TilingCost): number => (takesTurns === 'filler' ? cycles - stalled : cycles);
  const { height, width } = layer.output;
  let best: { readonly choice: TilingChoice; readonly grouping: Grouping; readonly cost: TilingCost } | undefined;
  const tryAll = (candidates: readonly Grouping[]): void => {
    const uses = candidates.flatMap((grouping) => usesOf(layer, schedule, grouping, context)).map((use) => ({ use, cost: costModel(layer, schedule, use.grouping, context) }));
    for (const columns of fractions(width)) {
      if (best !== undefined && ceilDiv(width, columns) > MAX_PREFETCH_CUTS) return;
      let prefetches = false;
      for (const rows of fractions(height)) {
        for (const { use, cost } of uses) {
          if (!fitsBand(layer, { rows, columns }, use.grouping, config)) continue;
          const choice = choiceOf(layer, use, rows, columns, config);
          if (choice === undefined) continue;
          prefetches ||= choice.prefetches || takesTurns === 'filler';
          if (takesTurns !== undefined && !keepsToShare(layer, choice, takesTurns, config)) continue;
          const modelled = cost(choice);
          if (best === undefined || rank(modelled) < rank(best.cost)) best = { choice, grouping: use.grouping, cost: modelled };
        }
      }
      if (prefetches) return;
    }
  };
  tryAll(groupings(layer, schedule, context));
  if (best === undefined) for (const grouping of finest(layer, schedule, context)) {
    if (fitsStreams(grouping, config)) tryAll([grouping]);
    if (best !== undefined) break;
  }
  if (best === undefined) throw doesNotFit(layer, schedule, context);
  const { choice, grouping, cost } = best;
  return { ...choice, bands: bandsOf(layer, choice.rows, choice.columns), groups: grouping.groups, resident: choice.held === 'layer', cost };
}

/** What the smallest command of the finest cut needs: one pixel, the fewest tiles, one word under one tap (a maximum: under all). */
function doesNotFit(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): LayerDoesNotFitError {
  const { config } = context;
  const grouping = [...finest(layer, schedule, context)].at(-1) as Grouping;
  const own = grouping.chunks.length > 1 || layer.channelwise;
  const frame = frameOf(layer, schedule, grouping.groups, own, own, config);
  return new LayerDoesNotFitError(layer.name, overfullBuffers(layer, banding(layer, 1, 1, frame, own, config), grouping, config));
}

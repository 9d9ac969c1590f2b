// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a layer's tiling: which bands, output-channel groups and loop order are tried; tiling-cost ranks them. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { DefectError } from '../core/errors.js';
import { ceilDiv } from '../core/integers.js';
import { banding, prefetchesRows, type Banding } from './banding.js';
import { overfullBuffers } from './buffer-needs.js';
import { LayerDoesNotFitError } from './errors.js';
import type { ArrayLayer } from './layer.js';
import type { LayerSchedule } from './schedule.js';
import { tileAlignment, tileGroups, type TileGroup } from './tile-group.js';
import { tilingCost } from './tiling-cost.js';

export interface LayerTiling extends Banding {
  readonly groups: readonly TileGroup[];
  /** Which loop is the outer one. */
  readonly order: 'bands-outer' | 'groups-outer';
  /** The whole layer's weights stay in the buffers; otherwise every pass over the groups loads them. */
  readonly resident: boolean;
}

/** What the choice needs to know besides the layer. */
export interface TilingContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  /** The first layer of a program has nothing to hide its first loads behind. */
  readonly startsProgram: boolean;
}

/** Cuts across a row that are tried when something fits already, only to make prefetching possible. */
const MAX_PREFETCH_CUTS = 8;

/** ceil(n / k) for every k, without repetition, largest first. */
const fractions = (n: number): number[] => [...new Set(Array.from({ length: n }, (_, k) => ceilDiv(n, k + 1)))];

/** Whether the streams of all groups fit their buffers together. */
function fitsTogether(groups: readonly TileGroup[], config: AccelConfig): boolean {
  const sum = (name: keyof TileGroup['words']): number => groups.reduce((total, group) => total + group.words[name], 0);
  const isShared = groups.every((group) => group.scheduleStride === 0);
  return (
    sum('weight') <= config.weightDepth && sum('index') <= config.weightDepth && sum('parameter') <= derive(config).paramDepth &&
    (isShared || sum('schedule') <= config.schedDepth)
  );
}

/** Group sizes that are tried, largest first; every one lets the next command begin on a whole word of channels. */
function groupSizes(tiles: number, config: AccelConfig): number[] {
  const alignment = tileAlignment(config);
  return [...new Set(fractions(tiles).map((size) => Math.min(tiles, ceilDiv(size, alignment) * alignment)))];
}

/** Every tiling that is tried: full-width bands first, then narrower ones until rows can be prefetched. */
function* candidates(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Generator<LayerTiling> {
  const { height, width } = layer.output;
  const groupings = groupSizes(schedule.tiles.length, config).map((size) => {
    const groups = tileGroups(layer, schedule, size, config, format);
    return { groups, together: fitsTogether(groups, config) };
  });
  let fits = false;
  for (const columns of fractions(width)) {
    if (fits && ceilDiv(width, columns) > MAX_PREFETCH_CUTS) return;
    let prefetches = false;
    for (const rows of fractions(height)) {
      const bands = banding(layer, rows, columns, config);
      for (const { groups, together } of groupings) {
        if (overfullBuffers({ ...bands, groups }, config).length > 0) continue;
        fits = true;
        prefetches ||= prefetchesRows(layer, bands, config);
        for (const order of ['bands-outer', 'groups-outer'] as const) {
          yield { ...bands, groups, order, resident: together && order === 'bands-outer' && bands.bands.length > 1 };
        }
      }
    }
    if (prefetches) return;
  }
}

/** Throws LayerDoesNotFitError when not even one pixel and the smallest group of channels fit. */
function checkSmallest(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): void {
  const groups = tileGroups(layer, schedule, groupSizes(schedule.tiles.length, config).at(-1) as number, config, format);
  const overfull = overfullBuffers({ ...banding({ ...layer, output: { ...layer.output, height: 1, width: 1 } }, 1, 1, config), groups }, config);
  if (overfull.length > 0) throw new LayerDoesNotFitError(layer.name, overfull);
}

/** The cheapest tiling by the cost model. Throws LayerDoesNotFitError. */
export function chooseTiling(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): LayerTiling {
  checkSmallest(layer, schedule, context);
  let best: { readonly tiling: LayerTiling; readonly cost: number } | undefined;
  for (const tiling of candidates(layer, schedule, context)) {
    const cost = tilingCost(layer, schedule, tiling, context);
    if (best === undefined || cost < best.cost) best = { tiling, cost };
  }
  if (best === undefined) throw new DefectError(`chooseTiling ${layer.name}`, 'no tiling fits although the smallest does');
  return best.tiling;
}

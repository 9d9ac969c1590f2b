// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a layer's tiling: which bands, output-channel groups and loop order are tried; tiling-cost ranks them. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
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

/** Every tiling that is tried: full-width bands first, then narrower ones until rows can be prefetched. */
function* candidates(layer: ArrayLayer, schedule: LayerSchedule, { config, format }: TilingContext): Generator<LayerTiling> {
  const { height, width } = layer.output;
  const alignment = tileAlignment(config);
  const sizes = new Set(fractions(schedule.tiles.length).map((size) => Math.min(schedule.tiles.length, ceilDiv(size, alignment) * alignment)));
  const groupings = [...sizes].map((size) => {
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
        for (const order of ['bands-outer', 'groups-outer'] as const) {
          const tiling = { ...bands, groups, order, resident: together && order === 'bands-outer' && bands.bands.length > 1 };
          const fitting = overfullBuffers(tiling, config).length === 0;
          fits ||= fitting;
          prefetches ||= fitting && prefetchesRows(layer, tiling, config);
          yield tiling;
        }
      }
    }
    if (prefetches) return;
  }
}

/** The cheapest tiling by the cost model. Throws LayerDoesNotFitError. */
export function chooseTiling(layer: ArrayLayer, schedule: LayerSchedule, context: TilingContext): LayerTiling {
  const { config } = context;
  let best: { readonly tiling: LayerTiling; readonly cost: number } | undefined;
  let smallest: LayerTiling | undefined;
  for (const tiling of candidates(layer, schedule, context)) {
    smallest = tiling;
    if (overfullBuffers(tiling, config).length > 0) continue;
    const cost = tilingCost(layer, schedule, tiling, context);
    if (best === undefined || cost < best.cost) best = { tiling, cost };
  }
  if (best !== undefined) return best.tiling;
  throw new LayerDoesNotFitError(layer.name, smallest === undefined ? [] : overfullBuffers(smallest, config));
}

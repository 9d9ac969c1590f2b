// SPDX-License-Identifier: Apache-2.0
/** Owns a layer with its schedule and tiling, before its streams are made. */
import type { ArrayLayer } from './array-layer.js';
import type { BufferShare } from './buffer-share.js';
import { LayerDoesNotFitError } from './errors.js';
import { layerSchedule, type LayerSchedule } from './schedule.js';
import { chooseTiling } from './choose-tiling.js';
import type { LayerTiling, TilingContext } from './tiling.js';

export interface ScheduledLayer {
  readonly layer: ArrayLayer;
  readonly schedule: LayerSchedule;
  readonly tiling: LayerTiling;
  readonly turns?: Turns;
}

/** A layer whose commands take turns with those of a neighbour. */
export interface Turns extends BufferShare {
  /** The layer before, whose output this one reads; undefined: the layer behind. */
  readonly after: string | undefined;
}

/** A layer on its own, in its program. */
export interface ProgramLayer extends ScheduledLayer {
  readonly context: TilingContext;
}

/** Schedule and tiling; words that are spread over the clusters need more of the input at once than one at a time. */
export function scheduled(layer: ArrayLayer, context: TilingContext): { readonly schedule: LayerSchedule; readonly tiling: LayerTiling } {
  const make = (maySpread: boolean): { schedule: LayerSchedule; tiling: LayerTiling } => {
    const schedule = layerSchedule(layer, context.config, context.format, maySpread);
    return { schedule, tiling: chooseTiling(layer, schedule, context) };
  };
  try {
    return make(true);
  } catch (error) {
    if (!(error instanceof LayerDoesNotFitError)) throw error;
    return make(false);
  }
}

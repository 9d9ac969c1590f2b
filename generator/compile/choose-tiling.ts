// SPDX-License-Identifier: Apache-2.0
/** Owns the choice of a layer's tiling: which bands, uses of groups and loop orders are tried; tiling-cost ranks them. */
import type { AccelConfig } from '../arch/config.js';
import { ceilDiv } from '../core/integers.js';
import { windowExtent, type ArrayLayer } from './array-layer.js';
import { banding, bandsOf } from './banding.js';
import { fitsBand, fitsStreams, overfullBuffers } from './buffer-needs.js';
import { LayerDoesNotFitError } from './errors.js';
import { finest, fractions, groupings } from './grouping-candidates.js';
import { fitsHeld, type Grouping, type Held } from './grouping.js';
import type { LayerSchedule } from './schedule.js';
import { costModel, type TilingCost } from './tiling-cost.js';
import type { LayerTiling, LoopOrder, TilingChoice, TilingContext } from './tiling.js';
import { frameOf, type Frame } from './windows.js';

/** Cuts across a row that are tried when something fits already, only to make prefetching possible. */
const MAX_PREFETCH_CUTS = 8;

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

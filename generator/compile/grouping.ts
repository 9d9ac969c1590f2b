// SPDX-License-Identifier: Apache-2.0
/** Owns groupings: one way to cut a layer's output channels into groups and its kernel into chunks, with what the choice of a tiling asks of it. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { sumOf } from './totals.js';
import type { ArrayLayer } from './array-layer.js';
import type { Chunk } from './chunks.js';
import type { LayerSchedule } from './schedule.js';
import type { TileGroup } from './tile-group.js';

type Plane = 'weight' | 'index' | 'schedule';

export interface Grouping {
  readonly groups: readonly TileGroup[];
  readonly chunks: readonly Chunk[];
  /** Most words of a command in each buffer, of all chunks of a group, of the whole layer. */
  readonly ofCommand: Readonly<Record<Plane, number>>;
  readonly ofGroup: Readonly<Record<Plane, number>>;
  readonly ofLayer: Readonly<Record<Plane, number>>;
  readonly parameterOfGroup: number;
  readonly parameterOfLayer: number;
  readonly outPitch: number;
  readonly tiles: number;
  /** Cycles of one pixel over all groups and chunks. */
  readonly pixelCycles: number;
}

/** Streams that all groups share: one for each chunk. */
export const commonPlanes = (schedule: LayerSchedule): Readonly<Record<Plane, boolean>> =>
  ({ weight: schedule.commonWeights, index: schedule.commonIndices, schedule: schedule.shared });

export function groupingOf(schedule: LayerSchedule, groups: readonly TileGroup[]): Grouping {
  const first = groups[0] as TileGroup;
  const most = (value: (group: TileGroup) => number): number => groups.reduce((max, group) => Math.max(max, value(group)), 0);
  const common = commonPlanes(schedule);
  const chain = (group: TileGroup, plane: Plane): number => sumOf(group.parts, ({ words }) => words[plane]);
  const each = (value: (plane: Plane) => number): Record<Plane, number> => ({ weight: value('weight'), index: value('index'), schedule: value('schedule') });
  return {
    groups,
    chunks: first.parts.map(({ chunk }) => chunk),
    ofCommand: each((plane) => most((group) => group.parts.reduce((max, { words }) => Math.max(max, words[plane]), 0))),
    ofGroup: each((plane) => (common[plane] ? 0 : most((group) => chain(group, plane)))),
    ofLayer: each((plane) => (common[plane] ? 0 : sumOf(groups, (group) => chain(group, plane)))),
    parameterOfGroup: most((group) => group.parameterWords),
    parameterOfLayer: sumOf(groups, (group) => group.parameterWords),
    outPitch: most((group) => group.outPitch),
    tiles: most((group) => group.tiles.length),
    pixelCycles: sumOf(groups, (group) => sumOf(group.parts, (part) => part.pixelCycles)),
  };
}

/** Where the streams of a layer stay: for the whole layer, while one group is computed, or for one command. */
export type Held = 'layer' | 'group' | 'command';

/** Whether the streams fit their buffers for as long as they are held; common ones have a rule of their own. */
export function fitsHeld(grouping: Grouping, held: Held, { weightDepth, schedDepth, ...config }: AccelConfig): boolean {
  if (held === 'command') return true;
  const words = held === 'layer' ? grouping.ofLayer : grouping.ofGroup;
  const parameters = held === 'layer' ? grouping.parameterOfLayer : grouping.parameterOfGroup;
  return words.weight <= weightDepth && words.index <= weightDepth && words.schedule <= schedDepth && parameters <= derive({ weightDepth, schedDepth, ...config }).paramDepth;
}

/** Whether the common streams of all chunks stay in their buffer for the whole layer. */
export function holdsCommon(groups: readonly TileGroup[], plane: Plane, { weightDepth, schedDepth }: AccelConfig): boolean {
  const words = sumOf((groups[0] as TileGroup).parts, (part) => part.words[plane]);
  return words <= (plane === 'schedule' ? schedDepth : weightDepth);
}

/** Pixels a lane that a command may have: what the partial-sum buffer holds, when sums pass through it. */
export function maxPixels(layer: ArrayLayer, grouping: Grouping, config: AccelConfig): number {
  const all = layer.output.height * layer.output.width;
  return grouping.chunks.length === 1 ? all : Math.floor(config.partialDepth / (derive(config).drain * grouping.tiles));
}

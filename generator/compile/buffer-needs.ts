// SPDX-License-Identifier: Apache-2.0
/** Owns what a tiling needs in each buffer at least, beside what the configuration has, and the parameter that would help. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { nextPowerOfTwo, roundUp } from '../core/integers.js';
import type { Banding } from './banding.js';
import type { BufferNeed } from './errors.js';
import { pixelsPerLane, type Band } from './geometry.js';
import type { TileGroup } from './tile-group.js';

/** What decides how much of the buffers a command takes. */
export interface BufferUse extends Pick<Banding, 'bands' | 'laneRows' | 'rowPitch'> {
  readonly groups: readonly TileGroup[];
}

/** Words that one command of a tiling needs in each buffer. */
export function bufferNeeds({ bands, groups, laneRows, rowPitch }: BufferUse, config: AccelConfig): BufferNeed[] {
  const pixels = pixelsPerLane(bands[0] as Band, config.lanes);
  const most = (value: (group: TileGroup) => number): number => Math.max(...groups.map(value));
  const tiles = most((group) => group.tiles.length);
  const need = (buffer: string, parameter: string, depth: number, words: number, reason: string): BufferNeed =>
    ({ buffer, parameter, depth, need: words, value: nextPowerOfTwo(words), reason });
  return [
    need('activation', 'act-depth', config.actDepth, laneRows * rowPitch, `${laneRows} rows of ${rowPitch} words a lane`),
    need('output', 'out-depth', config.outDepth, most((group) => group.outPitch) * pixels, `${pixels} pixels a lane`),
    need('weight', 'weight-depth', config.weightDepth, most(({ words }) => Math.max(words.weight, words.index)), `${tiles} tiles of ${config.pes} output channels`),
    need('schedule', 'sched-depth', config.schedDepth, most(({ words }) => words.schedule), `${most((group) => group.scheduleLength)} groups under the kernel`),
    {
      ...need('parameter', 'pes', derive(config).paramDepth, most(({ words }) => words.parameter), `${tiles} tiles of ${config.pes} output channels`),
      value: roundUp(config.pes, config.group),
    },
  ];
}

/** The needs that the configuration does not meet. */
export const overfullBuffers = (tiling: BufferUse, config: AccelConfig): BufferNeed[] =>
  bufferNeeds(tiling, config).filter((need) => need.need > need.depth);

// SPDX-License-Identifier: Apache-2.0
/** Owns what a tiling needs in each buffer at least, beside what the configuration has, and the parameter that would help. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { ceilDiv, nextPowerOfTwo, roundUp } from '../core/integers.js';
import type { ArrayLayer } from './array-layer.js';
import type { Banding } from './banding.js';
import type { BufferNeed } from './errors.js';
import type { Grouping } from './grouping.js';

/** Pixels a lane of the largest band. */
const pixelsOf = (layer: ArrayLayer, { rows, columns }: Pick<Banding, 'rows' | 'columns'>, lanes: number): number =>
  ceilDiv(Math.min(rows, layer.output.height) * Math.min(columns, layer.output.width), lanes);

/** Whether every command of a tiling fits the buffers. */
export function fitsBuffers(layer: ArrayLayer, bands: Pick<Banding, 'rows' | 'columns' | 'actWords'>, grouping: Grouping, config: AccelConfig): boolean {
  return fitsBand(layer, bands, grouping, config) && bands.actWords <= config.actDepth && fitsStreams(grouping, config);
}

/** The part of it that follows from the number of pixels. */
export function fitsBand(layer: ArrayLayer, bands: Pick<Banding, 'rows' | 'columns'>, grouping: Grouping, config: AccelConfig): boolean {
  const pixels = pixelsOf(layer, bands, config.lanes);
  return grouping.outPitch * pixels <= config.outDepth && (grouping.chunks.length === 1 || pixels * grouping.tiles * derive(config).drain <= config.partialDepth);
}

/** The part of it that follows from groups and chunks alone. */
export const fitsStreams = ({ ofCommand, parameterOfGroup }: Grouping, config: AccelConfig): boolean =>
  Math.max(ofCommand.weight, ofCommand.index) <= config.weightDepth && ofCommand.schedule <= config.schedDepth && parameterOfGroup <= derive(config).paramDepth;

/** The needs of a tiling that the configuration does not meet. */
export function overfullBuffers(layer: ArrayLayer, bands: Banding, grouping: Grouping, config: AccelConfig): BufferNeed[] {
  const pixels = pixelsOf(layer, bands, config.lanes);
  const { ofCommand, groups, tiles } = grouping;
  const entries = Math.max(...groups.flatMap((group) => group.parts.map((part) => part.scheduleLength)));
  const need = (buffer: string, parameter: string, depth: number, words: number, reason: string): BufferNeed =>
    ({ buffer, parameter, depth, need: words, value: nextPowerOfTwo(words), reason });
  const tilesText = `${tiles} tiles of ${config.pes} output channels`;
  return [
    need('activation', 'act-depth', config.actDepth, bands.actWords, `${bands.laneRows} rows of ${bands.rowPitch} words a lane${bands.operand === undefined ? '' : ' and the operand'}`),
    need('output', 'out-depth', config.outDepth, grouping.outPitch * pixels, `${pixels} pixels a lane`),
    need('weight', 'weight-depth', config.weightDepth, Math.max(ofCommand.weight, ofCommand.index), tilesText),
    need('schedule', 'sched-depth', config.schedDepth, ofCommand.schedule, `${entries} groups under the kernel`),
    ...(grouping.chunks.length === 1 ? [] : [need('partial-sum', 'partial-depth', config.partialDepth, pixels * tiles * derive(config).drain, tilesText)]),
    { ...need('parameter', 'pes', derive(config).paramDepth, grouping.parameterOfGroup, tilesText), value: roundUp(config.pes, config.group) },
  ].filter((each) => each.need > each.depth);
}

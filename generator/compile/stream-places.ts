// SPDX-License-Identifier: Apache-2.0
/** Owns which commands share a place in a buffer: for a layer, a group, a band or one command. */
import type { AccelConfig } from '../arch/config.js';
import { shareOfConfig } from './buffer-share.js';
import type { Command } from './commands.js';
import { commonPlanes, holdsCommon } from './grouping.js';
import type { StreamBuffer } from './instruction.js';
import type { GroupPart, TileGroup } from './tile-group.js';
import { sumOf } from './totals.js';

export interface StreamPlace {
  /** Commands with the same key share a place, those with the same stream one load. */
  readonly key: string;
  readonly stream: string;
  /** Buffer words from the base of the place. */
  readonly offset: number;
  readonly words: number;
}

const bandKey = ({ band }: Command): string => `${band.row},${band.column}`;

/** Where a command finds a stream. */
export function streamPlace(command: Command, buffer: StreamBuffer, config: AccelConfig): StreamPlace {
  const { plan: { layer, tiling, schedule, streams, library }, group, part } = command;
  const layerKey = `${layer.name}/${buffer}`;
  if (buffer === 'table') return { key: layerKey, stream: layerKey, offset: 0, words: streams[0]?.[0]?.table?.words ?? 0 };
  if (buffer === 'pattern') {
    const patternKey = `pattern/${library?.index}`;
    return { key: patternKey, stream: patternKey, offset: 0, words: library?.patterns.length ?? 0 };
  }
  const before = tiling.groups.slice(0, tiling.held === 'layer' ? group.index : 0);
  if (buffer === 'parameter') {
    const key = { layer: layerKey, group: `${layerKey}/${group.index}`, command: `${layerKey}/${group.index}/${bandKey(command)}` }[tiling.held];
    return { key, stream: `${key}/${group.index}`, offset: sumOf(before, (each) => each.parameterWords), words: group.parameterWords };
  }
  const words = (each: GroupPart): number => each.words[buffer];
  const earlier = sumOf(group.parts.slice(0, part.chunk.index), words);
  const commandKey = `${layerKey}/${group.index}/${part.chunk.index}/${bandKey(command)}`;
  if (commonPlanes(schedule)[buffer]) {
    return holdsCommon(tiling.groups, buffer, shareOfConfig(config, command.plan.turns))
      ? { key: layerKey, stream: `${layerKey}/${part.chunk.index}`, offset: earlier, words: words(part) }
      : { key: commandKey, stream: commandKey, offset: 0, words: words(part) };
  }
  if (tiling.held === 'command') return { key: commandKey, stream: commandKey, offset: 0, words: words(part) };
  const key = tiling.held === 'layer' ? layerKey : `${layerKey}/${group.index}`;
  return { key, stream: `${key}/${group.index}/${part.chunk.index}`, offset: sumOf(before, (each) => sumOf(each.parts, words)) + earlier, words: words(part) };
}

/** Where a command finds its input rows. */
export function inputKey(command: Command): string {
  const { plan: { layer, tiling }, group, part } = command;
  if (tiling.ownWindows) return `${layer.name}/act/${group.index}/${part.chunk.index}/${bandKey(command)}`;
  const pass = passKey(tiling.order === 'groups-outer' && !tiling.wholeInput, group);
  return tiling.ring ? `${layer.name}/act${pass}` : `${layer.name}/act${pass}/${bandKey(command)}`;
}

/** Where it finds the rows of its operand. */
export function operandKey(command: Command): string {
  const { plan: { layer, tiling }, group } = command;
  if (tiling.operand?.offset !== undefined) return inputKey(command);
  return `${layer.name}/operand${passKey(tiling.ownOperand, group)}/${bandKey(command)}`;
}

const passKey = (isOwn: boolean, group: TileGroup): string => (isOwn ? `/${group.index}` : '');

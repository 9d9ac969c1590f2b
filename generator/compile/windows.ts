// SPDX-License-Identifier: Apache-2.0
/** Owns which words of an input pixel, and of an operand pixel, a command finds in the activation banks. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { roundUp } from '../core/integers.js';
import type { ArrayLayer, Extent } from './array-layer.js';
import type { Chunk } from './chunks.js';
import type { LayerSchedule } from './schedule.js';
import type { TileGroup } from './tile-group.js';

/** Words of a pixel that are loaded. */
export interface PixelWindow {
  readonly word: number;
  readonly words: number;
}

/** What is the same for all windows of a tiling. */
export interface Frame {
  /** Largest kernel that a command walks with. */
  readonly kernel: Extent;
  /** Most words of an input pixel that are loaded, and bank words from one pixel to the next. */
  readonly words: number;
  readonly pixelWords: number;
  /** Bank addresses of places are multiples of it. */
  readonly align: number;
  readonly operand: { readonly words: number; readonly pixelWords: number } | undefined;
}

/** Words of an input pixel for a command: all, or only those that its chunk or its tiles read. */
export function inputWindow(layer: ArrayLayer, schedule: LayerSchedule, group: TileGroup, chunk: Chunk, own: boolean, config: AccelConfig): PixelWindow {
  if (!own) return { word: 0, words: layer.input.words };
  const firstOf = (tile: number): number => schedule.firstWord[tile] as number;
  const span = schedule.spread ? derive(config).clusters : chunk.blocks;
  const word = firstOf(group.firstTile) + chunk.block;
  const end = firstOf(group.firstTile + group.tiles.length - 1) + chunk.block + span;
  return { word, words: Math.max(1, Math.min(end, layer.input.words) - word) };
}

/** The same of an operand pixel. */
export function operandWindow(layer: ArrayLayer, schedule: LayerSchedule, group: TileGroup, own: boolean, config: AccelConfig): PixelWindow {
  const total = layer.operand?.words ?? 1;
  if (!own || schedule.operand === undefined) return { word: 0, words: total };
  const words = schedule.operand.words.slice(group.firstTile, group.firstTile + group.tiles.length).flat();
  const word = Math.min(...words);
  const end = Math.max(...words) + (schedule.operand.spread ? derive(config).clusters : 1);
  return { word, words: Math.max(1, Math.min(end, total) - word) };
}

export function frameOf(layer: ArrayLayer, schedule: LayerSchedule, groups: readonly TileGroup[], ownInput: boolean, ownOperand: boolean, config: AccelConfig): Frame {
  const { clusters } = derive(config);
  const chunks = (groups[0] as TileGroup).parts.map(({ chunk }) => chunk);
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 1);
  const words = ownInput ? most(groups.flatMap((group) => chunks.map((chunk) => inputWindow(layer, schedule, group, chunk, true, config).words))) : layer.input.words;
  const operandWords = most(ownOperand ? groups.map((group) => operandWindow(layer, schedule, group, true, config).words) : [layer.operand?.words ?? 1]);
  return {
    kernel: ownInput ? { height: most(chunks.map(({ rows }) => rows)), width: most(chunks.map(({ columns }) => columns)) } : layer.kernel,
    words,
    pixelWords: schedule.spread ? roundUp(words, clusters) : words,
    align: schedule.spread || schedule.operand?.spread === true ? clusters : 1,
    operand: schedule.operand === undefined ? undefined : { words: operandWords, pixelWords: schedule.operand.spread ? roundUp(operandWords, clusters) : operandWords },
  };
}

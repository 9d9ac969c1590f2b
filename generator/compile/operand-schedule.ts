// SPDX-License-Identifier: Apache-2.0
/** Owns the words of the second tensor that each output-channel tile visits at the end of a pixel. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { ceilDiv } from '../core/integers.js';
import type { OperandStage } from './array-layer.js';

export interface OperandSchedule {
  /** Every cluster sees a word of its own: one entry of one step a tile. */
  readonly spread: boolean;
  /** By tile: words that it visits, one step each. */
  readonly words: readonly (readonly number[])[];
  /** Words that all tiles together visit, per tile, from `tileStep * tile` on; undefined: every tile has its own. */
  readonly tileStep: number | undefined;
  /** PE p takes position p mod GROUP of the word of its cluster. */
  readonly canonical: boolean;
}

const sorted = (words: Iterable<number>): number[] => [...new Set(words)].sort((a, b) => a - b);

export function operandSchedule(operand: OperandStage, channels: number, config: AccelConfig, maySpread: boolean): OperandSchedule {
  const { pes, group } = config;
  const { clusters } = derive(config);
  const tileCount = ceilDiv(channels, pes);
  const places = Array.from({ length: channels }, (_, channel) => operand.place(channel));
  const isIdentity = places.every((place, c) => place === undefined || (place.word === Math.floor(c / group) && place.position === c % group));
  const canonical = isIdentity && pes % group === 0;
  if (maySpread && isIdentity && clusters > 1 && operand.words > 1) {
    return { spread: true, words: Array.from({ length: tileCount }, (_, tile) => [tile * clusters]), tileStep: clusters, canonical };
  }
  const own = Array.from({ length: tileCount }, (_, tile) => sorted(places.slice(tile * pes, (tile + 1) * pes).flatMap((place) => (place === undefined ? [] : [place.word]))));
  const most = own.reduce((length, words) => Math.max(length, words.length), 1);
  for (const step of pes % group === 0 ? [pes / group, 0] : [0]) {
    const base = sorted(own.flatMap((words, tile) => words.map((word) => word - tile * step)));
    if (base.length <= most && base.every((word) => word >= 0)) {
      const all = base.length === 0 ? [0] : base;
      return { spread: false, words: own.map((_, tile) => all.map((word) => word + tile * step)), tileStep: step, canonical };
    }
  }
  return { spread: false, words: own.map((words) => (words.length === 0 ? [0] : words)), tileStep: undefined, canonical: false };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns how a run of words becomes bus beats and bursts: the cutter's arithmetic, shared by loads and stores. */
import type { Units } from './units.js';
import { MAX_BURST } from './units.js';

/** First word in its first beat, beats, and last word in its last beat. */
export interface BeatShape {
  readonly slot: number;
  readonly beats: number;
  readonly tail: number;
}

export interface BusShape {
  readonly busBytes: number;
  readonly group: number;
  readonly beatWords: number;
  readonly wordBeats: number;
}

export const busShape = ({ config, derived }: Units): BusShape => ({
  busBytes: derived.busBytes, group: config.group, beatWords: derived.beatWords, wordBeats: derived.wordBeats,
});

/** The beats of `words` G-byte words from a byte address on. */
export function wordBeats(address: number, words: number, { busBytes, group, beatWords, wordBeats: beats }: BusShape): BeatShape {
  if (beatWords === 1) return { slot: 0, beats: words * beats, tail: 0 };
  const slot = Math.floor((address % busBytes) / group);
  const last = slot + words - 1;
  return { slot, beats: Math.floor(last / beatWords) + 1, tail: last % beatWords };
}

/** Beats up to the next multiple of the longest burst. */
export const burstRoom = (address: number, busBytes: number): number => MAX_BURST - (Math.floor(address / busBytes) % MAX_BURST);

// SPDX-License-Identifier: Apache-2.0
/** Owns the contract of an index decoder between compiler and hardware: the width of its plane, its addressing and its encoding. */
import { indexBits } from '../core/integers.js';

/** How one PE's kept positions of one activation group become bits in the index plane. */
export interface IndexFormat {
  readonly name: string;
  /** A plane word serves one step, or one whole schedule entry. */
  readonly unit: 'step' | 'entry';
  /** Bits of one PE in a plane word. */
  bitsPerPe(group: number): number;
  /**
   * Plane fields of one PE and one entry: `count` fields for unit 'step', one for unit 'entry'.
   * @param positions kept positions in the order of the weights, each 0..group-1, at most `count`
   * @param count steps of the entry; slots past the positions have weight 0
   */
  encode(positions: readonly number[], count: number, group: number): bigint[];
  /** The order in which the decoder visits positions: 'any' or strictly 'ascending'. */
  readonly order: 'any' | 'ascending';
}

/** log2 G bits a weight. */
export const directFormat: IndexFormat = {
  name: 'direct',
  unit: 'step',
  order: 'any',
  bitsPerPe: (group) => indexBits(group),
  encode: (positions, count) => Array.from({ length: count }, (_, i) => BigInt(positions[i] ?? 0)),
};

/** G bits a group, visited from the lowest set bit; steps past the population count take index 0. */
export const bitmapFormat: IndexFormat = {
  name: 'bitmap',
  unit: 'entry',
  order: 'ascending',
  bitsPerPe: (group) => group,
  encode: (positions) => [positions.reduce((bits, p) => bits | (1n << BigInt(p)), 0n)],
};

// SPDX-License-Identifier: Apache-2.0
/** Owns the contract of an index decoder between compiler and hardware: the width of its plane, its addressing and its encoding. */
import { indexBits } from '../core/integers.js';
import type { AccelConfig } from './config.js';

/** How one PE's kept positions of one activation group become bits in the index plane. */
export interface IndexFormat {
  readonly name: string;
  /** A plane word serves one step, or one whole schedule entry. */
  readonly unit: 'step' | 'entry';
  /** Bits that the decoder of one PE takes; without a table they are those of one PE in a plane word. */
  bitsPerPe(group: number): number;
  /**
   * Plane fields of one PE and one entry: `count` fields for unit 'step', one for unit 'entry'.
   * @param positions kept positions in the order of the weights, each 0..group-1, at most `count`
   * @param count steps of the entry; slots past the positions have weight 0
   */
  encode(positions: readonly number[], count: number, group: number): bigint[];
  /** The order in which the decoder visits positions: 'any' or strictly 'ascending'. */
  readonly order: 'any' | 'ascending';
  /** Between plane and decoder: the plane holds numbers of words of a table, and the words are what `encode` gives. */
  readonly table?: IndexTable;
}

/** A table of position sets, loaded at run time and read by all PEs: bitmaps of G bits, visited from the lowest set bit. Unit is 'entry'. */
export interface IndexTable {
  /** Width of a number; the table has 2 ** idBits words. */
  readonly idBits: number;
}

/** Bits of one PE in a plane word. */
export const planeBitsPerPe = ({ table, bitsPerPe }: IndexFormat, group: number): number => table?.idBits ?? bitsPerPe(group);

/** Words of the table of a format; 0: it has none. */
export const tableWords = ({ table }: IndexFormat): number => (table === undefined ? 0 : 2 ** table.idBits);

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

/** The number of a position set in a table of 2 ** patternBits bitmaps. */
export const patternFormat = ({ patternBits }: Pick<AccelConfig, 'patternBits'>): IndexFormat => ({ ...bitmapFormat, name: 'pattern', table: { idBits: patternBits } });

/** The formats that need no registration. */
export const builtInFormats = (config: Pick<AccelConfig, 'patternBits'>): readonly IndexFormat[] => [directFormat, bitmapFormat, patternFormat(config)];

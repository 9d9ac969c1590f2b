// SPDX-License-Identifier: Apache-2.0
/** Owns the notion of a bit field in a 32-bit word; knows no instruction and no register. */

/** One field of a 32-bit word. */
export interface Field {
  /** Word index, counted from the first word after the header. */
  readonly word: number;
  readonly lsb: number;
  readonly width: number;
  /** Meaning and unit, one line. */
  readonly doc: string;
  /** Two's complement when true. */
  readonly signed?: boolean;
}

export const field = (word: number, lsb: number, width: number, doc: string): Field => ({ word, lsb, width, doc });

export const signedField = (word: number, lsb: number, width: number, doc: string): Field => ({
  word,
  lsb,
  width,
  doc,
  signed: true,
});

/** Largest value of a field when read unsigned. */
export const fieldMax = (f: Field): number => 2 ** f.width - 1;

/** Whether `value` fits the field as it is declared. */
export const fieldHolds = (f: Field, value: number): boolean => {
  if (!Number.isInteger(value)) return false;
  const low = f.signed === true ? -(2 ** (f.width - 1)) : 0;
  const high = f.signed === true ? 2 ** (f.width - 1) - 1 : fieldMax(f);
  return value >= low && value <= high;
};

/** Puts `value` into its word; the caller has checked that it fits. */
export const insertField = (word: number, f: Field, value: number): number => {
  const mask = f.width === 32 ? 0xffffffff : 2 ** f.width - 1;
  return (word | (((value & mask) >>> 0) << f.lsb)) >>> 0;
};

/** Reads a field from its word. */
export const extractField = (word: number, f: Field): number => {
  const raw = (word >>> f.lsb) & (f.width === 32 ? 0xffffffff : 2 ** f.width - 1);
  const unsigned = raw >>> 0;
  return f.signed === true && unsigned >= 2 ** (f.width - 1) ? unsigned - 2 ** f.width : unsigned;
};

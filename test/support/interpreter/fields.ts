// SPDX-License-Identifier: Apache-2.0
/** Owns how the interpreter reads fields and bits: by the field tables, reserved bits refused. */
import { extractField, insertField, fieldMax, type Field } from '../../../generator/arch/fields.js';

export type Fields = Readonly<Record<string, Field>>;
export type Reader<T extends Fields> = (name: keyof T & string) => number;

/** Reads fields of the words from `at` on. */
export const reader = <T extends Fields>(words: readonly number[], fields: T, at = 0): Reader<T> => (name) => {
  const field = fields[name] as Field;
  return extractField(words[at + field.word] as number, field);
};

/** Throws when one of `count` words from `at` on has a bit that belongs to no field. */
export function refuseReserved(words: readonly number[], fields: Fields, what: string, count: number, at = 0): void {
  for (let word = 0; word < count; word++) {
    const known = Object.values(fields).filter((field) => field.word === word).reduce((mask, field) => insertField(mask, field, fieldMax(field)), 0);
    if (((words[at + word] as number) & ~known) !== 0) throw new Error(`interpreter: ${what} has a reserved bit in word ${word}`);
  }
}

/** Bits [lsb, lsb + width) of little-endian bytes. */
export function readBits(bytes: Uint8Array, lsb: number, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const bit = lsb + i;
    if (((bytes[bit >>> 3] as number) >>> (bit & 7)) & 1) value |= 1n << BigInt(i);
  }
  return value;
}

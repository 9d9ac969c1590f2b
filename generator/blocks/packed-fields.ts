// SPDX-License-Identifier: Apache-2.0
/** Packs named fields into one vector and takes them out again, for FIFOs and sidebands; knows no module. */
import type { Integer, Reference, Slice } from '../dsl/index.js';

export type FieldWidths = Readonly<Record<string, Integer>>;

const add = (a: Integer, b: Integer): Integer => {
  if (typeof a !== 'number') return a.plus(b);
  return typeof b === 'number' ? a + b : b.plus(a);
};

/** Width of all fields together. */
export const packedWidth = (fields: FieldWidths): Integer =>
  Object.values(fields).reduce<Integer>((sum, width) => add(width, sum), 0);

/** The fields of a vector that was made by a concatenation in their order: the first one is the highest. */
export function unpackFields<F extends FieldWidths>(packed: Reference, fields: F): { readonly [K in keyof F]: Slice } {
  const names = Object.keys(fields);
  const slices = names.map((name, i): [string, Slice] => {
    const below = packedWidth(Object.fromEntries(names.slice(i + 1).map((other) => [other, fields[other]!])));
    return [name, packed.slice(below, fields[name]!)];
  });
  return Object.fromEntries(slices) as { readonly [K in keyof F]: Slice };
}

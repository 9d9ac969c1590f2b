// SPDX-License-Identifier: Apache-2.0
/** Packs named fields into one vector and takes them out again, for FIFOs and sidebands; knows no module. */
import { type Integer, type Reference, type Scope, type Source, concat } from '../dsl/index.js';

export type FieldWidths = Readonly<Record<string, Integer>>;

const add = (a: Integer, b: Integer): Integer => {
  if (typeof a !== 'number') return a.plus(b);
  return typeof b === 'number' ? a + b : b.plus(a);
};

/** Width of all fields together. */
export const packedWidth = (fields: FieldWidths): Integer =>
  Object.values(fields).reduce<Integer>((sum, width) => add(width, sum), 0);

/**
 * Declares a net `<name>_<field>` for each field and drives them from a vector that was made by a concatenation in
 * their order: the first field is the highest.
 */
export function unpackFields<F extends FieldWidths>(scope: Scope, name: string, packed: Source, fields: F): { readonly [K in keyof F]: Reference } {
  const nets = Object.entries(fields).map(([field, width]): [string, Reference] => [field, scope.net(`${name}_${field}`, width)]);
  scope.assign(concat(...nets.map(([, net]) => net)), packed);
  return Object.fromEntries(nets) as { readonly [K in keyof F]: Reference };
}

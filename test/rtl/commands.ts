// SPDX-License-Identifier: Apache-2.0
/** Encodes commands the way dispatch hands them to a unit: address, header, payload; for tests of blocks. */
import { type Field, insertField } from '../../generator/arch/fields.js';
import { HEADER } from '../../generator/arch/instructions.js';

type Values<F> = { readonly [K in keyof F]?: number };

/** The words of a payload with these fields. */
export function packFields<F extends Readonly<Record<string, Field>>>(fields: F, words: number, values: Values<F>): number[] {
  const packed = new Array<number>(words).fill(0);
  for (const [name, value] of Object.entries(values) as [string, number][]) {
    const field = fields[name]!;
    packed[field.word] = insertField(packed[field.word]!, field, value);
  }
  return packed;
}

export const headerWord = (values: Values<typeof HEADER>): number => packFields(HEADER, 1, values)[0]!;

// SPDX-License-Identifier: Apache-2.0
/** Owns the interpreter's own index decoders. */
import type { AccelConfig } from '../../../generator/arch/config.js';

/** Index of a PE's step within an entry from its plane fields. */
export type IndexDecode = (field: bigint, step: number) => number;

export interface Decoder {
  readonly unit: 'step' | 'entry';
  /** Bits of a PE in a word of the index plane. */
  readonly bits: number;
  readonly decode: IndexDecode;
  /** The plane's fields are numbers of words of the pattern table, which are what `decode` takes. */
  readonly byTable?: boolean;
}

const bitmapStep: IndexDecode = (field, step) => {
  let seen = 0;
  for (let bit = 0; bit < 32; bit++) if ((field >> BigInt(bit)) & 1n) if (seen++ === step) return bit;
  return 0;
};

/** The decoder of a configuration; a test gives its own for any other name. */
export function builtInDecoder(config: AccelConfig): Decoder {
  if (config.index === 'direct') return { unit: 'step', bits: Math.max(1, Math.ceil(Math.log2(config.group))), decode: (field) => Number(field) };
  if (config.index === 'bitmap') return { unit: 'entry', bits: config.group, decode: bitmapStep };
  if (config.index === 'pattern') return { unit: 'entry', bits: config.patternBits, decode: bitmapStep, byTable: true };
  throw new Error(`interpreter: index decoder ${config.index} was not given`);
}

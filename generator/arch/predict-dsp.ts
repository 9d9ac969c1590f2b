// SPDX-License-Identifier: Apache-2.0
/** Owns the prediction of multipliers and DSP blocks from a configuration. */
import type { AccelConfig } from './config.js';

/** The requantizer builds its 32 x 32 bit product from four of 17 x 17 bits, a DSP block each. */
export const REQUANTIZER_PRODUCTS = 4;
/** The product of value and operand behind it. */
export const OPERAND_PRODUCTS = 1;

export interface DspPrediction {
  /** Multiplications that stay a multiplier in synthesis: those of `--multiplier lut` are adders, those of `packed` one for two lanes. */
  readonly multipliers: number;
  /** DSP48E1 on xc7. */
  readonly dsp48: number;
  /** MULT18X18D on ECP5, which is too narrow for two lanes. */
  readonly mult18: number;
  /** SB_MAC16 on iCE40 UltraPlus: packed multipliers alone. */
  readonly mac16: number;
}

/** Multipliers that synthesis finds for a multiplier of the array; packed lanes are even in number. */
const ARRAY_SHARE = { dsp: 1, packed: 0.5, lut: 0 } as const;

export function predictDsp(config: Pick<AccelConfig, 'pes' | 'lanes' | 'requant' | 'multiplier'>): DspPrediction {
  const lanes = config.pes * config.lanes;
  const array = ARRAY_SHARE[config.multiplier] * lanes;
  const drain = config.requant * config.lanes * (REQUANTIZER_PRODUCTS + OPERAND_PRODUCTS);
  const multipliers = array + drain;
  return { multipliers, dsp48: multipliers, mult18: (config.multiplier === 'lut' ? 0 : lanes) + drain, mac16: config.multiplier === 'packed' ? array : 0 };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the prediction of multipliers and DSP blocks from a configuration. */
import type { AccelConfig } from './config.js';

/** The requantizer builds its 32 x 32 bit product from four of 17 x 17 bits, a DSP block each. */
export const REQUANTIZER_PRODUCTS = 4;
/** The product of value and operand behind it. */
export const OPERAND_PRODUCTS = 1;

export interface DspPrediction {
  /** Multiplications that stay a multiplier in synthesis: those of `--multiplier lut` are adders. */
  readonly multipliers: number;
  /** DSP48E1 on xc7. */
  readonly dsp48: number;
}

export function predictDsp(config: Pick<AccelConfig, 'pes' | 'lanes' | 'requant' | 'multiplier'>): DspPrediction {
  const array = config.multiplier === 'lut' ? 0 : config.pes * config.lanes;
  const multipliers = array + config.requant * config.lanes * (REQUANTIZER_PRODUCTS + OPERAND_PRODUCTS);
  return { multipliers, dsp48: multipliers };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the multiplier of `--multiplier packed`: two products of one weight in one DSP block. */
import type { AccelConfig } from '../arch/config.js';
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const packedMultiplierModule = (config: AccelConfig, all: ComputeParameters) =>
  defineModule({
    name: 'packed_multiplier',
    doc: {
      role: 'Products of two activations with one weight, by one multiplication.',
      timing: 'Operands in cycle t, products in t + 2. One pair a cycle.',
      reset: 'None: the control flags run beside it.',
      numbers: 'int8 x WEIGHT_W bits, two\'s complement. The low product is exact; the high one is exact with round_o added.',
    },
    parameters: pick(all, 'WEIGHT_W'),
    ports: (P) => ({
      clk_i: clock(),
      high_i: input(8, { group: 'Operands', doc: 'int8' }),
      low_i: input(8, { doc: 'int8' }),
      weight_i: input(P.WEIGHT_W, { doc: 'signed' }),
      products_o: output(P.WEIGHT_W.plus(8).times(2), { group: 'Products', doc: 'that of low_i lowest' }),
      round_o: output(1, { doc: '1: the high product is one more' }),
    }),
    primitives: ['SB_MAC16'],
    view: { isNarrow: config.weightBits < 8 },
  });

// SPDX-License-Identifier: Apache-2.0
/** Owns the pool unit's ports: the register of the word that PEs see, which can keep a running maximum. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const poolUnitModule = (all: ComputeParameters) =>
  defineModule({
    name: 'pool_unit',
    doc: {
      role: 'Pool unit: register of the word that a cluster sees; takes the read word or, bytewise, the larger of both.',
      timing: 'rd_en_i and maximum_i in cycle t with the address, word_i in t + 2, word_o from t + 3 until the next read.',
      reset: 'None: the word is undefined before the first read.',
      numbers: 'A word is GROUP int8, channel 0 lowest; the maximum is signed.',
    },
    parameters: pick(all, 'GROUP'),
    ports: (P) => ({
      clk_i: clock(),
      rd_en_i: input(1, { group: 'Read' }),
      maximum_i: input(1, { doc: 'keep the larger bytes' }),
      word_i: input(P.GROUP.times(8), { group: 'Words' }),
      word_o: output(P.GROUP.times(8)),
    }),
  });

// SPDX-License-Identifier: Apache-2.0
/** Owns the requantizer: TFLite's int8 output stage with gemmlowp double rounding or with single rounding, one channel, all lanes. */
import type { AccelConfig } from '../arch/config.js';
import { PARAMETER } from '../arch/instructions.js';
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** Cycles from a sum to its zero point and clamp, and to its value. */
export const SUM_TO_CLAMP = 10;
export const SUM_TO_VALUE = 13;

const ROUNDING_DOC = {
  double:
    'the high half of the doubled 64-bit product is rounded half up; the right shift rounds half away from zero (gemmlowp)',
  single: 'the 64-bit product is shifted right by 31 more than the right shift and rounded half up, once',
} as const;

export const requantizerModule = (config: Pick<AccelConfig, 'rounding'>, all: ComputeParameters) =>
  defineModule({
    name: 'requantizer',
    doc: {
      role: 'Bias or partial sum, multiplier, shift, zero point and clamp of one channel for all lanes: int32 sums to int8.',
      timing:
        'Sums, parameters and partial sums in cycle t; second_sums_i in t + 1; partials_o in t + 2; zero point, clamp and ' +
        `real_i in t + ${SUM_TO_CLAMP}; values_o in t + ${SUM_TO_VALUE}. One channel a cycle.`,
      reset: 'None: the valid flags run beside it.',
      numbers: `sum + bias and the left shift wrap at 32 bits; ${ROUNDING_DOC[config.rounding]}; the result is clamped.`,
    },
    parameters: pick(all, 'LANES'),
    ports: (P) => ({
      clk_i: clock(),
      second_slot_i: input(1, { group: 'Channel', doc: 'a cycle before the sums: those of the second pass' }),
      sums_i: input(P.LANES.times(32), { doc: 'lane 0 lowest' }),
      second_sums_i: input(P.LANES.times(32), { doc: 'lane 0 lowest' }),
      params_i: input(72, { doc: 'bias, multiplier, shifts' }),
      partial_in_i: input(1, { group: 'Partial sums', doc: 'partials_i instead of the bias' }),
      partials_i: input(P.LANES.times(32), { doc: 'lane 0 lowest' }),
      partials_o: output(P.LANES.times(32), { doc: 'the sums with it; lane 0 lowest' }),
      real_i: input(1, { group: 'Clamp', doc: '0: a padding channel, values are 0' }),
      zero_point_i: input(8, { doc: 'int8' }),
      clamp_min_i: input(8, { doc: 'int8' }),
      clamp_max_i: input(8, { doc: 'int8' }),
      values_o: output(P.LANES.times(8), { group: 'Result', doc: 'int8, lane 0 lowest' }),
    }),
    view: { parameter: PARAMETER, single: config.rounding === 'single' },
  });

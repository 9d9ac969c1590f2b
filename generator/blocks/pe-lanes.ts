// SPDX-License-Identifier: Apache-2.0
/** Owns what a lane of a PE has beside a packed multiplier: select, accumulator, operand, capture. */
import { clock, defineModule, type Expression, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** Flags of the sums and what comes of them: of a PE, and of its lanes. */
export const sumPorts = (P: { readonly LANES: Expression; readonly ACC_W: Expression }) => ({
  clear_i: input(1, { group: 'Control', doc: 'this product starts a new sum' }),
  enable_i: input(1, { doc: 'there is a product' }),
  hold_i: input(1, { doc: 'the step gives an operand; no product comes of it' }),
  capture_i: input(1, { doc: 'the sum is complete' }),
  result_o: output(P.LANES.times(P.ACC_W), { group: 'Result', doc: 'captured sums, lane 0 lowest' }),
  operand_o: output(P.LANES.times(8), { doc: 'captured operands, lane 0 lowest' }),
});

export const peLanesModule = (all: ComputeParameters) =>
  defineModule({
    name: 'pe_lanes',
    doc: {
      role: 'Lanes of a processing element around its packed multipliers: select, accumulate, capture.',
      timing:
        'select_i in cycle t - 1, act_i and odd_i in t, selected_o in the same; products_i, clear_i and enable_i in t + 2, accumulator for ' +
        't + 3. hold_i, capture_i and results as in pe.',
      reset: 'None: see pe.',
      numbers: 'Products of 8 + WEIGHT_W bits, those of odd lanes with rounds_i added, into accumulators of ACC_W bits that wrap.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'SELECT_W', 'WEIGHT_W', 'ACC_W'),
    ports: (P) => ({
      clk_i: clock(),
      act_i: input(P.LANES.times(P.GROUP).times(8), { group: 'Operands', doc: 'one word of GROUP int8 a lane' }),
      select_i: input(P.SELECT_W, { doc: 'which of the GROUP activations' }),
      odd_i: input(1, { doc: 'bit 0 of the weight' }),
      selected_o: output(P.LANES.times(8), { group: 'Multipliers', doc: 'selected activations, lane 0 lowest' }),
      products_i: input(P.LANES.times(P.WEIGHT_W.plus(8)), { doc: 'lane 0 lowest' }),
      rounds_i: input(P.LANES.dividedBy(2), { doc: 'of lanes 1, 3, ...' }),
      ...sumPorts(P),
    }),
    rules: ({ LANES }) => (LANES % 2 === 0 ? [] : [`LANES must be even, is ${LANES}`]),
  });

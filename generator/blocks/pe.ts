// SPDX-License-Identifier: Apache-2.0
/** Owns the processing element's ports; its behaviour is templates/rtl/pe.v.hbs. */
import type { AccelConfig } from '../arch/config.js';
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

/** Shift and add: the partial products of the lower and of the upper half of the weight's bits, each half a sum; that of the sign bit is subtracted. */
function adderTree(weightBits: number): { readonly isPair: boolean; readonly isTwoPairs: boolean } {
  return { isPair: weightBits === 2, isTwoPairs: weightBits === 4 };
}

export const peModule = (config: AccelConfig, all: ComputeParameters) =>
  defineModule({
    name: 'pe',
    doc: {
      role: 'Processing element: one output channel, LANES pixels that share one weight and one select.',
      timing:
        'select_i and act_i in cycle t, weight_i with them; operands registered for t + 1, product for t + 2, ' +
        'accumulator for t + 3. clear_i and enable_i belong to the product and come in t + 2. capture_i copies the ' +
        'accumulators to result_o for the next cycle. hold_i comes in t + 1: if the weight is odd, the selected byte waits ' +
        'as operand until capture_i, which copies it to operand_o. One step a cycle, no backpressure.',
      reset: 'None: clear_i starts every sum, so an unwritten operand shows as X.',
      numbers: 'int8 x WEIGHT_W bits into an accumulator of ACC_W bits that wraps, all two\'s complement; the compiler checks its range.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'SELECT_W', 'WEIGHT_W', 'ACC_W'),
    ports: (P) => ({
      clk_i: clock(),
      act_i: input(P.LANES.times(P.GROUP).times(8), { group: 'Operands', doc: 'one word of GROUP int8 a lane' }),
      weight_i: input(P.WEIGHT_W, { doc: 'signed' }),
      select_i: input(P.SELECT_W, { doc: 'which of the GROUP activations' }),
      clear_i: input(1, { group: 'Control', doc: 'this product starts a new sum' }),
      enable_i: input(1, { doc: 'there is a product' }),
      hold_i: input(1, { doc: 'the step gives an operand; no product comes of it' }),
      capture_i: input(1, { doc: 'the sum is complete' }),
      result_o: output(P.LANES.times(P.ACC_W), { group: 'Result', doc: 'captured sums, lane 0 lowest' }),
      operand_o: output(P.LANES.times(8), { doc: 'captured operands, lane 0 lowest' }),
    }),
    view: { isLut: config.multiplier === 'lut', ...adderTree(config.weightBits) },
  });

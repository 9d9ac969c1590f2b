// SPDX-License-Identifier: Apache-2.0
/** Owns the processing element: a leaf (templates/rtl/pe.v.hbs), or its lanes and packed multipliers where two lanes share one. */
import type { AccelConfig } from '../arch/config.js';
import { type Body, clock, defineModule, input, type ParameterReferences } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { packedMultiplierModule } from './packed-multiplier.js';
import { peLanesModule, sumPorts } from './pe-lanes.js';

/** Shift and add: the partial products of the lower and of the upper half of the weight's bits, each half a sum; that of the sign bit is subtracted. */
function adderTree(weightBits: number): { readonly isPair: boolean; readonly isTwoPairs: boolean } {
  return { isPair: weightBits === 2, isTwoPairs: weightBits === 4 };
}

const parametersOf = (all: ComputeParameters) => pick(all, 'GROUP', 'LANES', 'SELECT_W', 'WEIGHT_W', 'ACC_W');
type PeParameters = ParameterReferences<ReturnType<typeof parametersOf>>;

const portsOf = (P: PeParameters) => ({
  clk_i: clock(),
  act_i: input(P.LANES.times(P.GROUP).times(8), { group: 'Operands', doc: 'one word of GROUP int8 a lane' }),
  weight_i: input(P.WEIGHT_W, { doc: 'signed' }),
  select_i: input(P.SELECT_W, { doc: 'which of the GROUP activations' }),
  ...sumPorts(P),
});

/** Lanes 2i and 2i + 1 share a multiplier. */
const packedBody = (config: AccelConfig, all: ComputeParameters) => {
  const lanes = peLanesModule(all);
  const multiplier = packedMultiplierModule(config, all);
  return (m: Body<ReturnType<typeof portsOf>>, P: PeParameters): void => {
    const pairs = P.LANES.dividedBy(2);
    const productsBits = P.WEIGHT_W.plus(8).times(2);
    const selected = m.net('selected', P.LANES.times(8));
    const products = m.net('products', pairs.times(productsBits));
    const rounds = m.net('rounds', pairs);
    m.generate('gen_pair', 'i', pairs, (g, i) => {
      g.instance('u_multiplier', multiplier, {
        parameters: { WEIGHT_W: P.WEIGHT_W },
        connect: {
          clk_i: m.port.clk_i,
          high_i: selected.slice(i.times(16).plus(8), 8),
          low_i: selected.slice(i.times(16), 8),
          weight_i: m.port.weight_i,
          products_o: products.slice(i.times(productsBits), productsBits),
          round_o: rounds.bit(i),
        },
      });
    });
    m.instance('u_lanes', lanes, {
      parameters: { GROUP: P.GROUP, LANES: P.LANES, SELECT_W: P.SELECT_W, WEIGHT_W: P.WEIGHT_W, ACC_W: P.ACC_W },
      connect: {
        clk_i: m.port.clk_i,
        act_i: m.port.act_i,
        select_i: m.port.select_i,
        odd_i: m.port.weight_i.bit(0),
        selected_o: selected,
        products_i: products,
        rounds_i: rounds,
        clear_i: m.port.clear_i,
        enable_i: m.port.enable_i,
        hold_i: m.port.hold_i,
        capture_i: m.port.capture_i,
        result_o: m.port.result_o,
        operand_o: m.port.operand_o,
      },
    });
  };
};

export const peModule = (config: AccelConfig, all: ComputeParameters) =>
  defineModule({
    name: 'pe',
    doc: {
      role: 'Processing element: one output channel, LANES pixels that share one weight and one select.',
      timing:
        'select_i in cycle t, act_i and weight_i in t + 1; operands registered for t + 2, product for t + 3, ' +
        'accumulator for t + 4. clear_i and enable_i belong to the product and come in t + 3. capture_i copies the ' +
        'accumulators to result_o for the next cycle. hold_i comes in t + 2: if the weight is odd, the selected byte waits ' +
        'as operand until capture_i, which copies it to operand_o. One step a cycle, no backpressure.',
      reset: 'None: clear_i starts every sum, so an unwritten operand shows as X.',
      numbers: 'int8 x WEIGHT_W bits into an accumulator of ACC_W bits that wraps, all two\'s complement; the compiler checks its range.',
    },
    parameters: parametersOf(all),
    ports: portsOf,
    ...(config.multiplier === 'packed'
      ? { body: packedBody(config, all) }
      : { view: { isLut: config.multiplier === 'lut', ...adderTree(config.weightBits) } }),
  });

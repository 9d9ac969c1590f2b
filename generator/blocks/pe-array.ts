// SPDX-License-Identifier: Apache-2.0
/** Owns the array: P index decoders and P processing elements in lockstep. */
import type { AccelConfig } from '../arch/config.js';
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import type { IndexDecoder } from './index-decoder.js';
import { peModule } from './pe.js';

export const peArrayModule = (config: AccelConfig, all: ComputeParameters, decoder: IndexDecoder) => {
  const pe = peModule(config, all);
  const indexDecoder = decoder.module(config);
  const clustered = all.CLUSTERS.default > 1;
  return defineModule({
    name: 'pe_array',
    doc: {
      role: 'PES processing elements in lockstep: an activation word a cluster and lane; own weight and index each.',
      timing: 'As pe; the indices of a step come in the same cycle as its decoder flags, its word and weights a cycle later.',
      reset: 'None: see pe.',
      numbers: 'As pe.',
    },
    parameters: pick(all, 'PES', 'GROUP', 'LANES', 'CLUSTERS', 'SELECT_W', 'INDEX_W', 'WEIGHT_W', 'ACC_W'),
    ports: (P) => ({
      clk_i: clock(),
      act_i: input(P.CLUSTERS.times(P.LANES).times(P.GROUP).times(8), {
        group: 'Operands', doc: 'words of GROUP int8, cluster 0 lowest, in it lane 0',
      }),
      weights_i: input(P.PES.times(P.WEIGHT_W), { doc: 'weight of PE 0 lowest' }),
      indices_i: input(P.PES.times(P.INDEX_W), { doc: 'index field of PE 0 lowest' }),
      dec_valid_i: input(1, { group: 'Decoder flags', doc: 'with the operands' }),
      dec_first_i: input(1),
      dec_dense_i: input(1),
      dec_step_i: input(P.SELECT_W),
      hold_i: input(1, { group: 'Operand flag', doc: 'one cycle after the word' }),
      mac_clear_i: input(1, { group: 'Accumulator flags', doc: 'with the product' }),
      mac_enable_i: input(1),
      capture_i: input(1, { doc: 'with the complete sum' }),
      results_o: output(P.PES.times(P.LANES).times(P.ACC_W), { group: 'Results', doc: 'PE 0 lowest, in it lane 0' }),
      operands_o: output(P.PES.times(P.LANES).times(8), { doc: 'PE 0 lowest, in it lane 0' }),
    }),
    body: (m, P) => {
      const wordBits = P.LANES.times(P.GROUP).times(8);
      m.generate('gen_pe', 'p', P.PES, (g, p) => {
        const select = g.net('select', P.SELECT_W);
        g.instance('u_decoder', indexDecoder, {
          parameters: { SELECT_W: P.SELECT_W, INDEX_W: P.INDEX_W },
          connect: {
            clk_i: m.port.clk_i,
            valid_i: m.port.dec_valid_i,
            first_i: m.port.dec_first_i,
            dense_i: m.port.dec_dense_i,
            step_i: m.port.dec_step_i,
            index_i: m.port.indices_i.slice(p.times(P.INDEX_W), P.INDEX_W),
            select_o: select,
          },
        });
        const resultBits = P.LANES.times(P.ACC_W);
        const operandBits = P.LANES.times(8);
        const cluster = p.minus(p.modulo(P.GROUP)).dividedBy(P.GROUP);
        g.instance('u_pe', pe, {
          parameters: { GROUP: P.GROUP, LANES: P.LANES, SELECT_W: P.SELECT_W, WEIGHT_W: P.WEIGHT_W, ACC_W: P.ACC_W },
          connect: {
            clk_i: m.port.clk_i,
            act_i: clustered ? m.port.act_i.slice(cluster.times(wordBits), wordBits) : m.port.act_i,
            weight_i: m.port.weights_i.slice(p.times(P.WEIGHT_W), P.WEIGHT_W),
            select_i: select,
            clear_i: m.port.mac_clear_i,
            enable_i: m.port.mac_enable_i,
            hold_i: m.port.hold_i,
            capture_i: m.port.capture_i,
            result_o: m.port.results_o.slice(p.times(resultBits), resultBits),
            operand_o: m.port.operands_o.slice(p.times(operandBits), operandBits),
          },
        });
      });
    },
  });
};

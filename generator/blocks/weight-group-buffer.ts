// SPDX-License-Identifier: Apache-2.0
/** Owns the weight-group buffer: weight plane and index plane, each with one address for all PEs. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, hasPatterns, pick } from './compute-parameters.js';

export const weightGroupBufferModule = (all: ComputeParameters) =>
  defineModule({
    name: 'weight_group_buffer',
    doc: {
      role: 'Weight plane and index plane: one address serves every PE.',
      timing: `Read data two cycles after the read enable${hasPatterns(all) ? ', of the index plane one cycle' : ''}, held until the next one; a write a cycle beside it.`,
      reset: 'None: contents are undefined until loaded.',
      numbers: 'A weight word holds one weight a PE, an index word one field a PE; PE 0 lowest.',
    },
    parameters: pick(all, 'PES', 'WEIGHT_W', 'INDEX_W', 'WEIGHT_ADDR_W', 'WEIGHT_DEPTH', 'INDEX_ADDR_W', 'INDEX_DEPTH'),
    ports: (P) => ({
      clk_i: clock(),
      weight_wr_en_i: input(1, { group: 'Weight plane, write' }),
      weight_wr_addr_i: input(P.WEIGHT_ADDR_W),
      weight_wr_data_i: input(P.PES.times(P.WEIGHT_W)),
      weight_rd_en_i: input(1, { group: 'Weight plane, read' }),
      weight_rd_addr_i: input(P.WEIGHT_ADDR_W),
      weight_rd_data_o: output(P.PES.times(P.WEIGHT_W)),
      index_wr_en_i: input(1, { group: 'Index plane, write' }),
      index_wr_addr_i: input(P.INDEX_ADDR_W),
      index_wr_data_i: input(P.PES.times(P.INDEX_W)),
      index_rd_en_i: input(1, { group: 'Index plane, read' }),
      index_rd_addr_i: input(P.INDEX_ADDR_W),
      index_rd_data_o: output(P.PES.times(P.INDEX_W)),
    }),
    body: (m, P) => {
      m.memory('u_weights', {
        width: P.PES.times(P.WEIGHT_W),
        depth: P.WEIGHT_DEPTH,
        addressWidth: P.WEIGHT_ADDR_W,
        doc: 'Weight plane: one step a word.',
        connect: {
          clk_i: m.port.clk_i,
          wr_en_i: m.port.weight_wr_en_i,
          wr_addr_i: m.port.weight_wr_addr_i,
          wr_data_i: m.port.weight_wr_data_i,
          rd_en_i: m.port.weight_rd_en_i,
          rd_addr_i: m.port.weight_rd_addr_i,
          rd_data_o: m.port.weight_rd_data_o,
        },
      });
      m.memory('u_indices', {
        width: P.PES.times(P.INDEX_W),
        depth: P.INDEX_DEPTH,
        addressWidth: P.INDEX_ADDR_W,
        // The pattern table behind it is the second cycle.
        outputRegister: !hasPatterns(all),
        doc: 'Index plane: addressed by step or by group, as the decoder wants it.',
        connect: {
          clk_i: m.port.clk_i,
          wr_en_i: m.port.index_wr_en_i,
          wr_addr_i: m.port.index_wr_addr_i,
          wr_data_i: m.port.index_wr_data_i,
          rd_en_i: m.port.index_rd_en_i,
          rd_addr_i: m.port.index_rd_addr_i,
          rd_data_o: m.port.index_rd_data_o,
        },
      });
    },
  });

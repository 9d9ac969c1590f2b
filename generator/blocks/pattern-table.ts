// SPDX-License-Identifier: Apache-2.0
/** Owns the table between index plane and index decoders: a copy of all position sets for every PE. */
import { bits, clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const patternTableModule = (all: ComputeParameters) =>
  defineModule({
    name: 'pattern_table',
    doc: {
      role: 'Table of position sets: turns the number that the index plane has for each PE into a bitmap for its decoder.',
      timing: 'A number in cycle t has its bitmap in t + 1; a write a cycle beside it, seen by numbers that come later.',
      reset: 'None: contents are undefined until loaded.',
      numbers: 'Bit i of a bitmap is position i of the group; PE 0 lowest.',
    },
    parameters: pick(all, 'PES', 'INDEX_W', 'PATTERN_W', 'PATTERNS'),
    ports: (P) => ({
      clk_i: clock(),
      wr_en_i: input(1, { group: 'Write port, the same for all copies' }),
      wr_addr_i: input(P.INDEX_W),
      wr_data_i: input(P.PATTERN_W),
      ids_i: input(P.PES.times(P.INDEX_W), { group: 'Read', doc: 'number of PE 0 lowest' }),
      patterns_o: output(P.PES.times(P.PATTERN_W), { doc: 'bitmap of PE 0 lowest' }),
    }),
    body: (m, P) => {
      m.generate('gen_pe', 'p', P.PES, (g, p) => {
        g.memory('u_patterns', {
          width: P.PATTERN_W,
          depth: P.PATTERNS,
          addressWidth: P.INDEX_W,
          outputRegister: false,
          doc: 'The position sets: one read port a PE needs one copy a PE.',
          connect: {
            clk_i: m.port.clk_i,
            wr_en_i: m.port.wr_en_i,
            wr_addr_i: m.port.wr_addr_i,
            wr_data_i: m.port.wr_data_i,
            rd_en_i: bits(1, 1),
            rd_addr_i: m.port.ids_i.slice(p.times(P.INDEX_W), P.INDEX_W),
            rd_data_o: m.port.patterns_o.slice(p.times(P.PATTERN_W), P.PATTERN_W),
          },
        });
      });
    },
  });

// SPDX-License-Identifier: Apache-2.0
/** Owns the activation buffer: one bank a lane, cut into sub-banks that take a whole beat and give every cluster a word. */
import { bits, clock, defineModule, input, output } from '../dsl/index.js';
import { actReadSelectModule, actWriteAlignModule } from './act-align.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { poolUnitModule } from './pool-unit.js';

export const actBufferModule = (all: ComputeParameters) => {
  const align = actWriteAlignModule(all);
  const select = actReadSelectModule(all);
  const pool = poolUnitModule(all);
  const single = all.SUB_BANKS.default === 1;
  return defineModule({
    name: 'act_buffer',
    doc: {
      role: 'Activation banks: LANES banks of ACT_DEPTH words of GROUP int8, SUB_BANKS sub-banks each.',
      timing:
        'One beat written and CLUSTERS words a lane read every cycle; read data three cycles after rd_en_i, held until the next.',
      reset: 'None: contents are undefined until loaded.',
      numbers: 'Addresses count words and wrap at ACT_DEPTH; a spread address is a multiple of CLUSTERS. The maximum is signed.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'BEAT_WORDS', 'SUB_BANKS', 'CLUSTERS', 'ACT_ADDR_W', 'ACT_BANK_W', 'ACT_ROW_W', 'ACT_DEPTH'),
    ports: (P) => ({
      clk_i: clock(),
      wr_lanes_i: input(P.LANES, { group: 'Write', doc: 'lanes that take the beat; none: no write' }),
      wr_words_i: input(P.BEAT_WORDS, { doc: 'which words of the beat are valid' }),
      wr_addr_i: input(P.ACT_ADDR_W, { doc: 'bank address of word 0 of the beat' }),
      wr_data_i: input(P.BEAT_WORDS.times(P.GROUP).times(8)),
      rd_en_i: input(1, { group: 'Read' }),
      rd_addr_i: input(P.LANES.times(P.ACT_ADDR_W), { doc: 'an address a lane, lane 0 lowest' }),
      rd_spread_i: input(1, { doc: 'cluster c reads the addressed word plus c; else all read the addressed one' }),
      rd_maximum_i: input(1, { doc: 'the words become the bytewise maximum of those read and those before' }),
      rd_data_o: output(P.CLUSTERS.times(P.LANES).times(P.GROUP).times(8), { doc: 'cluster 0 lowest, in it a word a lane' }),
    }),
    body: (m, P) => {
      const rows = P.ACT_DEPTH.dividedBy(P.SUB_BANKS);
      const rowBits = P.ACT_ROW_W;
      const addrBits = P.ACT_ADDR_W;
      const wordBits = P.GROUP.times(8);
      const wrEn = m.net('wr_en', P.LANES.times(P.SUB_BANKS));
      const wrRow = m.net('wr_row', P.SUB_BANKS.times(rowBits));
      const wrData = m.net('wr_data', P.SUB_BANKS.times(wordBits));
      m.instance('u_align', align, {
        parameters: pick(P, 'GROUP', 'LANES', 'BEAT_WORDS', 'SUB_BANKS', 'ACT_ADDR_W', 'ACT_ROW_W'),
        connect: {
          lanes_i: m.port.wr_lanes_i,
          words_i: m.port.wr_words_i,
          addr_i: m.port.wr_addr_i,
          data_i: m.port.wr_data_i,
          wr_en_o: wrEn,
          wr_row_o: wrRow,
          wr_data_o: wrData,
        },
      });
      m.generate('gen_lane', 'l', P.LANES, (lane, l) => {
        const subData = lane.net('bank_data', P.SUB_BANKS.times(wordBits));
        const bankBits = single ? 0 : P.ACT_BANK_W;
        const address = l.times(addrBits);
        lane.generate('gen_bank', 'b', P.SUB_BANKS, (bank, b) => {
          bank.memory('u_bank', {
            width: wordBits,
            depth: rows,
            addressWidth: rowBits,
            doc: 'Every SUB_BANKS-th word of the lane.',
            connect: {
              clk_i: m.port.clk_i,
              wr_en_i: wrEn.bit(l.times(P.SUB_BANKS).plus(b)),
              wr_addr_i: wrRow.slice(b.times(rowBits), rowBits),
              wr_data_i: wrData.slice(b.times(wordBits), wordBits),
              rd_en_i: m.port.rd_en_i,
              rd_addr_i: m.port.rd_addr_i.slice(address.plus(bankBits), rowBits),
              rd_data_o: subData.slice(b.times(wordBits), wordBits),
            },
          });
        });
        const words = lane.net('words', P.CLUSTERS.times(wordBits));
        lane.instance('u_select', select, {
          parameters: pick(P, 'GROUP', 'SUB_BANKS', 'CLUSTERS', 'ACT_BANK_W'),
          connect: {
            clk_i: m.port.clk_i,
            bank_i: single ? bits(1, 0) : m.port.rd_addr_i.slice(address, P.ACT_BANK_W),
            spread_i: m.port.rd_spread_i,
            data_i: subData,
            words_o: words,
          },
        });
        lane.generate('gen_cluster', 'c', P.CLUSTERS, (cluster, c) => {
          cluster.instance('u_pool', pool, {
            parameters: { GROUP: P.GROUP },
            connect: {
              clk_i: m.port.clk_i,
              rd_en_i: m.port.rd_en_i,
              maximum_i: m.port.rd_maximum_i,
              word_i: words.slice(c.times(wordBits), wordBits),
              word_o: m.port.rd_data_o.slice(c.times(P.LANES).plus(l).times(wordBits), wordBits),
            },
          });
        });
      });
    },
  });
};

// SPDX-License-Identifier: Apache-2.0
/** Owns the output buffer: for every lane banks of G-byte words, one half of each drained into while the other is stored. */
import { bits, clock, concat, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { drainPorts, outputPlaceModule, outputSelectModule } from './output-place.js';
import { ramByteEn } from './ram-byte-en.js';

export const outputBufferModule = (all: ComputeParameters) => {
  const place = outputPlaceModule(all);
  const select = outputSelectModule(all);
  const oneBank = all.OUT_BANKS.default === 1;
  return defineModule({
    name: 'output_buffer',
    doc: {
      role: 'Output banks: a lane has two halves of OUT_DEPTH words of GROUP int8 in the same banks, byte enables, double-buffered.',
      timing: 'One drain step written and one word read every cycle; rd_data_o three cycles after rd_en_i.',
      reset: 'None: contents are undefined until written.',
      numbers: 'Addresses count G-byte words; with several banks, word w lies in bank w modulo OUT_BANKS.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'LANE_W', 'BYTE_W', 'OUT_ADDR_W', 'OUT_BANK_W', 'OUT_ROW_W', 'OUT_DEPTH'),
    ports: (P) => ({
      clk_i: clock(),
      ...drainPorts(P),
      rd_en_i: input(1, { group: 'Store' }),
      rd_half_i: input(1),
      rd_lane_i: input(P.LANE_W),
      rd_addr_i: input(P.OUT_ADDR_W),
      rd_data_o: output(P.GROUP.times(8)),
    }),
    body: (m, P) => {
      const wordBits = P.GROUP.times(8);
      const rows = P.OUT_DEPTH.times(2).dividedBy(P.OUT_BANKS);
      const rowBits = P.OUT_ROW_W.plus(1);
      const bankBits = oneBank ? 0 : P.OUT_BANK_W;
      const wrEn = m.net('byte_en', P.OUT_BANKS.times(P.GROUP));
      const wrData = m.net('words', P.LANES.times(P.OUT_BANKS).times(wordBits));
      const rdData = m.net('bank_words', P.LANES.times(P.OUT_BANKS).times(wordBits));
      const wrRow = m.net('wr_row', rowBits);
      const rdRow = m.net('rd_row', rowBits);
      m.assign(wrRow, concat(m.port.wr_half_i, m.port.wr_row_i));
      m.assign(rdRow, concat(m.port.rd_half_i, m.port.rd_addr_i.slice(bankBits, P.OUT_ROW_W)));
      m.instance('u_place', place, {
        parameters: pick(P, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'BYTE_W'),
        connect: {
          en_i: m.port.wr_en_i,
          byte_i: m.port.wr_byte_i,
          values_i: m.port.wr_values_i,
          wr_en_o: wrEn,
          wr_data_o: wrData,
        },
      });
      m.generate('gen_lane', 'l', P.LANES, (lane, l) => {
        lane.generate('gen_bank', 'b', P.OUT_BANKS, (bank, b) => {
          const position = l.times(P.OUT_BANKS).plus(b);
          bank.instance('u_bank', ramByteEn, {
            parameters: { BYTES: P.GROUP, DEPTH: rows, ADDR_W: rowBits },
            connect: {
              clk_i: m.port.clk_i,
              wr_en_i: wrEn.slice(b.times(P.GROUP), P.GROUP),
              wr_addr_i: wrRow,
              wr_data_i: wrData.slice(position.times(wordBits), wordBits),
              rd_en_i: m.port.rd_en_i,
              rd_addr_i: rdRow,
              rd_data_o: rdData.slice(position.times(wordBits), wordBits),
            },
          });
        });
      });
      m.instance('u_select', select, {
        parameters: { GROUP: P.GROUP, LANES: P.LANES, OUT_BANKS: P.OUT_BANKS, LANE_W: P.LANE_W, OUT_BANK_W: P.OUT_BANK_W },
        connect: {
          clk_i: m.port.clk_i,
          lane_i: m.port.rd_lane_i,
          bank_i: oneBank ? bits(1, 0) : m.port.rd_addr_i.slice(0, P.OUT_BANK_W),
          data_i: rdData,
          word_o: m.port.rd_data_o,
        },
      });
    },
  });
};

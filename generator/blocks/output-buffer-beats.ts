// SPDX-License-Identifier: Apache-2.0
/** Owns the output buffer of a bus that is wider than a word: the same halves and words, cut into sub-banks that give a beat a cycle. */
import { clog2 } from '../core/integers.js';
import { clock, concat, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { outputAlignModule, outputRowsModule } from './output-align.js';
import { beatOutputPlaceModule, drainGroups, drainPorts } from './output-place.js';
import { ramByteEn } from './ram-byte-en.js';
import { when } from './when.js';

export const beatOutputBufferModule = (all: ComputeParameters) => {
  const place = beatOutputPlaceModule(all);
  const rows = outputRowsModule(all);
  const align = outputAlignModule(all);
  const groups = drainGroups(all);
  return defineModule({
    name: 'output_buffer',
    doc: {
      role: 'Output banks: a lane has two halves of OUT_DEPTH words of GROUP int8, byte enables, double-buffered.',
      timing: 'One drain step written and BEAT_WORDS words read every cycle; rd_data_o three cycles after rd_en_i.',
      reset: 'None: contents are undefined until written.',
      numbers: 'Addresses count G-byte words; word w of both halves lies in sub-bank w modulo OUT_SUB_BANKS. Reads wrap at OUT_DEPTH.',
    },
    parameters: pick(
      all, 'GROUP', 'LANES', 'REQUANT', 'BEAT_WORDS', 'OUT_BANKS', 'OUT_SUB_BANKS', 'LANE_W', 'BYTE_W', 'OUT_ADDR_W', 'OUT_ROW_W', 'OUT_SUB_ROW_W', 'OUT_DEPTH',
    ),
    ports: (P) => ({
      clk_i: clock(),
      ...drainPorts(P),
      rd_en_i: input(1, { group: 'Store' }),
      rd_half_i: input(1),
      rd_lane_i: input(P.LANE_W),
      rd_addr_i: input(P.OUT_ADDR_W, { doc: 'of the lowest word of rd_data_o' }),
      rd_data_o: output(P.BEAT_WORDS.times(P.GROUP).times(8)),
    }),
    body: (m, P) => {
      const wordBits = P.GROUP.times(8);
      const rowBits = P.OUT_SUB_ROW_W;
      const byteEn = m.net('byte_en', P.OUT_SUB_BANKS.times(P.GROUP));
      const words = m.net('words', P.LANES.times(P.OUT_BANKS).times(wordBits));
      const wrRow = m.net('wr_row', rowBits);
      const rdRows = m.net('rd_rows', P.OUT_SUB_BANKS.times(rowBits));
      const bankWords = m.net('bank_words', P.LANES.times(P.OUT_SUB_BANKS).times(wordBits));
      m.assign(wrRow, concat(m.port.wr_half_i, m.port.wr_row_i.slice(clog2(groups), rowBits.minus(1))));
      m.instance('u_place', place, {
        parameters: pick(P, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'OUT_SUB_BANKS', 'BYTE_W'),
        connect: {
          en_i: m.port.wr_en_i,
          ...when(groups > 1, () => ({ group_i: m.port.wr_row_i.slice(0, clog2(groups)) })),
          byte_i: m.port.wr_byte_i,
          values_i: m.port.wr_values_i,
          wr_en_o: byteEn,
          wr_data_o: words,
        },
      });
      m.instance('u_rows', rows, {
        parameters: pick(P, 'OUT_SUB_BANKS', 'OUT_ADDR_W', 'OUT_SUB_ROW_W'),
        connect: { half_i: m.port.rd_half_i, addr_i: m.port.rd_addr_i, row_o: rdRows },
      });
      m.generate('gen_lane', 'l', P.LANES, (lane, l) => {
        lane.generate('gen_bank', 'b', P.OUT_SUB_BANKS, (bank, b) => {
          bank.instance('u_bank', ramByteEn, {
            parameters: { BYTES: P.GROUP, DEPTH: P.OUT_DEPTH.times(2).dividedBy(P.OUT_SUB_BANKS), ADDR_W: rowBits },
            connect: {
              clk_i: m.port.clk_i,
              wr_en_i: byteEn.slice(b.times(P.GROUP), P.GROUP),
              wr_addr_i: wrRow,
              wr_data_i: words.slice(l.times(P.OUT_BANKS).plus(b.modulo(P.OUT_BANKS)).times(wordBits), wordBits),
              rd_en_i: m.port.rd_en_i,
              rd_addr_i: rdRows.slice(b.times(rowBits), rowBits),
              rd_data_o: bankWords.slice(l.times(P.OUT_SUB_BANKS).plus(b).times(wordBits), wordBits),
            },
          });
        });
      });
      m.instance('u_align', align, {
        parameters: pick(P, 'GROUP', 'LANES', 'BEAT_WORDS', 'OUT_SUB_BANKS', 'LANE_W'),
        connect: {
          clk_i: m.port.clk_i,
          lane_i: m.port.rd_lane_i,
          bank_i: m.port.rd_addr_i.slice(0, P.OUT_SUB_BANKS.clog2()),
          data_i: bankWords,
          words_o: m.port.rd_data_o,
        },
      });
    },
  });
};

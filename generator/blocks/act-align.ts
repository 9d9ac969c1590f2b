// SPDX-License-Identifier: Apache-2.0
/** Owns the two leaves around the activation sub-banks: rotation of a written beat, selection of the read word. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const actWriteAlignModule = (all: ComputeParameters) =>
  defineModule({
    name: 'act_write_align',
    doc: {
      role: 'Spreads the BEAT_WORDS words of a beat over the sub-banks: word i goes to bank address addr_i + i.',
      timing: 'Combinational.',
      reset: 'None: no state.',
      numbers: 'Addresses are unsigned and wrap at 2**ACT_ADDR_W.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'BEAT_WORDS', 'ACT_ADDR_W', 'ACT_ROW_W'),
    view: { single: all.BEAT_WORDS.default === 1 },
    ports: (P) => ({
      lanes_i: input(P.LANES, { group: 'Beat', doc: 'lanes that take it' }),
      words_i: input(P.BEAT_WORDS, { doc: 'which words are valid' }),
      addr_i: input(P.ACT_ADDR_W, { doc: 'bank address of word 0' }),
      data_i: input(P.BEAT_WORDS.times(P.GROUP).times(8)),
      wr_en_o: output(P.LANES.times(P.BEAT_WORDS), { group: 'Sub-banks', doc: 'lane 0 lowest, in it sub-bank 0' }),
      wr_row_o: output(P.BEAT_WORDS.times(P.ACT_ROW_W), { doc: 'one row a sub-bank' }),
      wr_data_o: output(P.BEAT_WORDS.times(P.GROUP).times(8), { doc: 'one word a sub-bank' }),
    }),
  });

export const actReadSelectModule = (all: ComputeParameters) =>
  defineModule({
    name: 'act_read_select',
    doc: {
      role: 'Takes the word that was addressed from the sub-banks of one lane and registers it.',
      timing: 'rd_en_i and bank_i in cycle t, sub-bank data in t + 1, word_o from t + 2 until the next read.',
      reset: 'None: the word is undefined before the first read.',
      numbers: 'A word is GROUP int8, channel 0 lowest.',
    },
    parameters: pick(all, 'GROUP', 'BEAT_WORDS', 'ACT_BANK_W'),
    view: { single: all.BEAT_WORDS.default === 1 },
    ports: (P) => ({
      clk_i: clock(),
      rd_en_i: input(1, { group: 'Read' }),
      bank_i: input(P.ACT_BANK_W, { doc: 'sub-bank of the addressed word; 0 when there is one' }),
      data_i: input(P.BEAT_WORDS.times(P.GROUP).times(8), { doc: 'one word a sub-bank' }),
      word_o: output(P.GROUP.times(8)),
    }),
  });

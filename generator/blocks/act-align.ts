// SPDX-License-Identifier: Apache-2.0
/** Owns the two leaves around the activation sub-banks: rotation of a written beat, selection of the read words. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const actWriteAlignModule = (all: ComputeParameters) =>
  defineModule({
    name: 'act_write_align',
    doc: {
      role: 'Spreads the BEAT_WORDS words of a beat over the SUB_BANKS sub-banks: word i goes to bank address addr_i + i.',
      timing: 'Combinational.',
      reset: 'None: no state.',
      numbers: 'Addresses are unsigned and wrap at 2**ACT_ADDR_W.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'BEAT_WORDS', 'SUB_BANKS', 'ACT_ADDR_W', 'ACT_ROW_W'),
    view: {
      single: all.SUB_BANKS.default === 1,
      oneWord: all.BEAT_WORDS.default === 1,
      full: all.BEAT_WORDS.default === all.SUB_BANKS.default,
    },
    ports: (P) => ({
      lanes_i: input(P.LANES, { group: 'Beat', doc: 'lanes that take it' }),
      words_i: input(P.BEAT_WORDS, { doc: 'which words are valid' }),
      addr_i: input(P.ACT_ADDR_W, { doc: 'bank address of word 0' }),
      data_i: input(P.BEAT_WORDS.times(P.GROUP).times(8)),
      wr_en_o: output(P.LANES.times(P.SUB_BANKS), { group: 'Sub-banks', doc: 'lane 0 lowest, in it sub-bank 0' }),
      wr_row_o: output(P.SUB_BANKS.times(P.ACT_ROW_W), { doc: 'one row a sub-bank' }),
      wr_data_o: output(P.SUB_BANKS.times(P.GROUP).times(8), { doc: 'one word a sub-bank' }),
    }),
  });

export const actReadSelectModule = (all: ComputeParameters) =>
  defineModule({
    name: 'act_read_select',
    doc: {
      role: 'Takes the words that the clusters of one lane see from its sub-banks: one for all, or one each.',
      timing: 'bank_i and spread_i in cycle t with the address, sub-bank data and words_o in t + 2.',
      reset: 'None: the words count only after a read.',
      numbers: 'A word is GROUP int8, channel 0 lowest. With spread_i cluster c sees the addressed word plus c.',
    },
    parameters: pick(all, 'GROUP', 'SUB_BANKS', 'CLUSTERS', 'ACT_BANK_W'),
    view: {
      single: all.SUB_BANKS.default === 1,
      clustered: all.CLUSTERS.default > 1,
      oneRow: all.CLUSTERS.default === all.SUB_BANKS.default,
    },
    ports: (P) => ({
      clk_i: clock(),
      bank_i: input(P.ACT_BANK_W, { group: 'Read', doc: 'sub-bank of the addressed word; 0 when there is one' }),
      spread_i: input(1, { doc: 'every cluster sees a word of its own; 0 when there is one cluster' }),
      data_i: input(P.SUB_BANKS.times(P.GROUP).times(8), { doc: 'one word a sub-bank' }),
      words_o: output(P.CLUSTERS.times(P.GROUP).times(8), { doc: 'one word a cluster' }),
    }),
  });

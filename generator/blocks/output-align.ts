// SPDX-License-Identifier: Apache-2.0
/** Owns the two leaves around the output sub-banks: the rows of a beat that begins at any word, its words in their order. */
import { clock, defineModule, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';

export const outputRowsModule = (all: ComputeParameters) =>
  defineModule({
    name: 'output_rows',
    doc: {
      role: 'Rows of OUT_SUB_BANKS words from addr_i on, one word in every sub-bank.',
      timing: 'Combinational.',
      reset: 'None: no state.',
      numbers: 'Addresses are unsigned and wrap at 2**OUT_ADDR_W.',
    },
    parameters: pick(all, 'OUT_SUB_BANKS', 'OUT_ADDR_W', 'OUT_SUB_ROW_W'),
    ports: (P) => ({
      half_i: input(1, { group: 'First word' }),
      addr_i: input(P.OUT_ADDR_W),
      row_o: output(P.OUT_SUB_BANKS.times(P.OUT_SUB_ROW_W), { group: 'Sub-banks', doc: 'a row each, sub-bank 0 lowest' }),
    }),
  });

export const outputAlignModule = (all: ComputeParameters) =>
  defineModule({
    name: 'output_align',
    doc: {
      role: 'Takes the words of one lane from all sub-banks and turns them, so that the addressed one comes first.',
      timing: 'The selection in cycle t with the address, sub-bank data in t + 1, words_o in t + 3.',
      reset: 'None: no state but the registers.',
      numbers: 'Words are not interpreted.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'BEAT_WORDS', 'OUT_SUB_BANKS', 'LANE_W'),
    ports: (P) => ({
      clk_i: clock(),
      lane_i: input(P.LANE_W, { group: 'Selection' }),
      bank_i: input(P.OUT_SUB_BANKS.clog2(), { doc: 'sub-bank of the addressed word' }),
      data_i: input(P.LANES.times(P.OUT_SUB_BANKS).times(P.GROUP).times(8), { group: 'Data', doc: 'lane 0 lowest, in it sub-bank 0' }),
      words_o: output(P.BEAT_WORDS.times(P.GROUP).times(8), { doc: 'the addressed word lowest' }),
    }),
    view: { oneLane: all.LANES.default === 1 },
  });

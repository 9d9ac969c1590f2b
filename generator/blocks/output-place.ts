// SPDX-License-Identifier: Apache-2.0
/** Owns the leaves around the output banks: placing requantized bytes into words, selecting the word that the store reads. */
import { clog2 } from '../core/integers.js';
import { clock, defineModule, type Expression, input, output } from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { when } from './when.js';

const PLACE = {
  name: 'output_place',
  doc: {
    role: 'Places the REQUANT bytes of every lane into G-byte words and forms the byte enables.',
    timing: 'Combinational.',
    reset: 'None: no state.',
    numbers: 'The write that holds byte 0 of a word writes the whole word, with 0 in the bytes beyond its own.',
  },
} as const;

/** What the drain writes into an output buffer, of either bus. */
export const drainPorts = (P: Readonly<Record<'OUT_BANKS' | 'OUT_ROW_W' | 'BYTE_W' | 'REQUANT' | 'LANES', Expression>>) => ({
  wr_en_i: input(P.OUT_BANKS, { group: 'Drain', doc: 'words that hold a real channel' }),
  wr_half_i: input(1),
  wr_row_i: input(P.OUT_ROW_W),
  wr_byte_i: input(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
  wr_values_i: input(P.REQUANT.times(P.LANES).times(8), { doc: 'requantizer 0 lowest, in it lane 0' }),
});

/** Groups of sub-banks of which a drain cycle writes one; a bank without sub-banks has a single one. */
const placeView = (all: ComputeParameters, groups: number) =>
  ({ wide: all.REQUANT.default >= all.GROUP.default, grouped: groups > 1 });

export const outputPlaceModule = (all: ComputeParameters) =>
  defineModule({
    ...PLACE,
    parameters: pick(all, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'BYTE_W'),
    ports: (P) => ({
      en_i: input(P.OUT_BANKS, { group: 'Drain', doc: 'words that hold a real channel' }),
      byte_i: input(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      values_i: input(P.REQUANT.times(P.LANES).times(8), { doc: 'requantizer 0 lowest, in it lane 0' }),
      wr_en_o: output(P.OUT_BANKS.times(P.GROUP), { group: 'Banks', doc: 'byte enables: bank 0 lowest' }),
      wr_data_o: output(P.LANES.times(P.OUT_BANKS).times(P.GROUP).times(8), { doc: 'a word a lane and bank' }),
    }),
    view: placeView(all, 1),
  });

/** Groups of sub-banks, of which a drain cycle writes one. */
export const drainGroups = (all: Pick<ComputeParameters, 'OUT_BANKS' | 'OUT_SUB_BANKS'>): number => all.OUT_SUB_BANKS.default / all.OUT_BANKS.default;

/** The same for sub-banks: a group of them is chosen. */
export const beatOutputPlaceModule = (all: ComputeParameters) => {
  const groups = drainGroups(all);
  return defineModule({
    ...PLACE,
    parameters: pick(all, 'GROUP', 'LANES', 'REQUANT', 'OUT_BANKS', 'OUT_SUB_BANKS', 'BYTE_W'),
    ports: (P) => ({
      en_i: input(P.OUT_BANKS, { group: 'Drain', doc: 'words that hold a real channel' }),
      ...when(groups > 1, () => ({ group_i: input(clog2(groups), { doc: 'group of OUT_BANKS sub-banks that takes them' }) })),
      byte_i: input(P.BYTE_W, { doc: 'byte of the first channel in its word' }),
      values_i: input(P.REQUANT.times(P.LANES).times(8), { doc: 'requantizer 0 lowest, in it lane 0' }),
      wr_en_o: output(P.OUT_SUB_BANKS.times(P.GROUP), { group: 'Sub-banks', doc: 'byte enables: sub-bank 0 lowest' }),
      wr_data_o: output(P.LANES.times(P.OUT_BANKS).times(P.GROUP).times(8), { doc: 'a word a lane and sub-bank of a group' }),
    }),
    view: placeView(all, groups),
  });
};

export const outputSelectModule = (all: ComputeParameters) =>
  defineModule({
    name: 'output_select',
    doc: {
      role: 'Selects the word that the store unit addressed from all lanes and banks.',
      timing: 'rd_en_i and the selection in cycle t, bank data in t + 1, word_o in t + 3.',
      reset: 'None: no state but the registers.',
      numbers: 'Words are not interpreted.',
    },
    parameters: pick(all, 'GROUP', 'LANES', 'OUT_BANKS', 'LANE_W', 'OUT_BANK_W'),
    ports: (P) => ({
      clk_i: clock(),
      lane_i: input(P.LANE_W, { group: 'Selection' }),
      bank_i: input(P.OUT_BANK_W, { doc: 'bank of the addressed word; 0 when there is one' }),
      data_i: input(P.LANES.times(P.OUT_BANKS).times(P.GROUP).times(8), { group: 'Data', doc: 'lane 0 lowest, in it bank 0' }),
      word_o: output(P.GROUP.times(8)),
    }),
    view: { oneBank: all.OUT_BANKS.default === 1, oneLane: all.LANES.default === 1 },
  });

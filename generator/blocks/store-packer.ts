// SPDX-License-Identifier: Apache-2.0
/** Owns the store packer's ports: words of G bytes become beats with strobes. */
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';
import { when, wideBus } from './when.js';

export const storePackerModule = (all: MemoryParameters) => {
  const wide = wideBus(all);
  return defineModule({
    name: 'store_packer',
    doc: {
      role: `Puts words of the output buffer into beats${wide ? '' : ', or cuts them into beats'}.`,
      timing: 'A beat leaves five cycles after its last word was announced; never refused, the reader has claimed its room.',
      reset: 'Synchronous: no beat. Data is not reset: bytes without strobe may be undefined.',
      numbers: 'Little-endian: word s of a beat occupies its bits [s*GROUP*8, (s+1)*GROUP*8). One strobe bit a word.',
    },
    parameters: pick(all, 'BUS_W', 'GROUP', 'BEAT_WORDS', 'SLOT_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      pack_valid_i: input(1, { group: 'From the reader' }),
      ...when(!wide, () => ({ pack_load_i: input(1) })),
      pack_slot_i: input(P.SLOT_W),
      ...when(wide, () => ({ pack_tail_i: input(P.SLOT_W) })),
      pack_beat_done_i: input(1),
      pack_burst_done_i: input(1),
      out_rd_data_i: input(wide ? P.BEAT_WORDS.times(P.GROUP).times(8) : P.GROUP.times(8), { group: 'Output buffer', doc: 'three cycles after the read port' }),
      beat_valid_o: output(1, { group: 'Beats' }),
      beat_last_o: output(1),
      beat_strobe_o: output(P.BEAT_WORDS),
      beat_data_o: output(P.BUS_W),
      complete_o: output(1, { doc: 'pulse: the last beat of a burst' }),
    }),
    view: { wide },
  });
};

// SPDX-License-Identifier: Apache-2.0
/** Owns the store reader's ports: it walks pixels and lanes of the output buffer, one word for each slot of a burst. */
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';
import { when, wideBus } from './when.js';

export const storeReaderModule = (all: MemoryParameters) => {
  const wide = wideBus(all);
  return defineModule({
    name: 'store_reader',
    doc: {
      role: 'Reads the words of each write burst from the output buffer: words, pixels, lanes.',
      timing:
        `${wide ? 'One beat a cycle of words of one pixel; a beat over several pixels takes a cycle each' : 'One word a cycle, or one beat a cycle when a word has several'}; ` +
        'bursts back to back. A burst begins when the write FIFO has room for MAX_BURST beats.',
      reset: 'Synchronous: no burst at hand, all beats free. After an overrun it stays stopped until reset.',
      numbers: 'Addresses have 17 bits: a read past the last lane or the depth is an overrun.',
    },
    parameters: { ...pick(all, 'ADDR_W', 'LANES', 'SLOT_W'), ...when(!wide, () => pick(all, 'WORD_BEATS')), ...pick(all, 'MAX_BURST', 'STORE_FIFO_DEPTH', 'OUT_ADDR_W') },
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      source_start_i: input(1, { group: 'Source walk', doc: 'pulse; the rest is stable while busy' }),
      source_half_i: input(1),
      source_base_i: input(16),
      source_pitch_i: input(16),
      source_pixels_i: input(16),
      source_pixel_words_i: input(16),
      overrun_o: output(1, { doc: 'pulse' }),
      ...stream('burst', {
        direction: 'in',
        group: 'Bursts',
        fields: { addr: P.ADDR_W, len: 16, slot: P.SLOT_W, tail: P.SLOT_W },
      }),
      ...stream('pending', { direction: 'out', group: 'Bursts whose data is being read', fields: { addr: P.ADDR_W, len: 8 } }),
      out_rd_en_o: output(1, { group: 'Output buffer read port' }),
      out_rd_half_o: output(1),
      out_rd_lane_o: output(P.LANES.indexBits()),
      out_rd_addr_o: output(P.OUT_ADDR_W, wide ? { doc: 'of what would lie in slot 0 of the beat' } : {}),
      pack_valid_o: output(1, { group: 'To the packer, one cycle before the read port' }),
      ...when(!wide, () => ({ pack_load_o: output(1, { doc: 'a word comes; else the next beat of the last one' }) })),
      pack_slot_o: output(P.SLOT_W, { doc: wide ? 'first slot that is read' : 'its place in the beat' }),
      ...when(wide, () => ({ pack_tail_o: output(P.SLOT_W, { doc: 'last slot that the beat has' }) })),
      pack_beat_done_o: output(1, { doc: 'it completes a beat' }),
      pack_burst_done_o: output(1, { doc: 'it completes a burst' }),
      beat_taken_i: input(1, { group: 'Credit', doc: 'a beat left the write FIFO' }),
      busy_o: output(1, { group: 'State' }),
    }),
    view: { wide },
  });
};

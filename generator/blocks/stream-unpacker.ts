// SPDX-License-Identifier: Apache-2.0
/** Owns the unpacker that turns bus beats into words of any padded width. */
import { clock, defineModule, input, output, parameter, reset } from '../dsl/index.js';

export const streamUnpacker = defineModule({
  name: 'stream_unpacker',
  doc: {
    role: 'Cuts a bus-aligned stream of beats into buffer words and writes them to ascending addresses.',
    timing:
      'One word a cycle or one beat a cycle, whichever is slower; a word is written one cycle after the beat that ' +
      'completes it, the write is never refused. beat_ready_o depends on registers alone. A beat that comes when all ' +
      'words are written is accepted and dropped.',
    reset: 'Synchronous: no words left. start_i discards what is left of an earlier stream.',
    numbers:
      'Little-endian: word w occupies stream bits [w*STREAM_W, w*STREAM_W + WIDTH). Both widths are reduced by their ' +
      'common divisor; ratios of whole words or whole beats become plain shift registers.',
  },
  parameters: {
    BUS_W: parameter({ doc: 'B: bus data width, a power of two', unit: 'bits', range: [8, 1024], default: 64 }),
    WIDTH: parameter({ doc: 'buffer word', unit: 'bits', range: [1, 32768], default: 128 }),
    STREAM_W: parameter({ doc: 'the same, padded in the stream', unit: 'bits', range: [8, 32768], default: 128 }),
    ADDR_W: parameter({ doc: 'buffer address', unit: 'bits', range: [1, 16], default: 11 }),
  },
  rules: ({ WIDTH, STREAM_W }) =>
    WIDTH <= STREAM_W ? [] : [`STREAM_W is ${STREAM_W} but a word has ${WIDTH} bits`],
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    start_i: input(1, { group: 'Start of a stream', doc: 'pulse' }),
    start_base_i: input(16, { doc: 'address of the first word' }),
    start_words_i: input(16, { doc: 'words to write' }),
    beat_valid_i: input(1, { group: 'Beats' }),
    beat_ready_o: output(1),
    beat_data_i: input(P.BUS_W),
    busy_o: output(1, { group: 'State', doc: 'words are missing' }),
    starved_o: output(1, { doc: 'words are missing and the next one is not complete' }),
    wr_en_o: output(1, { group: 'Buffer write port' }),
    wr_addr_o: output(P.ADDR_W),
    wr_data_o: output(P.WIDTH),
  }),
});

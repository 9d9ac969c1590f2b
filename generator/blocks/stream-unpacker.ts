// SPDX-License-Identifier: Apache-2.0
/** Owns the unpacker that turns bus beats into words of any padded width. */
import { clock, defineModule, input, output, parameter } from '../dsl/index.js';

export const streamUnpacker = defineModule({
  name: 'stream_unpacker',
  doc: {
    role: 'Cuts a bus-aligned stream of beats into buffer words.',
    timing:
      'One word a cycle or one beat a cycle, whichever is slower; a word is written one cycle after the beat that ' +
      'completes it, the write is never refused. beat_ready_o depends on registers alone. A beat that comes while the ' +
      'stream is not active is accepted and dropped.',
    reset: 'None: start_i discards what is left of an earlier stream.',
    numbers:
      'Little-endian: word w occupies stream bits [w*STREAM_W, w*STREAM_W + WIDTH). Both widths are reduced by their ' +
      'common divisor; ratios of whole words or whole beats become plain shift registers.',
  },
  parameters: {
    BUS_W: parameter({ doc: 'B: bus data width, a power of two', unit: 'bits', range: [8, 1024], default: 64 }),
    WIDTH: parameter({ doc: 'buffer word', unit: 'bits', range: [1, 32768], default: 128 }),
    STREAM_W: parameter({ doc: 'the same, padded in the stream', unit: 'bits', range: [8, 32768], default: 128 }),
  },
  rules: ({ WIDTH, STREAM_W }) =>
    WIDTH <= STREAM_W ? [] : [`STREAM_W is ${STREAM_W} but a word has ${WIDTH} bits`],
  ports: (P) => ({
    clk_i: clock(),
    start_i: input(1, { group: 'Stream', doc: 'pulse: a stream begins, not active yet' }),
    active_i: input(1, { doc: 'words of the stream are missing; the next cycle knows of a write' }),
    beat_valid_i: input(1, { group: 'Beats' }),
    beat_ready_o: output(1),
    beat_data_i: input(P.BUS_W),
    starved_o: output(1, { group: 'State', doc: 'words are missing and the next one is not complete' }),
    wr_en_o: output(1, { group: 'Buffer write port' }),
    wr_data_o: output(P.WIDTH),
  }),
});

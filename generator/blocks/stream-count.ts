// SPDX-License-Identifier: Apache-2.0
/** Owns the count of the words that a stream still writes, and the address of the next one: one for all unpackers. */
import { clock, defineModule, input, output, parameter, reset } from '../dsl/index.js';

export const streamCount = defineModule({
  name: 'stream_count',
  doc: {
    role: 'Counts the words of the stream at hand: which unpacker is active, and where its next word goes.',
    timing: 'active_o follows start_i by one cycle and ends behind the last word.',
    reset: 'Synchronous: no stream.',
    numbers: 'Words and addresses have 16 bits; a buffer takes the low ones of an address.',
  },
  parameters: { DESTINATIONS: parameter({ doc: 'unpackers', unit: 'destinations', range: [1, 16], default: 5 }) },
  ports: (P) => ({
    clk_i: clock(),
    rst_i: reset(),
    start_i: input(P.DESTINATIONS, { group: 'Start of a stream', doc: 'pulse, one bit a destination' }),
    start_base_i: input(16, { doc: 'address of the first word' }),
    start_left_i: input(16, { doc: 'words to write, less one' }),
    write_i: input(P.DESTINATIONS, { group: 'Words', doc: 'which unpacker writes one' }),
    active_o: output(P.DESTINATIONS, { group: 'State', doc: 'words are missing, one bit a destination' }),
    addr_o: output(16, { doc: 'of the next word' }),
  }),
});

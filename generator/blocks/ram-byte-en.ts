// SPDX-License-Identifier: Apache-2.0
/** Owns the simple dual-port memory with byte enables, used by the output banks. */
import { indexBits } from '../core/integers.js';
import { clock, defineModule, input, output, parameter } from '../dsl/index.js';

export const ramByteEn = defineModule({
  name: 'ram_byte_en',
  doc: {
    role: 'Simple dual-port memory whose bytes are written one by one.',
    timing: 'A read accepted in cycle t shows on rd_data_o in t + 1 and holds; a read of the word being written is undefined.',
    reset: 'None: contents and read data are undefined until written.',
    numbers: 'Words of BYTES bytes, uninterpreted.',
  },
  parameters: {
    BYTES: parameter({ doc: 'word width', unit: 'bytes', range: [1, 256], default: 8 }),
    DEPTH: parameter({ doc: 'capacity', unit: 'words', range: [1, 1 << 20], default: 512 }),
    ADDR_W: parameter({ doc: 'address width, max(1, clog2(DEPTH))', unit: 'bits', range: [1, 20], default: 9 }),
  },
  rules: ({ DEPTH, ADDR_W }) =>
    ADDR_W === indexBits(DEPTH) ? [] : [`ADDR_W is ${ADDR_W} but ${DEPTH} words need ${indexBits(DEPTH)} address bits`],
  ports: (P) => ({
    clk_i: clock(),
    wr_en_i: input(P.BYTES, { group: 'Write port', doc: 'which bytes are written' }),
    wr_addr_i: input(P.ADDR_W),
    wr_data_i: input(P.BYTES.times(8)),
    rd_en_i: input(1, { group: 'Read port' }),
    rd_addr_i: input(P.ADDR_W),
    rd_data_o: output(P.BYTES.times(8)),
  }),
  memories: (P) => [{ name: 'mem', width: P.BYTES.times(8), depth: P.DEPTH }],
});

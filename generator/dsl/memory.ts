// SPDX-License-Identifier: Apache-2.0
/** Owns the standard memory: one write port, one synchronous read port, one clock. */
import { indexBits } from '../core/integers.js';
import { defineLeaf } from './define-leaf.js';
import { parameter } from './parameter.js';
import { clock, input, output } from './port.js';

/** Simple dual-port memory; behaviour in templates/rtl/ram_sdp.v.hbs. Read latency 1 + OUT_REG cycles. */
export const ramSdp = defineLeaf({
  name: 'ram_sdp',
  doc: {
    role: 'Simple dual-port memory: one write port, one synchronous read port, one clock.',
    timing:
      'A read accepted in cycle t shows on rd_data_o in cycle t + 1 + OUT_REG, and holds until the next one. ' +
      'Reading an address in the cycle that writes it returns old, new or mixed data, by target: never rely on it.',
    reset: 'None: contents and read data are undefined until written.',
    numbers: 'Words of WIDTH bits, uninterpreted.',
  },
  parameters: {
    WIDTH: parameter({ doc: 'word width', unit: 'bits', range: [1, 65536], default: 8 }),
    DEPTH: parameter({ doc: 'capacity', unit: 'words', range: [1, 1 << 24], default: 512 }),
    ADDR_W: parameter({ doc: 'address width, max(1, clog2(DEPTH))', unit: 'bits', range: [1, 24], default: 9 }),
    OUT_REG: parameter({ doc: '1: a second register on the read data', range: [0, 1], default: 1 }),
  },
  rules: ({ DEPTH, ADDR_W }) =>
    ADDR_W === indexBits(DEPTH)
      ? []
      : [`ADDR_W is ${ADDR_W} but ${DEPTH} words need ${indexBits(DEPTH)} address bits`],
  ports: (P) => ({
    clk_i: clock(),
    wr_en_i: input(1, { group: 'Write port' }),
    wr_addr_i: input(P.ADDR_W),
    wr_data_i: input(P.WIDTH),
    rd_en_i: input(1, { group: 'Read port' }),
    rd_addr_i: input(P.ADDR_W),
    rd_data_o: output(P.WIDTH),
  }),
  memories: (P) => [{ name: 'mem', width: P.WIDTH, depth: P.DEPTH }],
});

// SPDX-License-Identifier: Apache-2.0
/** Owns the AXI4-Lite slave's ports: the protocol alone, registers are elsewhere. */
import { axi4Lite, clock, defineModule, input, output, reset } from '../dsl/index.js';

export const axilSlave = defineModule({
  name: 'axil_slave',
  doc: {
    role: 'AXI4-Lite slave: turns the bus into single-cycle register writes and reads.',
    timing: 'A write happens when address and data have come and the response before is taken; a read answers three cycles after its address. One write in two cycles, one read in three.',
    reset: 'Synchronous: nothing open.',
    numbers: 'Byte addresses in a window of 4 KiB. Every access is answered OKAY.',
  },
  parameters: {},
  ports: () => ({
    clk_i: clock(),
    rst_i: reset(),
    ...axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 }),
    write_o: output(1, { group: 'Register writes', doc: 'pulse' }),
    write_addr_o: output(12),
    write_data_o: output(32),
    write_strb_o: output(4),
    read_addr_o: output(12, { group: 'Register reads' }),
    read_data_i: input(32, { doc: 'one cycle later' }),
  }),
});

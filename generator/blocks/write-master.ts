// SPDX-License-Identifier: Apache-2.0
/** Owns the write master's ports: the AXI4 write channels, tokens after responses, write errors. */
import { ERROR_CODES } from '../arch/registers.js';
import { axi4WriteMaster, clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { codeConstants, errorCodes } from './contract-lines.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const writeMasterModule = (all: MemoryParameters) =>
  defineModule({
    name: 'write_master',
    doc: {
      role: 'AXI4 write master: sends bursts whose data is complete, follows their responses.',
      timing:
        'One beat a cycle, many bursts outstanding; an address leaves only when all of its data is in the FIFO, data after ' +
        'its address was accepted. halt_i stops new addresses; what was accepted is finished.',
      reset: 'Synchronous: nothing open.',
      numbers: 'Incrementing bursts of full beats, id 0, normal non-cacheable bufferable memory.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'ID_W', 'BEAT_WORDS', 'STORE_FIFO_DEPTH'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      halt_i: input(1, { group: 'Stop', doc: 'level: no new address' }),
      ...stream('pending', {
        direction: 'in',
        group: 'Bursts in order; last = of its command, push = its tokens {B, A}',
        fields: { addr: P.ADDR_W, len: 8, last: 1, push: 2 },
      }),
      complete_i: input(1, { doc: 'pulse: the data of one more burst is complete' }),
      ...stream('beat', {
        direction: 'in', group: 'Write data', fields: { last: 1, strobe: P.BEAT_WORDS, data: P.BUS_W },
      }),
      ...stream('open', { direction: 'out', group: 'Bursts that are sent', fields: { addr: P.ADDR_W, last: 1, push: 2 } }),
      ...stream('answer', {
        direction: 'in', group: 'The same, when their response is due', fields: { addr: P.ADDR_W, last: 1, push: 2 },
      }),
      store_to_compute_push_o: output(1, { group: 'Tokens', doc: 'pulse' }),
      store_to_load_push_o: output(1, { doc: 'pulse' }),
      quiet_o: output(1, { group: 'State', doc: 'no burst open' }),
      event_o: output(1, { doc: 'a handshake on any channel' }),
      beat_o: output(1, { doc: 'a data beat' }),
      err_valid_o: output(1, { group: 'Error', doc: 'pulse' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'the burst' }),
      ...axi4WriteMaster('m_axi', { dataWidth: P.BUS_W, addrWidth: P.ADDR_W, idWidth: P.ID_W }),
    }),
    view: { constants: codeConstants('ERROR_', errorCodes(ERROR_CODES, 'writeSlverr', 'writeDecerr'), 8) },
  });

// SPDX-License-Identifier: Apache-2.0
/** Owns the program fetch: prefetched beats, delivered as 32-bit words with their address. */
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const fetchModule = (all: MemoryParameters) =>
  defineModule({
    name: 'fetch',
    doc: {
      role: 'Program fetch: reads ahead by two bursts and delivers 32-bit words in order.',
      timing:
        'A word a cycle while beats are there. A burst is asked for only when the buffer can take all of its beats; ' +
        'bursts end at multiples of their size, so none crosses 4 KiB.',
      reset: 'Synchronous: nothing under way.',
      numbers: 'Words are little-endian in a beat. A beat with an error response is reported when its first word is due, not before.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'FETCH_BURST'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      start_i: input(1, { group: 'Start and stop', doc: 'one cycle' }),
      start_addr_i: input(P.ADDR_W, { doc: 'multiple of the bus width' }),
      halt_i: input(1, { doc: 'no further bursts' }),
      ...stream('ar', { direction: 'out', fields: { addr: P.ADDR_W, len: 8 }, group: 'Read bursts' }),
      r_valid_i: input(1, { group: 'Read data, never refused' }),
      r_data_i: input(P.BUS_W),
      r_resp_i: input(2),
      ...stream('word', { direction: 'out', fields: { data: 32, addr: 32 }, group: 'Program words' }),
      err_valid_o: output(1, { group: 'Error', doc: 'one cycle' }),
      err_code_o: output(8),
      err_addr_o: output(P.ADDR_W, { doc: 'the burst' }),
    }),
    view: {
      slverr: ERROR_CODES.readSlverr.code,
      decerr: ERROR_CODES.readDecerr.code,
      oneWord: all.BUS_W.default === 32,
    },
  });

// SPDX-License-Identifier: Apache-2.0
/** Owns the sharing of the AXI read channels between program fetch and loader. */
import { axi4ReadMaster, clock, defineModule, input, output, reset, stream } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const readArbiterModule = (all: MemoryParameters) =>
  defineModule({
    name: 'read_arbiter',
    doc: {
      role: 'Shares the AXI read channels: id 0 is the program fetch, id 1 the loader; the fetch goes first.',
      timing:
        'An address a cycle, registered once; read data registered once and never refused: the units ask only for what ' +
        'they can take. While halt_i no new address is taken; quiet_o tells that no burst is open.',
      reset: 'Synchronous: no address waiting, no burst open.',
      numbers: 'At most 1023 bursts may be open; the units open fewer: a burst needs its room.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'ID_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      halt_i: input(1, { group: 'Stop' }),
      quiet_o: output(1, { doc: 'no burst open' }),
      ...stream('fetch_ar', { direction: 'in', fields: { addr: P.ADDR_W, len: 8 }, group: 'Bursts of the program fetch' }),
      ...stream('load_ar', { direction: 'in', fields: { addr: P.ADDR_W, len: 8 }, group: 'Bursts of the loader' }),
      fetch_r_valid_o: output(1, { group: 'Read data' }),
      load_r_valid_o: output(1),
      r_data_o: output(P.BUS_W),
      r_resp_o: output(2),
      event_o: output(1, { group: 'Activity', doc: 'any transfer on the read channels' }),
      beat_o: output(1, { doc: 'a read data beat' }),
      ...axi4ReadMaster('m_axi', { dataWidth: P.BUS_W, addrWidth: P.ADDR_W, idWidth: P.ID_W }),
    }),
  });

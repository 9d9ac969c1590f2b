// SPDX-License-Identifier: Apache-2.0
/** Owns the cutter that turns runs of words into bursts; loader and store use the same. */
import { clock, defineModule, output, parameter, reset, stream } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const burstCutterModule = (all: MemoryParameters) =>
  defineModule({
    name: 'burst_cutter',
    doc: {
      role: 'Turns a run of words into bursts of whole beats; passes other items through in their order.',
      timing: 'One cycle latency, one burst a cycle, the next run directly behind the last burst of the run before.',
      reset: 'Synchronous: no run at hand. The datapath is not reset.',
      numbers:
        'Bursts end at multiples of MAX_BURST beats, so none crosses 4 KiB. slot and tail say which word of the ' +
        'first beat is the first and which word of the last beat is the last one that belongs to the run.',
    },
    parameters: {
      ...pick(all, 'BUS_W', 'ADDR_W', 'GROUP', 'BEAT_WORDS', 'SLOT_W', 'WORD_BEATS', 'MAX_BURST'),
      SIDE_W: parameter({ doc: 'what travels with a run', unit: 'bits', range: [1, 256], default: 8 }),
    },
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('run', {
        direction: 'in',
        group: 'Run: cut = a transfer that becomes bursts, shape = count is in words, else in beats (or opaque)',
        fields: { cut: 1, shape: 1, addr: P.ADDR_W, count: 24, side: P.SIDE_W },
      }),
      ...stream('burst', {
        direction: 'out',
        group: 'Burst: addr is aligned to the bus when cut; len in beats (or opaque), less one',
        fields: {
          addr: P.ADDR_W, len: 16, first: 1, last: 1,
          slot: P.SLOT_W, tail: P.SLOT_W, side: P.SIDE_W,
        },
      }),
      busy_o: output(1, { group: 'State', doc: 'a run is at hand' }),
    }),
  });

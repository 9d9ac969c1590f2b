// SPDX-License-Identifier: Apache-2.0
/** Owns the load issuer's ports: it sends read bursts only when the load FIFO has room for all of their beats. */
import { clock, defineModule, input, reset, stream } from '../dsl/index.js';
import { runKindConstants } from './load-runs.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const loadIssueModule = (all: MemoryParameters) =>
  defineModule({
    name: 'load_issue',
    doc: {
      role: 'Sends read bursts that the load FIFO can take whole, and hands the matching runs to the writer.',
      timing: 'Combinational between its streams: one burst or run a cycle.',
      reset: 'Synchronous: all beats of the load FIFO are free.',
      numbers: 'A burst waits until MAX_BURST beats are free. The bank address of the first burst of a run is that of word 0 of its first beat.',
    },
    parameters: pick(all, 'ADDR_W', 'SLOT_W', 'MAX_BURST', 'LOAD_FIFO_DEPTH'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('burst', {
        direction: 'in',
        group: 'Bursts and other runs, in order',
        fields: {
          addr: P.ADDR_W, len: 16, first: 1, slot: P.SLOT_W, tail: P.SLOT_W, kind: 3, bank: 16,
        },
      }),
      ...stream('ar', { direction: 'out', group: 'Read addresses', fields: { addr: P.ADDR_W, len: 8 } }),
      ...stream('run', {
        direction: 'out',
        group: 'Runs to the writer',
        fields: {
          kind: 3, first: 1, addr: P.ADDR_W, len: 16, bank: 16, slot: P.SLOT_W, tail: P.SLOT_W,
        },
      }),
      beat_taken_i: input(1, { group: 'Credit', doc: 'a beat left the load FIFO; counts one cycle later' }),
    }),
    view: { constants: runKindConstants().filter((line) => /ACT|STREAM/.test(line)) },
  });

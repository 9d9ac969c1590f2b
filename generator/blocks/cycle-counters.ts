// SPDX-License-Identifier: Apache-2.0
/** Owns the counters' ports and what each of them counts. */
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { integerConstants } from './contract-lines.js';
import { COUNTERS } from './register-lines.js';

const EVENTS: Readonly<Record<(typeof COUNTERS)[number], string>> = {
  CYCLES: "1'b1",
  CYCLES_COMPUTE: 'is_compute',
  CYCLES_DRAIN: 'is_drain',
  CYCLES_LOAD: 'is_load',
  CYCLES_STORE: 'is_store',
  CYCLES_DISPATCH: 'is_dispatch',
  CYCLES_SPAN: 'span_i',
  BEATS_READ: 'read_beat_i',
  BEATS_WRITTEN: 'write_beat_i',
};

/** The inputs that say what a cycle is, the same on `control`. */
export const classPorts = () => ({
  step_i: input(1, { group: 'What the compute side does', doc: 'a step was taken' }),
  pace_i: input(1, { doc: 'a step waits for the drain' }),
  drain_busy_i: input(1, { doc: 'the last drain runs out' }),
  span_i: input(1, { doc: 'a step, a drain or a requantization is under way' }),
  wait_load_i: input(1, { doc: 'the next command waits for the loader' }),
  wait_store_i: input(1, { doc: 'the next command waits for the store' }),
});

export const cycleCounters = defineModule({
  name: 'cycle_counters',
  doc: {
    role: 'Counts cycles by class and AXI beats while a program runs.',
    timing: 'Two cycles from an event to its counter.',
    reset: 'Synchronous: all counters 0; they are also cleared at the start of a program.',
    numbers: '32 bits, wrapping. Every cycle of a run belongs to exactly one class, so the classes add up to CYCLES.',
  },
  parameters: {},
  ports: () => ({
    clk_i: clock(),
    rst_i: reset(),
    running_i: input(1, { group: 'Run', doc: 'level: cycles count' }),
    clear_i: input(1, { doc: 'pulse' }),
    ...classPorts(),
    store_busy_i: input(1, { group: 'What the memory side does', doc: 'a store command is under way' }),
    read_beat_i: input(1, { doc: 'a read data beat' }),
    write_beat_i: input(1, { doc: 'a write data beat' }),
    counters_o: output(32 * COUNTERS.length, { group: 'Counters', doc: 'counter c is bits [32*c, 32*c + 32)' }),
  }),
  view: {
    constants: integerConstants({ COUNTERS: COUNTERS.length }),
    events: COUNTERS.map((name, i) => `assign event_now[${i}] = ${`${EVENTS[name]};`.padEnd(14)} // ${name}`),
  },
});

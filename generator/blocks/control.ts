// SPDX-License-Identifier: Apache-2.0
/** Owns the control block: registers, start and stop, errors, interrupt, counters, watchdog. */
import { CORE_ID, ERROR_CODES, INTERFACE_VERSION, REGISTERS, WATCHDOG_RESET } from '../arch/registers.js';
import { type InputPort, axi4Lite, clock, defineModule, input, output, reset } from '../dsl/index.js';
import type { Expression } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

const UNITS = ['fetch', 'dispatch', 'walker', 'writer', 'compute', 'store', 'write'] as const;
const TOKEN_QUEUES = ['compute_to_load', 'store_to_load', 'load_to_compute', 'store_to_compute', 'compute_to_store'] as const;

type ErrorPorts = { readonly [K in (typeof UNITS)[number] as `${K}_err_valid_i` | `${K}_err_code_i` | `${K}_err_addr_i`]: InputPort };
type OverflowPorts = { readonly [K in (typeof TOKEN_QUEUES)[number] as `${K}_overflow_i`]: InputPort };

const errorPorts = (address: Expression): ErrorPorts => {
  const ports: Record<string, InputPort> = {};
  for (const unit of UNITS) {
    ports[`${unit}_err_valid_i`] = input(1, unit === UNITS[0] ? { group: 'Errors of the units', doc: 'one cycle' } : {});
    ports[`${unit}_err_code_i`] = input(8);
    ports[`${unit}_err_addr_i`] = input(address);
  }
  return ports as ErrorPorts;
};

const overflowPorts = (): OverflowPorts =>
  Object.fromEntries(TOKEN_QUEUES.map((queue) => [`${queue}_overflow_i`, input(1)])) as OverflowPorts;

const offsets = Object.fromEntries(Object.entries(REGISTERS).map(([name, r]) => [name, r.offset.toString(16).padStart(3, '0')]));

export const controlModule = (all: MemoryParameters, configHash: string) =>
  defineModule({
    name: 'control',
    doc: {
      role: 'Registers, start and stop, error capture, interrupt, cycle counters, watchdog.',
      timing:
        'An AXI4-Lite access takes three cycles. A stop (END, error, soft reset) halts the bus units, waits until no ' +
        'burst is open, then resets every other block for four cycles before BUSY falls.',
      reset: 'rst_i is synchronous and clears everything here; core_rst_o follows it by a cycle.',
      numbers: 'Counters are 32 bits and wrap; they are cleared by START.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'PES', 'GROUP', 'LANES', 'REQUANT'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 }),
      irq_o: output(1, { group: 'Interrupt', doc: 'level' }),
      core_rst_o: output(1, { group: 'Start and stop', doc: 'reset of every other block' }),
      halt_o: output(1, { doc: 'no new bursts' }),
      start_o: output(1, { doc: 'one cycle' }),
      start_addr_o: output(P.ADDR_W, { doc: 'first byte of the program' }),
      base_o: output(P.ADDR_W, { doc: 'added to every program address' }),
      finish_i: input(1, { doc: 'END was reached and everything is done' }),
      read_quiet_i: input(1, { doc: 'no read burst open' }),
      write_quiet_i: input(1, { doc: 'no write burst open' }),
      ...errorPorts(P.ADDR_W),
      ...overflowPorts(),
      step_i: input(1, { group: 'Cycle classes' }),
      pace_i: input(1),
      drain_busy_i: input(1),
      span_i: input(1),
      wait_load_i: input(1),
      wait_store_i: input(1),
      store_busy_i: input(1),
      read_event_i: input(1, { group: 'Bus activity' }),
      write_event_i: input(1),
      read_beat_i: input(1),
      write_beat_i: input(1),
    }),
    view: {
      units: [...UNITS].reverse(),
      queues: TOKEN_QUEUES,
      offset: offsets,
      coreId: CORE_ID.toString(16).padStart(8, '0'),
      version: INTERFACE_VERSION.toString(16).padStart(8, '0'),
      configHash: configHash.slice(0, 8),
      watchdogReset: WATCHDOG_RESET,
      watchdog: ERROR_CODES.watchdog.code,
      tokenOverflow: ERROR_CODES.tokenOverflow.code,
      lastInstructionError: ERROR_CODES.outOfRange.code,
      wide: all.ADDR_W.default > 32,
      full: all.ADDR_W.default === 64,
    },
  });

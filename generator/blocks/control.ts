// SPDX-License-Identifier: Apache-2.0
/** Owns the control block: registers, run state, errors, counters; structure only. */
import { axi4Lite, clock, defineModule, input, output, reset, startingWith } from '../dsl/index.js';
import { axilSlave } from './axil-slave.js';
import { classPorts, cycleCounters } from './cycle-counters.js';
import { errorPorts, errorSelectModule } from './error-select.js';
import { type MemoryParameters, pick } from './memory-parameters.js';
import { registerFileModule } from './register-file.js';
import { COUNTERS } from './register-lines.js';
import { runControlModule } from './run-control.js';

/** @param configHash hash of the configuration in hexadecimal; its first 32 bits are readable */
export const controlModule = (all: MemoryParameters, configHash: string) => {
  const registers = registerFileModule(all, Number.parseInt(configHash.slice(0, 8), 16));
  const errors = errorSelectModule(all);
  const run = runControlModule(all);
  return defineModule({
    name: 'control',
    doc: {
      role: 'Control: the host\'s registers, start, stop, errors, watchdog, counters, interrupt.',
      timing: 'See the blocks.',
      reset: 'Synchronous, by rst_i; core_rst_o resets every other block.',
      numbers: 'See the blocks.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'PES', 'GROUP', 'LANES', 'REQUANT'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...axi4Lite('s_axil', { dataWidth: 32, addrWidth: 12 }),
      irq_o: output(1, { group: 'Interrupt', doc: 'level' }),
      core_rst_o: output(1, { group: 'To the other blocks', doc: 'their reset' }),
      halt_o: output(1, { doc: 'level: no new burst' }),
      start_o: output(1, { doc: 'pulse: run' }),
      start_addr_o: output(P.ADDR_W, { doc: 'BASE + PROGRAM' }),
      base_o: output(P.ADDR_W, { doc: 'added to every program address' }),
      finish_i: input(1, { group: 'End and bus', doc: 'level: END reached and all idle' }),
      read_quiet_i: input(1, { doc: 'no read burst open' }),
      write_quiet_i: input(1, { doc: 'no write burst open' }),
      read_event_i: input(1, { doc: 'a handshake on a read channel' }),
      write_event_i: input(1, { doc: 'a handshake on a write channel' }),
      read_beat_i: input(1, { doc: 'a read data beat' }),
      write_beat_i: input(1, { doc: 'a write data beat' }),
      store_busy_i: input(1, { doc: 'a store command is under way' }),
      ...classPorts(),
      ...errorPorts(P.ADDR_W),
    }),
    body: (m, P) => {
      const { port } = m;
      const { clk_i, rst_i } = port;
      const write = m.net('write', 1);
      const writeAddr = m.net('write_addr', 12);
      const writeData = m.net('write_data', 32);
      const writeStrb = m.net('write_strb', 4);
      const readAddr = m.net('read_addr', 12);
      const readData = m.net('read_data', 32);
      m.instance('u_slave', axilSlave, {
        parameters: {},
        connect: {
          clk_i, rst_i,
          ...startingWith(port, 's_axil_'),
          write_o: write, write_addr_o: writeAddr, write_data_o: writeData, write_strb_o: writeStrb,
          read_addr_o: readAddr, read_data_i: readData,
        },
      });

      const start = m.net('start', 1);
      const base = m.net('base', P.ADDR_W);
      m.assign(port.base_o, base);
      const softReset = m.net('soft_reset', 1);
      const watchdog = m.net('watchdog', 32);
      const busy = m.net('busy', 1);
      const done = m.net('done', 1);
      const error = m.net('error', 1);
      const busHung = m.net('bus_hung', 1);
      const errorCode = m.net('error_code', 8);
      const fault = m.net('fault', P.ADDR_W);
      const doneEvent = m.net('done_event', 1);
      const errorEvent = m.net('error_event', 1);
      const cleared = m.net('cleared', 1);
      const counters = m.net('counters', 32 * COUNTERS.length);
      m.instance('u_registers', registers, {
        parameters: pick(P, 'BUS_W', 'ADDR_W', 'PES', 'GROUP', 'LANES', 'REQUANT'),
        connect: {
          clk_i, rst_i,
          write_i: write, write_addr_i: writeAddr, write_data_i: writeData, write_strb_i: writeStrb,
          read_addr_i: readAddr, read_data_o: readData,
          start_o: start, soft_reset_o: softReset,
          busy_i: busy, done_i: done, error_i: error, bus_hung_i: busHung,
          error_code_i: errorCode, fault_i: fault,
          done_event_i: doneEvent, error_event_i: errorEvent, cleared_i: cleared,
          counters_i: counters,
          base_o: base, start_addr_o: port.start_addr_o, watchdog_o: watchdog,
          irq_o: port.irq_o,
        },
      });

      const errValid = m.net('err_valid', 1);
      const errCode = m.net('err_code', 8);
      const errAddr = m.net('err_addr', P.ADDR_W);
      m.instance('u_errors', errors, {
        parameters: pick(P, 'ADDR_W'),
        connect: {
          clk_i, rst_i,
          ...startingWith(port, 'fetch_'), ...startingWith(port, 'dispatch_'), ...startingWith(port, 'walker_'), ...startingWith(port, 'writer_'),
          ...startingWith(port, 'compute_'), ...startingWith(port, 'store_err_'), ...startingWith(port, 'store_to_'), ...startingWith(port, 'load_'),
          ...startingWith(port, 'write_err_'),
          err_valid_o: errValid, err_code_o: errCode, err_addr_o: errAddr,
        },
      });

      const running = m.net('running', 1);
      const clear = m.net('clear', 1);
      m.instance('u_run', run, {
        parameters: pick(P, 'ADDR_W'),
        connect: {
          clk_i, rst_i,
          start_i: start, soft_reset_i: softReset, watchdog_i: watchdog, base_i: base,
          finish_i: port.finish_i,
          err_valid_i: errValid, err_code_i: errCode, err_addr_i: errAddr,
          read_quiet_i: port.read_quiet_i, write_quiet_i: port.write_quiet_i,
          read_event_i: port.read_event_i, write_event_i: port.write_event_i, step_i: port.step_i,
          busy_o: busy, done_o: done, error_o: error, bus_hung_o: busHung, error_code_o: errorCode,
          fault_o: fault,
          done_event_o: doneEvent, error_event_o: errorEvent, cleared_o: cleared,
          core_rst_o: port.core_rst_o, halt_o: port.halt_o, start_o: port.start_o,
          running_o: running, clear_o: clear,
        },
      });

      m.instance('u_counters', cycleCounters, {
        parameters: {},
        connect: {
          clk_i, rst_i,
          running_i: running, clear_i: clear,
          step_i: port.step_i, pace_i: port.pace_i, drain_busy_i: port.drain_busy_i, span_i: port.span_i,
          wait_load_i: port.wait_load_i, wait_store_i: port.wait_store_i,
          store_busy_i: port.store_busy_i, read_beat_i: port.read_beat_i, write_beat_i: port.write_beat_i,
          counters_o: counters,
        },
      });
    },
  });
};

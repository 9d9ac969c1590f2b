// SPDX-License-Identifier: Apache-2.0
/** Owns the run control's ports: start, stop, errors, soft reset, watchdog. */
import { ERROR_CODES } from '../arch/registers.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { codeConstants, errorCodes } from './contract-lines.js';
import { type MemoryParameters, pick } from './memory-parameters.js';

export const runControlModule = (all: MemoryParameters) =>
  defineModule({
    name: 'run_control',
    doc: {
      role: 'State of the core: idle, run, stop, reset; the first error, the watchdog.',
      timing:
        'Every stop - END, error, soft reset - waits until no burst is open, then resets the other blocks for four ' +
        'cycles; DONE and ERROR are shown after that. start_o comes one cycle after the command.',
      reset: 'Synchronous: all states are cleared and the other blocks are reset.',
      numbers:
        'Without any handshake or step for WATCHDOG cycles a run ends with an error; a stop ends with ' +
        'BUS_HUNG: the other blocks are not reset, so that what is offered to the bus stays, until rst_i.',
    },
    parameters: pick(all, 'ADDR_W'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      start_i: input(1, { group: 'Commands of the host', doc: 'pulse' }),
      soft_reset_i: input(1, { doc: 'pulse' }),
      watchdog_i: input(32, { doc: 'cycles; 0: off' }),
      base_i: input(P.ADDR_W, { doc: 'stable while busy_o' }),
      finish_i: input(1, { group: 'What happens in the core', doc: 'level: END reached and all idle' }),
      err_valid_i: input(1, { doc: 'pulse' }),
      err_code_i: input(8),
      err_addr_i: input(P.ADDR_W),
      read_quiet_i: input(1, { doc: 'no read burst open' }),
      write_quiet_i: input(1, { doc: 'no write burst open' }),
      read_event_i: input(1, { doc: 'a handshake on a read channel' }),
      write_event_i: input(1, { doc: 'a handshake on a write channel' }),
      step_i: input(1, { doc: 'a compute step' }),
      busy_o: output(1, { group: 'Status' }),
      done_o: output(1),
      error_o: output(1),
      bus_hung_o: output(1),
      error_code_o: output(8),
      fault_o: output(P.ADDR_W),
      done_event_o: output(1, { doc: 'pulse' }),
      error_event_o: output(1, { doc: 'pulse' }),
      cleared_o: output(1, { doc: 'pulse: a reset has ended' }),
      core_rst_o: output(1, { group: 'To the other blocks', doc: 'their reset' }),
      halt_o: output(1, { doc: 'level: no new burst' }),
      start_o: output(1, { doc: 'pulse: run' }),
      running_o: output(1, { doc: 'level: from the start of a run until its end is shown' }),
      clear_o: output(1, { doc: 'pulse: counters start at 0' }),
    }),
    view: {
      constants: codeConstants('ERROR_', errorCodes(ERROR_CODES, 'illegalOpcode', 'illegalField', 'outOfRange', 'watchdog'), 8),
    },
  });

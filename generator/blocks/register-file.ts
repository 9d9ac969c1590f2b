// SPDX-License-Identifier: Apache-2.0
/** Owns the register file's ports: what the host writes and reads. */
import { CORE_ID, INTERFACE_VERSION, WATCHDOG_RESET } from '../arch/registers.js';
import { clock, defineModule, input, output, reset } from '../dsl/index.js';
import { type MemoryParameters, pick } from './memory-parameters.js';
import { COUNTERS, fieldConstants, packRegister, readBlocks, registerConstants, wordConstants } from './register-lines.js';

export const registerFileModule = (all: MemoryParameters, configHash: number) =>
  defineModule({
    name: 'register_file',
    doc: {
      role: 'Registers of the host: identity, addresses, interrupts, status, counters.',
      timing: 'Writes take effect in the next cycle; the data of a read comes one cycle after its address.',
      reset: 'Synchronous: all registers have their reset values. A soft reset clears pending interrupts only.',
      numbers:
        'BASE_LO, BASE_HI and PROGRAM ignore writes while BUSY; bits that must be 0 read as 0. Addresses wrap at ADDR_W bits. ' +
        'A register answers at each of its four byte addresses; strobes choose the bytes.',
    },
    parameters: pick(all, 'BUS_W', 'ADDR_W', 'PES', 'GROUP', 'LANES', 'REQUANT'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      write_i: input(1, { group: 'Register writes', doc: 'pulse' }),
      write_addr_i: input(12),
      write_data_i: input(32),
      write_strb_i: input(4),
      read_addr_i: input(12, { group: 'Register reads' }),
      read_data_o: output(32),
      start_o: output(1, { group: 'Commands', doc: 'pulse' }),
      soft_reset_o: output(1, { doc: 'pulse' }),
      busy_i: input(1, { group: 'Status' }),
      done_i: input(1),
      error_i: input(1),
      bus_hung_i: input(1),
      error_code_i: input(8),
      fault_i: input(P.ADDR_W),
      done_event_i: input(1, { doc: 'pulse' }),
      error_event_i: input(1, { doc: 'pulse' }),
      cleared_i: input(1, { doc: 'pulse: a reset has ended' }),
      counters_i: input(32 * COUNTERS.length, { doc: 'counter c is bits [32*c, 32*c + 32)' }),
      base_o: output(P.ADDR_W, { group: 'Settings' }),
      start_addr_o: output(P.ADDR_W, { doc: 'BASE + PROGRAM' }),
      watchdog_o: output(32),
      irq_o: output(1, { group: 'Interrupt', doc: 'level' }),
    }),
    view: {
      constants: [
        ...registerConstants('CONTROL', 'IRQ_ENABLE', 'IRQ_STATUS', 'BASE_LO', 'BASE_HI', 'PROGRAM', 'WATCHDOG'),
        ...wordConstants({ ID_VALUE: CORE_ID, VERSION_VALUE: INTERFACE_VERSION, CONFIG_HASH_VALUE: configHash, WATCHDOG_RESET }),
        ...fieldConstants('CONTROL', 'IRQ_ENABLE', 'IRQ_STATUS'),
      ],
      shape: packRegister('SHAPE', { PES: 'PES[8:0]', GROUP: 'GROUP[5:0]', LANES: 'LANES[4:0]', REQUANT: 'REQUANT[8:0]' }),
      status: packRegister('STATUS', { BUSY: 'busy_i', DONE: 'done_i', ERROR: 'error_i', BUS_HUNG: 'bus_hung_i', ERROR_CODE: 'error_code_i' }),
      irqEnable: packRegister('IRQ_ENABLE', { DONE: 'done_enable_q', ERROR: 'error_enable_q' }),
      irqStatus: packRegister('IRQ_STATUS', { DONE: 'done_pending_q', ERROR: 'error_pending_q' }),
      ...readBlocks({
        ID: 'ID_VALUE', VERSION: 'VERSION_VALUE', CONFIG_HASH: 'CONFIG_HASH_VALUE', SHAPE: 'shape',
        CONTROL: "32'd0", STATUS: 'status', IRQ_ENABLE: 'irq_enable', IRQ_STATUS: 'irq_status',
        BASE_LO: 'base_low', BASE_HI: 'base_high', PROGRAM: 'program_offset', WATCHDOG: 'watchdog_q',
        FAULT_LO: 'fault[31:0]', FAULT_HI: 'fault[63:32]',
        ...Object.fromEntries(COUNTERS.map((name, i) => [name, `counters_i[${32 * i + 31}:${32 * i}]`])),
      }),
    },
  });

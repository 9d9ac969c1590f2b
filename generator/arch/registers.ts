// SPDX-License-Identifier: Apache-2.0
/** Owns the register map and the error codes that the host sees. */

export interface Register {
  readonly offset: number;
  readonly access: 'ro' | 'rw' | 'wo' | 'w1c';
  readonly doc: string;
  readonly fields?: readonly { readonly name: string; readonly lsb: number; readonly width: number; readonly doc: string }[];
}

const bit = (name: string, lsb: number, doc: string, width = 1) => ({ name, lsb, width, doc });

/** 32-bit registers, byte offsets in a 4 KiB AXI4-Lite window. */
export const REGISTERS = {
  ID: { offset: 0x00, access: 'ro', doc: 'constant 0x47414343 ("GACC")' },
  VERSION: { offset: 0x04, access: 'ro', doc: 'interface version: major << 16 | minor' },
  CONFIG_HASH: { offset: 0x08, access: 'ro', doc: 'first 32 bits of the configuration hash; a program belongs to one hash' },
  SHAPE: {
    offset: 0x0c,
    access: 'ro',
    doc: 'array shape',
    fields: [bit('PES', 0, 'processing elements', 9), bit('GROUP', 9, 'activation group', 6), bit('LANES', 15, 'lanes', 5), bit('REQUANT', 20, 'requantizers a lane', 9)],
  },
  CONTROL: {
    offset: 0x10,
    access: 'wo',
    doc: 'commands; reads as 0',
    fields: [bit('START', 0, '1: run the program; ignored while BUSY, so also until a soft reset has ended: poll BUSY first; ignored with BUS_HUNG'), bit('SOFT_RESET', 1, '1: finish open bus transfers, then clear every state; takes precedence over START')],
  },
  STATUS: {
    offset: 0x14,
    access: 'ro',
    doc: 'state',
    fields: [
      bit('BUSY', 0, 'a program runs or a reset is under way'),
      bit('DONE', 1, 'the last program reached END'),
      bit('ERROR', 2, 'the last program stopped with ERROR_CODE'),
      bit('BUS_HUNG', 3, 'the bus did not answer within WATCHDOG cycles while stopping: ERROR is set, BUSY is low, what is offered to the bus stays, late responses are taken and dropped; only rst_i recovers'),
      bit('ERROR_CODE', 8, 'see the error codes', 8),
    ],
  },
  IRQ_ENABLE: { offset: 0x18, access: 'rw', doc: 'interrupt enables', fields: [bit('DONE', 0, 'on DONE'), bit('ERROR', 1, 'on ERROR')] },
  IRQ_STATUS: { offset: 0x1c, access: 'w1c', doc: 'pending interrupts, write 1 to clear', fields: [bit('DONE', 0, 'DONE'), bit('ERROR', 1, 'ERROR')] },
  BASE_LO: { offset: 0x20, access: 'rw', doc: 'memory base added to every program address, low 32 bits; multiple of 4096' },
  BASE_HI: { offset: 0x24, access: 'rw', doc: 'memory base, high bits; 0 when --addr is 32' },
  PROGRAM: { offset: 0x28, access: 'rw', doc: 'program start, byte offset from BASE; multiple of the bus width' },
  WATCHDOG: { offset: 0x2c, access: 'rw', doc: 'cycles without any progress (a handshake on the memory bus or a compute step) before a watchdog error; 0: off; reset value 1048576; padding words (1 cycle for those of a beat), rows that no lane keeps (1 cycle each), reads of the output buffer for one burst and the run-out of the pipeline make none: not below 1024 plus the longest padding of a load' },
  FAULT_LO: { offset: 0x30, access: 'ro', doc: 'byte address of the failed burst or instruction, low 32 bits; kept with the error, whatever BASE becomes' },
  FAULT_HI: { offset: 0x34, access: 'ro', doc: 'the same, high bits' },
  CYCLES: { offset: 0x40, access: 'ro', doc: 'cycles from START to DONE or ERROR = sum of the five below; this and all counters wrap at 2^32 and start at 0 with START' },
  CYCLES_COMPUTE: { offset: 0x44, access: 'ro', doc: 'cycles in which the array took a step' },
  CYCLES_DRAIN: { offset: 0x48, access: 'ro', doc: 'no step: the array waits for the drain, or the last drain runs out' },
  CYCLES_LOAD: { offset: 0x4c, access: 'ro', doc: 'no step: the next compute command waits for the loader' },
  CYCLES_STORE: { offset: 0x50, access: 'ro', doc: 'no step: the next compute command waits for the store, or the last store runs out' },
  CYCLES_DISPATCH: { offset: 0x54, access: 'ro', doc: 'no step: no compute command has arrived' },
  CYCLES_SPAN: { offset: 0x58, access: 'ro', doc: 'cycles with a step, a drain or a requantization under way; one command alone: N*max(sum,D)*tiles + FILL' },
  BEATS_READ: { offset: 0x5c, access: 'ro', doc: 'AXI read data beats' },
  BEATS_WRITTEN: { offset: 0x60, access: 'ro', doc: 'AXI write data beats' },
} as const satisfies Record<string, Register>;

export type RegisterName = keyof typeof REGISTERS;

export const CORE_ID = 0x47414343;
export const INTERFACE_VERSION = 0x0001_0000;
export const WATCHDOG_RESET = 1_048_576;

/** STATUS.ERROR_CODE. */
export const ERROR_CODES = {
  illegalOpcode: { code: 1, doc: 'unknown opcode or wrong payload length; FAULT: the instruction' },
  illegalField: { code: 2, doc: 'a field outside its legal range; FAULT: the instruction' },
  outOfRange: { code: 3, doc: 'a buffer address beyond its depth; FAULT: the instruction' },
  tokenOverflow: { code: 4, doc: 'a token pushed to a full queue; FAULT: 0' },
  readSlverr: { code: 5, doc: 'SLVERR on a read; FAULT: the burst' },
  readDecerr: { code: 6, doc: 'DECERR on a read; FAULT: the burst' },
  writeSlverr: { code: 7, doc: 'SLVERR on a write; FAULT: the burst' },
  writeDecerr: { code: 8, doc: 'DECERR on a write; FAULT: the burst' },
  watchdog: { code: 9, doc: 'no progress for WATCHDOG cycles; FAULT: 0' },
} as const;

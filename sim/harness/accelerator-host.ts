// SPDX-License-Identifier: Apache-2.0
/** The host's driver of the core: registers by name, programs from start to interrupt; knows no compiler. */
import { REGISTERS, type RegisterName } from '../../generator/arch/registers.js';
import { GenAccelError } from '../../generator/core/errors.js';
import type { SimSession } from '../simulators/simulator.js';
import { COUNTERS, type CounterName, type ErrorName, errorName, fieldOf, withField } from './registers.js';

/** Bytes that go to memory before the start. */
export interface MemoryImage {
  /** Bytes from BASE. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface ProgramRun {
  /** Bus address that every program address is relative to; a multiple of 4096. */
  readonly base: number;
  /** Bytes from `base`, the PROGRAM register. */
  readonly programOffset: number;
  /** Default: none, memory already holds everything. */
  readonly images?: readonly MemoryImage[];
  /** Cycles until the run is given up; default 100 million. */
  readonly timeoutCycles?: number;
}

export interface ProgramResult {
  /** `timeout`: no interrupt came. */
  readonly status: 'done' | 'error' | 'timeout';
  /** 0 when there is none. */
  readonly errorCode: number;
  /** Undefined when there is none, or for a code that the register map does not list. */
  readonly error: ErrorName | undefined;
  /** Bus address. */
  readonly faultAddress: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  /** Cycles from the response to the start until the host saw the interrupt; 0 after a timeout. */
  readonly irqCycles: number;
}

export interface Identity {
  readonly id: number;
  readonly version: number;
  readonly configHash: number;
  readonly pes: number;
  readonly group: number;
  readonly lanes: number;
  readonly requant: number;
}

/** E_CORE_STUCK: the core did not leave BUSY after a soft reset. */
export class CoreStuckError extends GenAccelError {
  constructor(found: string) {
    super('E_CORE_STUCK', 'defect', {
      where: 'soft reset',
      found,
      expected: 'STATUS.BUSY to fall',
      remedy: 'Re-simulate with a trace around the reset.',
    });
  }
}

export class AcceleratorHost {
  readonly session: SimSession;

  constructor(session: SimSession) {
    this.session = session;
  }

  read(register: RegisterName): Promise<number> {
    return this.session.readReg(REGISTERS[register].offset);
  }

  /** Resolves with the cycle of the response. */
  write(register: RegisterName, value: number): Promise<number> {
    return this.session.writeReg(REGISTERS[register].offset, value);
  }

  async identify(): Promise<Identity> {
    const [id, version, configHash, shape] = await this.#readAll(['ID', 'VERSION', 'CONFIG_HASH', 'SHAPE']);
    const field = (name: string) => fieldOf('SHAPE', name, shape as number);
    return {
      id: id as number,
      version: version as number,
      configHash: configHash as number,
      pes: field('PES'),
      group: field('GROUP'),
      lanes: field('LANES'),
      requant: field('REQUANT'),
    };
  }

  /** Loads the images and sets the addresses; does not start. */
  async prepare(run: ProgramRun): Promise<void> {
    for (const { offset, bytes } of run.images ?? []) await this.session.loadMemory(bytes, run.base + offset);
    await this.write('BASE_LO', run.base % 2 ** 32);
    await this.write('BASE_HI', Math.floor(run.base / 2 ** 32));
    await this.write('PROGRAM', run.programOffset);
    await this.write('IRQ_ENABLE', withField('IRQ_ENABLE', 'DONE') + withField('IRQ_ENABLE', 'ERROR'));
    await this.write('IRQ_STATUS', withField('IRQ_STATUS', 'DONE') + withField('IRQ_STATUS', 'ERROR'));
  }

  /** Starts what was prepared; resolves with the cycle of the response. */
  start(): Promise<number> {
    return this.write('CONTROL', withField('CONTROL', 'START'));
  }

  /** Runs a program from start to interrupt. An error of the core is a result, not an exception. */
  async runProgram(run: ProgramRun): Promise<ProgramResult> {
    await this.prepare(run);
    const started = await this.start();
    const irq = await this.session.waitIrq(run.timeoutCycles ?? 100_000_000);
    return this.result(irq === undefined ? 0 : irq.cycle - started, irq === undefined);
  }

  /** Reads status and counters. */
  async result(irqCycles = 0, timedOut = false): Promise<ProgramResult> {
    const names = ['STATUS', 'FAULT_LO', 'FAULT_HI', ...COUNTERS] as const;
    const values = await this.#readAll(names);
    const value = (name: (typeof names)[number]) => values[names.indexOf(name)] as number;
    const failed = fieldOf('STATUS', 'ERROR', value('STATUS')) === 1;
    const errorCode = failed ? fieldOf('STATUS', 'ERROR_CODE', value('STATUS')) : 0;
    return {
      status: timedOut ? 'timeout' : failed ? 'error' : 'done',
      errorCode,
      error: errorName(errorCode),
      faultAddress: value('FAULT_HI') * 2 ** 32 + value('FAULT_LO'),
      counters: Object.fromEntries(COUNTERS.map((name) => [name, value(name)])) as Record<CounterName, number>,
      irqCycles,
    };
  }

  /** Soft reset; resolves when the core is idle. @throws CoreStuckError */
  async softReset(timeoutCycles = 100_000): Promise<void> {
    await this.write('CONTROL', withField('CONTROL', 'SOFT_RESET'));
    const STEP = 16;
    for (let waited = 0; waited <= timeoutCycles; waited += STEP) {
      const status = await this.read('STATUS');
      if (fieldOf('STATUS', 'BUS_HUNG', status) === 1) throw new CoreStuckError('STATUS.BUS_HUNG');
      if (fieldOf('STATUS', 'BUSY', status) === 0) return;
      await this.session.wait(STEP);
    }
    throw new CoreStuckError(`STATUS.BUSY after ${timeoutCycles} cycles`);
  }

  #readAll(names: readonly RegisterName[]): Promise<number[]> {
    return Promise.all(names.map((name) => this.read(name)));
  }
}

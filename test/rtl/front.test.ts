// SPDX-License-Identifier: Apache-2.0
/** Control, fetch, dispatch and read arbiter together, driven by a host script, units played by the testbench. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { COMPUTE_LANE_WORDS, COMPUTE_WORDS, LOAD_STREAM_WORDS, OPCODES, STORE_WORDS } from '../../generator/arch/instructions.js';
import { CORE_ID, INTERFACE_VERSION, REGISTERS, type RegisterName, WATCHDOG_RESET } from '../../generator/arch/registers.js';
import { type PartialConfig, validateConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { hasTool } from '../support/lint-verilog.js';
import { headerWord } from './commands.js';
import { frontModule } from './front-design.js';
import { hexLines, runTestbench } from './run-testbench.js';

const BASE_LO = 0xffff_f000;
const MEMORY_WORDS = 4096;
/** Register fields. */
const START = 1;
const SOFT_RESET = 2;
const DONE = 2;
const ERROR = 4;
const BUS_HUNG = 8;
const status = (flags: number, code = 0): number => flags | (code << 8);

class Host {
  readonly ops: string[] = [];
  write(name: RegisterName, value: number): this {
    return this.op('w', REGISTERS[name].offset, value);
  }
  read(...names: RegisterName[]): this {
    for (const name of names) this.op('r', REGISTERS[name].offset);
    return this;
  }
  start(): this {
    return this.write('CONTROL', START);
  }
  waitIdle(): this {
    return this.op('idle');
  }
  op(name: string, a = 0, b: number | bigint = 0): this {
    this.ops.push(`${name} ${a.toString(16)} ${b.toString(16)}`);
    return this;
  }
}

class Bench {
  readonly config;
  readonly d;
  readonly words: number[] = [];
  readonly programOffset: number;
  readonly expected: Record<'load' | 'compute' | 'store', string[]> = { load: [], compute: [], store: [] };

  constructor(input: PartialConfig, readonly seed: number, readonly baseHigh = 0) {
    this.config = validateConfig(input);
    this.d = derive(this.config);
    this.programOffset = this.d.busBytes * 5;
  }

  /** Low half of the address of the next word. */
  get here(): number {
    return (BASE_LO + this.programOffset + this.words.length * 4) >>> 0;
  }

  instruction(unit: 'load' | 'compute' | 'store', header: number, payload: readonly number[]): this {
    this.expected[unit].push(...[this.here, header, ...payload].map((word) => word.toString(16).padStart(8, '0')));
    this.words.push(header, ...payload);
    return this;
  }

  randomProgram(count: number): this {
    const random = createRandom(this.seed);
    const payload = (n: number): number[] => Array.from({ length: n }, () => random.integer(0, 0xffffffff));
    for (let i = 0; i < count; i += 1) {
      const flags = { popA: random.integer(0, 1), pushA: random.integer(0, 1) };
      const kind = random.integer(0, 3);
      if (kind === 0) this.instruction('load', headerWord({ opcode: OPCODES.loadAct, length: this.d.loadActLength, popB: 1, ...flags }), payload(this.d.loadActLength));
      else if (kind === 1) this.instruction('load', headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, destination: random.integer(0, 3), ...flags }), payload(LOAD_STREAM_WORDS));
      else if (kind === 2) this.instruction('compute', headerWord({ opcode: OPCODES.compute, length: this.d.computeLength, popB: 1, pushB: 1, ...flags }), payload(this.d.computeLength));
      else this.instruction('store', headerWord({ opcode: OPCODES.store, length: STORE_WORDS, pushB: 1, ...flags }), payload(STORE_WORDS));
    }
    return this;
  }

  end(): this {
    this.words.push(headerWord({ opcode: OPCODES.end }));
    return this;
  }

  host(): Host {
    const host = new Host().write('BASE_LO', BASE_LO).write('PROGRAM', this.programOffset);
    if (this.config.addr > 32) host.write('BASE_HI', this.baseHigh);
    return host;
  }

  run(host: Host, parameters: Readonly<Record<string, number>> = {}): string[] {
    const words = new Array<number>(MEMORY_WORDS).fill(0xf0f0f0f0);
    this.words.forEach((word, i) => (words[this.programOffset / 4 + i] = word));
    const perBeat = this.config.bus / 32;
    const beats = Array.from({ length: MEMORY_WORDS / perBeat }, (_, b) =>
      words.slice(b * perBeat, (b + 1) * perBeat).reduce((sum, word, i) => sum | (BigInt(word) << BigInt(32 * i)), 0n),
    );
    const lines = runTestbench({
      dut: frontModule(this.config),
      testbench: 'front_tb',
      parameters: { BUS_W: this.config.bus, ADDR_W: this.config.addr, ID_W: this.config.id, BASE_HI: this.baseHigh, SEED: this.seed, ...parameters },
      data: { 'memory.hex': hexLines(beats), 'script.txt': host.ops.join('\n') + '\n' },
    });
    expect(lines.filter((line) => /^bad|warn|error/i.test(line))).toEqual([]);
    return lines;
  }

  expectCommands(lines: readonly string[], times = 1): void {
    for (const unit of ['load', 'compute', 'store'] as const) {
      const found = lines.filter((line) => line.startsWith(`${unit} `)).map((line) => line.split(' ')[1]);
      expect(found, unit).toEqual(Array.from({ length: times }, () => this.expected[unit]).flat());
    }
  }
}

/** The values that were read, by register, in order. */
function reads(lines: readonly string[], name: RegisterName): number[] {
  const offset = REGISTERS[name].offset.toString(16).padStart(3, '0');
  return lines.filter((line) => line.startsWith(`r ${offset} `)).map((line) => parseInt(line.split(' ')[2]!, 16));
}

const rest = (lines: readonly string[], start: string): string[] => lines.filter((line) => line.startsWith(start));

const SHAPES: readonly PartialConfig[] = [{ bus: 64 }, { bus: 32, lanes: 16 }, { bus: 128, addr: 40, lanes: 2 }, { bus: 512, addr: 64, id: 1 }, { bus: 256, addr: 33, lanes: 3 }];

describe.skipIf(!hasTool('iverilog'))('control, fetch and dispatch', () => {
  it.each(SHAPES)('send every instruction of a program to its unit, twice, and raise DONE, %o', (config) => {
    for (const [seed, stall, others] of [[1, 0, 0], [2, 3, 0], [3, 5, 2]] as const) {
      const bench = new Bench(config, seed, 0xdead).randomProgram(30).end();
      const host = bench.host().write('IRQ_ENABLE', 1).op('irq').start().waitIdle().read('STATUS', 'IRQ_STATUS').op('irq');
      host.write('IRQ_STATUS', 3).op('irq').start().waitIdle().read('STATUS');
      const lines = bench.run(host, { STALL: stall, OTHERS: others });
      bench.expectCommands(lines, 2);
      expect(reads(lines, 'STATUS')).toEqual([status(DONE), status(DONE)]);
      expect(reads(lines, 'IRQ_STATUS')).toEqual([1]);
      expect(rest(lines, 'irq')).toEqual(['irq 0', 'irq 1', 'irq 0']);
    }
  });

  it('read back identity, shape and settings', () => {
    const bench = new Bench({ pes: 256, group: 32, lanes: 16, requant: 64, bus: 128, addr: 40 }, 1);
    const host = new Host().read('ID', 'VERSION', 'CONFIG_HASH', 'SHAPE', 'WATCHDOG', 'STATUS', 'IRQ_ENABLE');
    host.write('BASE_LO', 0x12345678).write('BASE_HI', 0xabcdef12).write('PROGRAM', 0x1000).write('WATCHDOG', 77).write('IRQ_ENABLE', 0xffffffff);
    host.read('BASE_LO', 'BASE_HI', 'PROGRAM', 'WATCHDOG', 'IRQ_ENABLE', 'CONTROL').op('r', 0xffc);
    const lines = bench.run(host);
    expect(reads(lines, 'ID')).toEqual([CORE_ID]);
    expect(reads(lines, 'VERSION')).toEqual([INTERFACE_VERSION]);
    expect(reads(lines, 'CONFIG_HASH')).toEqual([0x01234567]);
    expect(reads(lines, 'SHAPE')).toEqual([256 | (32 << 9) | (16 << 15) | (64 << 20)]);
    expect(reads(lines, 'WATCHDOG')).toEqual([WATCHDOG_RESET, 77]);
    expect(reads(lines, 'BASE_LO')).toEqual([0x12345000]);
    expect(reads(lines, 'BASE_HI')).toEqual([0x12]);
    expect(reads(lines, 'PROGRAM')).toEqual([0x1000]);
    expect(reads(lines, 'IRQ_ENABLE')).toEqual([0, 3]);
    expect([...reads(lines, 'STATUS'), ...reads(lines, 'CONTROL')]).toEqual([0, 0]);
    expect(lines).toContain('r ffc 00000000');
  });

  it.each([
    ['an unknown opcode', headerWord({ opcode: 7 }), 1], ['opcode 0', 0, 1], ['a wrong length', headerWord({ opcode: OPCODES.store, length: STORE_WORDS + 1 }), 1],
    ['END with payload', headerWord({ opcode: OPCODES.end, length: 1 }), 1], ['a reserved bit', headerWord({ opcode: OPCODES.store, length: STORE_WORDS }) | 1, 2],
    ['another reserved bit', headerWord({ opcode: OPCODES.compute, length: COMPUTE_WORDS + COMPUTE_LANE_WORDS }) | (1 << 17), 2], ['a destination without meaning', headerWord({ opcode: OPCODES.store, length: STORE_WORDS, destination: 1 }), 2],
    ['an unknown destination', headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, destination: 5 }), 2],
    ['a token that a load does not push', headerWord({ opcode: OPCODES.loadStream, length: LOAD_STREAM_WORDS, pushB: 1 }), 2],
    ['a token that a store does not pop', headerWord({ opcode: OPCODES.store, length: STORE_WORDS, popB: 1 }), 2], ['END with tokens', headerWord({ opcode: OPCODES.end, popA: 1 }), 2],
  ] as const)('refuse %s with its address', (_, header, code) => {
    const bench = new Bench({ bus: 64, addr: 40 }, 5, 0x12).randomProgram(200);
    const at = bench.here;
    bench.words.push(header);
    const lines = bench.run(bench.host().write('IRQ_ENABLE', 2).start().waitIdle().read('STATUS', 'FAULT_LO', 'FAULT_HI', 'IRQ_STATUS').op('irq'), { STALL: 2 });
    expect(reads(lines, 'STATUS')).toEqual([status(ERROR, code)]);
    // 200 instructions reach past the end of the lower 4 GiB.
    expect(at).toBeLessThan(BASE_LO);
    expect([...reads(lines, 'FAULT_LO'), ...reads(lines, 'FAULT_HI')]).toEqual([at, 0x13]);
    expect([...reads(lines, 'IRQ_STATUS'), ...rest(lines, 'irq')]).toEqual([2, 'irq 1']);
  });

  it.each([[2, 5], [3, 6]])('report read response %i with code %i and the address of the burst, once the words are due', (response, code) => {
    const bench = new Bench({ bus: 64 }, 6).randomProgram(40).end();
    const bad = bench.programOffset / 8 + 30;
    const lines = bench.run(bench.host().start().waitIdle().read('STATUS', 'FAULT_LO'), { BAD_BEAT: bad, BAD_RESP: response });
    expect(reads(lines, 'STATUS')).toEqual([status(ERROR, code)]);
    expect(reads(lines, 'FAULT_LO')).toEqual([(BASE_LO + Math.floor(bad / 16) * 128) >>> 0]);
    // Behind END a bad response does not count.
    const short = new Bench({ bus: 64 }, 6).randomProgram(1).end();
    const last = short.programOffset / 8 + Math.floor((short.words.length - 1) / 2);
    expect(reads(short.run(short.host().start().waitIdle().read('STATUS'), { BAD_BEAT: last + 1, BAD_RESP: response }), 'STATUS')).toEqual([status(DONE)]);
  });

  it('report the first bad burst at the start of the program', () => {
    const bench = new Bench({ bus: 64 }, 7).randomProgram(4).end();
    const lines = bench.run(bench.host().start().waitIdle().read('STATUS', 'FAULT_LO'), { BAD_BEAT: bench.programOffset / 8 + 1 });
    expect(reads(lines, 'FAULT_LO')).toEqual([(BASE_LO + bench.programOffset) >>> 0]);
  });

  it('keep the first error of a unit, and run again after it', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(60).end();
    const host = bench.host().start().op('delay', 60).op('error', 7, 0x1234).op('error', 8, 0x5678).waitIdle().read('STATUS', 'FAULT_LO');
    host.start().waitIdle().read('STATUS', 'FAULT_LO');
    const lines = bench.run(host, { STALL: 3 });
    expect(reads(lines, 'STATUS')).toEqual([status(ERROR, 7), status(DONE)]);
    expect(reads(lines, 'FAULT_LO')).toEqual([0x1234, 0]);
  });

  it('report the sixteenth token', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(60).end();
    const lines = bench.run(bench.host().start().op('push', 15).op('delay', 4).read('STATUS').op('push', 1).waitIdle().read('STATUS', 'FAULT_LO'), { STALL: 3 });
    expect(reads(lines, 'STATUS')).toEqual([1, status(ERROR, 4)]);
    expect(reads(lines, 'FAULT_LO')).toEqual([0]);
  });

  it('end a soft reset at any moment with nothing open and nothing remembered, and run again', () => {
    const random = createRandom(10);
    for (let i = 0; i < 10; i += 1) {
      const bench = new Bench(random.pick(SHAPES), 20 + i).randomProgram(12).end();
      const host = bench.host();
      host.start().op('delay', random.integer(0, 120)).write('CONTROL', SOFT_RESET | random.integer(0, 1)).waitIdle().read('STATUS', 'IRQ_STATUS').op('beats');
      host.start().waitIdle().read('STATUS', 'BEATS_READ');
      const lines = bench.run(host, { STALL: random.integer(0, 5), OTHERS: random.integer(0, 3) });
      expect(reads(lines, 'STATUS'), `round ${i}`).toEqual([0, status(DONE)]);
      const second = lines.slice(lines.findIndex((line) => line.startsWith('beats')));
      bench.expectCommands(second);
    }
  });

  it('clear DONE and pending interrupts by a soft reset', () => {
    const bench = new Bench({ bus: 64 }, 8).end();
    const lines = bench.run(bench.host().start().waitIdle().read('STATUS').write('CONTROL', SOFT_RESET).waitIdle().read('STATUS', 'IRQ_STATUS'));
    expect(reads(lines, 'STATUS')).toEqual([status(DONE), 0]);
    expect(reads(lines, 'IRQ_STATUS')).toEqual([0]);
  });

  it('end a run that makes no progress by the watchdog, with nothing open, and run again', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(60).end();
    // The memory answers what is open before the stop gives up.
    const host = bench.host().write('WATCHDOG', 100).op('quietly', 1).op('mute', 1).start().op('delay', 150).op('mute', 0).waitIdle().read('STATUS', 'FAULT_LO');
    host.start().waitIdle().read('STATUS').write('WATCHDOG', 0).op('mute', 1).start().op('delay', 400).read('STATUS').op('mute', 0).waitIdle().read('STATUS');
    const lines = bench.run(host);
    expect(reads(lines, 'STATUS')).toEqual([status(ERROR, 9), status(DONE), 1, status(DONE)]);
    expect(reads(lines, 'FAULT_LO')).toEqual([0]);
  });

  it('show BUS_HUNG when the bus does not answer a stop, and take no START until rst_i', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(60).end();
    const host = bench.host().write('WATCHDOG', 100).write('IRQ_ENABLE', 2).op('quietly', 1).start().op('mute', 1).waitIdle().read('STATUS').op('irq');
    host.start().op('delay', 20).read('STATUS').write('CONTROL', SOFT_RESET).op('delay', 20).read('STATUS');
    host.op('rst').read('STATUS').op('irq');
    const lines = bench.run(host);
    const hung = status(ERROR | BUS_HUNG, 9);
    expect(reads(lines, 'STATUS')).toEqual([hung, hung, hung, 0]);
    expect(rest(lines, 'irq')).toEqual(['irq 1', 'irq 0']);
  });

  it('keep what they offered to a bus that hangs, and take what comes late', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(60).end();
    // The memory stops with an address on offer: no handshake, no withdrawal (the testbench looks), until it wakes.
    for (const wait of [0, 8, 30]) {
      const host = bench.host().write('WATCHDOG', 100).op('quietly', 1).start().op('delay', wait).op('mute', 1).waitIdle().read('STATUS', 'IRQ_STATUS');
      host.op('mute', 0).op('delay', 200).read('STATUS', 'CYCLES').start().op('delay', 50).read('STATUS', 'CYCLES').op('mute', 0).op('rst').read('STATUS').start().waitIdle().read('STATUS');
      host.ops.splice(host.ops.length - 3, 0, ...bench.host().ops);
      const lines = bench.run(host);
      const hung = status(ERROR | BUS_HUNG, 9);
      expect(reads(lines, 'STATUS')).toEqual([hung, hung, hung, 0, status(DONE)]);
      expect(reads(lines, 'IRQ_STATUS')).toEqual([2]);
      expect(reads(lines, 'CYCLES')[1]).toBe(reads(lines, 'CYCLES')[0]);
    }
  });

  // The program lies behind the end of the lower 4 GiB: 1_ffff_f000 and its offset wrap to 0_0000_.... with 33 bits.
  it.each([[33, 1, 0], [40, 0x12, 0x13]])('keep the address of an instruction error when BASE changes afterwards, within %i bits', (addr, high, faultHigh) => {
    const bench = new Bench({ bus: 64, addr }, 5, high).randomProgram(200);
    const at = bench.here;
    bench.words.push(0);
    const host = bench.host().start().waitIdle().read('FAULT_LO', 'FAULT_HI').write('BASE_LO', 0).write('BASE_HI', 0).read('FAULT_LO', 'FAULT_HI');
    const lines = bench.run(host);
    expect(at).toBeLessThan(BASE_LO);
    expect([...reads(lines, 'FAULT_LO'), ...reads(lines, 'FAULT_HI')]).toEqual([at, at, faultHigh, faultHigh]);
  });

  it('take no new BASE or PROGRAM while a program runs', () => {
    const bench = new Bench({ bus: 64, addr: 40 }, 8, 0x12).randomProgram(60).end();
    const host = bench.host().start().write('BASE_LO', 0x7000).write('BASE_HI', 0x55).write('PROGRAM', 0x40).read('STATUS', 'BASE_LO', 'BASE_HI', 'PROGRAM').waitIdle().read('STATUS');
    host.write('BASE_LO', 0x7000).write('BASE_HI', 0x55).write('PROGRAM', 0x40).read('BASE_LO', 'BASE_HI', 'PROGRAM');
    const lines = bench.run(host, { STALL: 4 });
    expect(reads(lines, 'STATUS')).toEqual([1, status(DONE)]);
    expect(reads(lines, 'BASE_LO')).toEqual([BASE_LO, 0x7000]);
    expect(reads(lines, 'BASE_HI')).toEqual([0x12, 0x55]);
    expect(reads(lines, 'PROGRAM')).toEqual([bench.programOffset, 0x40]);
    bench.expectCommands(lines);
  });

  it('reset, and do not start, when both are written together', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(4).end();
    const lines = bench.run(bench.host().start().waitIdle().op('beats').write('CONTROL', START | SOFT_RESET).waitIdle().op('delay', 200).read('STATUS', 'IRQ_STATUS').op('beats'));
    expect([...reads(lines, 'STATUS'), ...reads(lines, 'IRQ_STATUS')]).toEqual([0, 0]);
    expect(rest(lines, 'beats')[1]).toBe('beats 0');
    bench.expectCommands(lines);
  });

  it('do not lose a DONE that comes in the cycle of its acknowledgement', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(4).end();
    const host = bench.host().start().waitIdle().read('IRQ_STATUS').op('post', REGISTERS.CONTROL.offset, START).op('post', REGISTERS.IRQ_STATUS.offset, 3).op('ack').read('IRQ_STATUS');
    expect(reads(bench.run(host.write('IRQ_STATUS', 3).read('IRQ_STATUS')), 'IRQ_STATUS')).toEqual([1, 1, 0]);
  });

  it('obey byte strobes in settings, in acknowledgements and in commands, at every byte address of a register', () => {
    const bench = new Bench({ bus: 64 }, 8).randomProgram(4).end();
    const host = bench.host().start().waitIdle().op('strobe', 0xe).write('IRQ_STATUS', 3).read('IRQ_STATUS').write('CONTROL', SOFT_RESET).op('delay', 20).read('STATUS', 'IRQ_STATUS');
    host.op('strobe', 0xf).write('WATCHDOG', 0x11223344);
    for (const [byte, value] of [[1, 0xaabbccdd], [3, 0x55667788]] as const) host.op('strobe', 1 << byte).op('w', REGISTERS.WATCHDOG.offset + byte, value).op('r', REGISTERS.WATCHDOG.offset + byte);
    host.op('strobe', 0).write('WATCHDOG', 0).read('WATCHDOG').op('strobe', 1).write('IRQ_STATUS', 1).read('IRQ_STATUS');
    const lines = bench.run(host);
    expect(reads(lines, 'IRQ_STATUS')).toEqual([1, 1, 0]);
    expect(reads(lines, 'STATUS')).toEqual([status(DONE)]);
    expect([...rest(lines, 'r 02d'), ...rest(lines, 'r 02f')]).toEqual(['r 02d 1122cc44', 'r 02f 5522cc44']);
    expect(reads(lines, 'WATCHDOG')).toEqual([0x5522cc44]);
  });

  it('do a write behind an open response once, when the response is taken', () => {
    const bench = new Bench({ bus: 64 }, 8).end();
    const { offset } = REGISTERS.WATCHDOG;
    const lines = bench.run(new Host().op('post', offset, 1).op('post', offset, 2).op('delay', 20).read('WATCHDOG').op('take', 1).op('delay', 9).read('WATCHDOG').op('take', 1).op('delay', 9).write('PROGRAM', 8).read('WATCHDOG', 'PROGRAM'));
    expect(reads(lines, 'WATCHDOG')).toEqual([1, 2, 2]);
    expect(reads(lines, 'PROGRAM')).toEqual([8]);
    expect(rest(lines, 'answers')).toEqual(['answers 3 of 3']);
  });

  it('count every cycle of a run in exactly one class, and the beats', () => {
    const bench = new Bench({ bus: 64 }, 9).randomProgram(40).end();
    const counters = ['CYCLES', 'CYCLES_COMPUTE', 'CYCLES_DRAIN', 'CYCLES_LOAD', 'CYCLES_STORE', 'CYCLES_DISPATCH', 'CYCLES_SPAN'] as const;
    for (const stall of [0, 4]) {
      const lines = bench.run(bench.host().start().waitIdle().read(...counters), { STALL: stall });
      const [cycles, ...classes] = counters.map((name) => reads(lines, name)[0]!);
      const span = classes.pop()!;
      expect(classes.reduce((sum, count) => sum + count, 0)).toBe(cycles);
      const share = classes.map((count) => count / cycles!);
      // Seven random inputs: step 1/2, drain 3/8, load 1/16, store 3/64, dispatch 1/64.
      [1 / 2, 3 / 8, 1 / 16, 3 / 64, 1 / 64].forEach((part, i) => expect(Math.abs(share[i]! - part), counters[i + 1]).toBeLessThan(0.08));
      expect(Math.abs(span / cycles! - 0.5)).toBeLessThan(0.08);
    }
  });

  it('count the read beats of a run', () => {
    const bench = new Bench({ bus: 64 }, 9).randomProgram(40).end();
    const lines = bench.run(bench.host().op('beats').start().waitIdle().op('beats').read('BEATS_READ'), { STALL: 2 });
    expect(rest(lines, 'beats')[1]).toBe(`beats ${reads(lines, 'BEATS_READ')[0]}`);
  });
});

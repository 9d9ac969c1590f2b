// SPDX-License-Identifier: Apache-2.0
/** Plays commands and captures into the drain alone, and predicts every line that its testbench prints, from the contract and plain arithmetic. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { ARRAY_STAGES, derive } from '../../generator/arch/derive.js';
import { PARAMETER, TABLE_DEPTH } from '../../generator/arch/instructions.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { drainModule } from '../../generator/blocks/drain.js';
import { clamp, indexBits } from '../../generator/core/integers.js';
import type { Random } from '../../generator/core/random.js';
import { multiplyByQuantizedMultiplier } from '../../generator/quantize/fixed-point.js';
import { defaultsOf, hexLines, runTestbench } from '../rtl/run-testbench.js';

export interface DrainParams { readonly bias: number; readonly multiplier: number; readonly rightShift: number; readonly leftShift: number }

export interface DrainCommand {
  readonly paramBase: number; readonly outBase: number; readonly outPitch: number; readonly channels: number; readonly half: number;
  readonly zeroPoint: number; readonly clampMin: number; readonly clampMax: number;
  readonly table: number; readonly tableHalf: number; readonly operand: number; readonly partialIn: number; readonly partialOut: number;
  readonly operandParam: number; readonly operandZeroPoint: number; readonly secondZeroPoint: number; readonly secondClampMin: number; readonly secondClampMax: number;
  readonly pushLoad: number; readonly pushStore: number; readonly address: number;
  readonly tiles: number; readonly pixels: number;
  /** Cycles from one capture to the next, at least D, with an operand 2 D. */
  readonly slot: number;
  /** Cycles from the last capture of the command before to its own first, beyond the least. */
  readonly gap: number;
  /** Cycles from the push to the first capture; more when the commands before are too close. */
  readonly lead: number;
}

export interface DrainState {
  readonly params: readonly (readonly DrainParams[])[];
  readonly table: Int32Array;
  readonly commands: readonly DrainCommand[];
  /** [capture][pe * LANES + lane] */
  readonly results: readonly Int32Array[];
  readonly operands: readonly Int8Array[];
}

/** Steps of a plain value and of a second value from the drain step to its write. */
export const TO_WRITE = 16;
export const TO_SECOND_WRITE = 31;

/** Events of a cycle, as the testbench reads them. */
const PUSH = 1, CAPTURE = 2, FIRST = 4, LAST = 8, TILE_LAST = 16, OPEN = 32;

export interface DrainPlan {
  readonly events: readonly number[];
  readonly expected: readonly string[];
  /** Per command: cycle of its first capture, of its last write. */
  readonly spans: readonly { readonly begin: number; readonly end: number }[];
}

/** The output stage in plain arithmetic. */
const requantize = (config: AccelConfig, sum: number, addend: number, p: DrainParams, zero: number, low: number, high: number): number =>
  clamp(multiplyByQuantizedMultiplier(((sum + addend) | 0) << p.leftShift, p.multiplier, -p.rightShift, config.rounding) + zero, low, high);

export function planDrain(config: AccelConfig, state: DrainState): DrainPlan {
  const d = derive(config);
  const events: number[] = [];
  const mark = (cycle: number, bits: number): void => { events[cycle] = (events[cycle] ?? 0) | bits; };
  const lines: { cycle: number; rank: number; text: string }[] = [];
  const print = (cycle: number, rank: number, text: string): void => { lines.push({ cycle, rank, text: `${cycle} ${text}` }); };
  const spans: { begin: number; end: number }[] = [];
  const counts = { idle: new Map<number, number>(), room: new Map<number, number>(), span: new Map<number, number>() };
  const count = (map: Map<number, number>, cycle: number, by: number): void => { map.set(cycle, (map.get(cycle) ?? 0) + by); };
  const partials = new Map<number, Int32Array>();
  const byte = (value: number): string => (value & 255).toString(16).padStart(2, '0');
  let capture = 0;
  let last = { push: 0, begin: 0, capture: 0, end: -1, second: false, slot: 0 };
  const begins: number[] = [];
  let parity = 0;
  let failed = false;

  for (const c of state.commands) {
    const second = c.operand !== 0;
    const least = second ? 2 * d.drain : d.drain;
    if (c.slot < least) throw new RangeError('the slot is too short');
    // Kinds are never together; commands are at least three cycles apart, four where one adds to the sums of the other.
    const turn = second !== last.second && last.end >= 0 ? last.end + 1 : 0;
    let begin = Math.max(last.capture + last.slot, last.begin + (c.partialIn === 1 ? 4 : 3)) + c.gap;
    const push = Math.max(begin - c.lead, last.push + 1, turn, (begins.at(-4) ?? -1) + 1);
    begin = Math.max(begin, push + 2);
    begins.push(begin);
    mark(push, PUSH);
    const open = Math.max(push, begin - ARRAY_STAGES);
    mark(open, OPEN);
    count(counts.idle, push + 1, 1);
    count(counts.room, push + 1, 1);
    count(counts.room, begin + 1, -1);
    count(counts.span, open, 1);
    // Alone: all before is written.
    if (last.end < begin) parity = (begin + 1) % 2;
    let steps = 0;
    let lastStep = 0;
    for (let tile = 0; tile < c.tiles; tile += 1) {
      for (let pixel = 0; pixel < c.pixels; pixel += 1) {
        const at = begin + (tile * c.pixels + pixel) * c.slot;
        const tileLast = pixel === c.pixels - 1;
        mark(at, CAPTURE | (tile + pixel === 0 ? FIRST : 0) | (tileLast ? TILE_LAST : 0) | (tileLast && tile === c.tiles - 1 ? LAST : 0));
        last = { ...last, capture: at };
        const first = second && (at + 1) % 2 !== parity ? at + 2 : at + 1;
        for (let step = 0; step < d.drain; step += 1, steps += 1) {
          const cycle = first + step * (second ? 2 : 1);
          lastStep = cycle;
          const param = c.paramBase + tile * d.drain + step;
          const channel = tile * config.pes + step * config.requant;
          const word = c.outBase + pixel * c.outPitch + Math.floor(channel / config.group);
          const real = channel < c.channels;
          const bad = (real && (param >= d.paramDepth || (second && c.operandParam >= d.paramDepth) || (c.partialOut === 0 && word >= config.outDepth)))
            || ((c.partialIn === 1 || c.partialOut === 1) && steps >= config.partialDepth);
          if (bad && !failed) {
            failed = true;
            print(cycle + 1, 6, `err 3 ${c.address.toString(16).padStart(8, '0')}`);
          }
          if (failed) continue;
          const before = partials.get(steps);
          const after = new Int32Array(config.requant * config.lanes);
          const bytes: number[] = [];
          for (let r = 0; r < config.requant; r += 1) {
            const p = state.params[param % state.params.length]![r]!;
            for (let lane = 0; lane < config.lanes; lane += 1) {
              const source = (step * config.requant + r) * config.lanes + lane;
              const sum = state.results[capture]![source]!;
              const addend = c.partialIn === 1 ? before![r * config.lanes + lane]! : p.bias;
              after[r * config.lanes + lane] = sum + addend;
              let value = requantize(config, sum, addend, p, c.zeroPoint, c.clampMin, c.clampMax);
              const b = state.operands[capture]![source]!;
              const entry = (half: number, index: number): number => state.table[half * 256 + (index & 255)]!;
              if (c.table === 1 && !second) value = (entry(c.tableHalf, value) << 24) >> 24;
              if (second) {
                const joined = c.operand === 1 ? entry(c.tableHalf, value) + entry(1 - c.tableHalf, b) : (value - c.zeroPoint) * (b - c.operandZeroPoint);
                const q = state.params[c.operandParam]![r]!;
                value = requantize(config, joined, q.bias, q, c.secondZeroPoint, c.secondClampMin, c.secondClampMax);
              }
              bytes.push(channel + r < c.channels ? value : 0);
            }
          }
          if (c.partialOut === 1) partials.set(steps, after);
          else if (real) {
            const banks = Array.from({ length: d.drainWords }, (_, b) => (channel + b * config.group < c.channels ? 1 : 0));
            const row = Math.floor(word / d.drainWords) % (config.outDepth / d.drainWords);
            print(cycle + (second ? TO_SECOND_WRITE : TO_WRITE), 0,
              `write ${banks.reverse().join('')} ${c.half} ${row} ${channel % config.group} ${bytes.map(byte).reverse().join('')}`);
          }
        }
        capture += 1;
      }
    }
    const end = lastStep + (second ? TO_SECOND_WRITE : TO_WRITE);
    if (c.pushLoad === 1) print(end, 1, 'load');
    if (c.pushStore === 1) print(end, 2, 'store');
    count(counts.idle, end + 1, -1);
    count(counts.span, end + 1, -1);
    spans.push({ begin, end });
    last = { push, begin, capture: last.capture, end, second, slot: c.slot };
  }
  // Status: what the counters say, every change.
  const changes = (map: Map<number, number>, rank: number, name: string, initial: number, value: (n: number) => number): void => {
    let n = 0;
    let shown = initial;
    for (const cycle of [...map.keys()].sort((a, b) => a - b)) {
      n += map.get(cycle)!;
      if (value(n) !== shown) print(cycle, rank, `${name} ${(shown = value(n))}`);
    }
  };
  changes(counts.idle, 3, 'idle', 1, (n) => (n === 0 ? 1 : 0));
  changes(counts.room, 4, 'room', 1, (n) => (n === 4 ? 0 : 1));
  changes(counts.span, 5, 'span', 0, (n) => (n === 0 ? 0 : 1));
  lines.sort((a, b) => a.cycle - b.cycle || a.rank - b.rank);
  const cycles = Math.max(events.length, last.end + 4);
  return { events: Array.from({ length: cycles }, (_, i) => events[i] ?? 0), expected: lines.map((line) => line.text), spans };
}

/** The lines of the testbench. */
export function runDrain(config: AccelConfig, state: DrainState, plan: DrainPlan): string[] {
  const all = computeParameters(config, indexBits(config.group), config.weightDepth);
  const pack = (fields: readonly (readonly [number, number])[]): bigint => {
    let lsb = 0n;
    let word = 0n;
    for (const [value, bits] of fields) {
      word |= BigInt.asUintN(bits, BigInt(value)) << lsb;
      lsb += BigInt(bits);
    }
    return word;
  };
  const P = PARAMETER;
  return runTestbench({
    dut: drainModule(config, all),
    testbench: 'drain_tb',
    parameters: {
      ...defaultsOf(all, 'PES', 'GROUP', 'LANES', 'REQUANT', 'DRAIN', 'OUT_BANKS', 'STEP_W', 'BYTE_W', 'PARAM_ADDR_W', 'PARAM_DEPTH', 'PARTIAL_ADDR_W', 'PARTIAL_DEPTH', 'OUT_ADDR_W', 'OUT_ROW_W'),
      CYCLES: plan.events.length, COMMANDS: state.commands.length, CAPTURES: state.results.length, PARAMS: state.params.length,
    },
    data: {
      'events.hex': hexLines(plan.events),
      'commands.hex': hexLines(state.commands.map((c) => pack([
        [c.paramBase, 16], [c.outBase, 16], [c.outPitch, 16], [c.channels, 16], [c.operandParam, 16],
        [c.zeroPoint, 8], [c.clampMin, 8], [c.clampMax, 8], [c.operandZeroPoint, 8], [c.secondZeroPoint, 8], [c.secondClampMin, 8], [c.secondClampMax, 8],
        [c.half, 1], [c.table, 1], [c.tableHalf, 1], [c.operand, 2], [c.partialIn, 1], [c.partialOut, 1], [c.pushLoad, 1], [c.pushStore, 1], [c.address, 16],
      ]))),
      'results.hex': hexLines(state.results.map((row) => pack([...row].map((value) => [value, 32] as const)))),
      'operands.hex': hexLines(state.operands.map((row) => pack([...row].map((value) => [value, 8] as const)))),
      'params.hex': hexLines(state.params.map((row) => pack(row.flatMap((p) => {
        const word: [number, number][] = [[p.bias, P.bias.width], [p.multiplier, P.multiplier.width], [p.rightShift, P.rightShift.width], [p.leftShift, P.leftShift.width]];
        return word;
      })))),
      'table.hex': hexLines([...state.table].map((value) => BigInt.asUintN(32, BigInt(value)))),
    },
  });
}

/** A random command that fits the buffers; the rest of its meaning is `fixed`. */
export function randomCommand(config: AccelConfig, random: Random, fixed: Partial<DrainCommand> = {}): DrainCommand {
  const d = derive(config);
  const tiles = fixed.tiles ?? random.integer(1, 2);
  const pixels = fixed.pixels ?? random.integer(1, 4);
  const channels = random.integer((tiles - 1) * config.pes + 1, tiles * config.pes);
  const words = Math.ceil((tiles * config.pes) / (config.group * d.drainWords)) * d.drainWords;
  const least = (fixed.operand ?? 0) === 0 ? d.drain : 2 * d.drain;
  const int8 = (): number => random.integer(-128, 127);
  return {
    paramBase: random.integer(0, 16), outBase: random.integer(0, 3) * d.drainWords, outPitch: words + random.integer(0, 1) * d.drainWords,
    channels, half: random.integer(0, 1), zeroPoint: int8(), clampMin: random.integer(-128, -20), clampMax: random.integer(20, 127),
    table: 0, tableHalf: random.integer(0, 1), operand: 0, partialIn: 0, partialOut: 0,
    operandParam: random.integer(0, 63), operandZeroPoint: int8(), secondZeroPoint: int8(), secondClampMin: random.integer(-128, -20), secondClampMax: random.integer(20, 127),
    pushLoad: random.integer(0, 1), pushStore: random.integer(0, 1), address: random.integer(0, 0xffff),
    slot: least + random.integer(0, 1) * random.integer(0, 9), gap: random.integer(0, 1) * random.integer(0, 12), lead: random.integer(2, 12),
    ...fixed, tiles, pixels,
  };
}

/** Random buffers and captures for the commands. */
export function randomDrain(config: AccelConfig, random: Random, commands: readonly DrainCommand[]): DrainState {
  const captures = commands.reduce((sum, c) => sum + c.tiles * c.pixels, 0);
  const values = config.pes * config.lanes;
  return {
    commands,
    params: Array.from({ length: 64 }, () => Array.from({ length: config.requant }, () => ({
      bias: random.integer(-20000, 20000), multiplier: random.integer(2 ** 30, 2 ** 31 - 1),
      ...(random.integer(0, 2) === 0 ? { leftShift: random.integer(0, 7), rightShift: random.integer(8, 16) } : { leftShift: 0, rightShift: random.integer(5, 10) }),
    }))),
    table: Int32Array.from({ length: TABLE_DEPTH }, () => random.integer(-20000, 20000)),
    results: Array.from({ length: captures }, () => Int32Array.from({ length: values }, () => random.integer(-60000, 60000))),
    operands: Array.from({ length: captures }, () => Int8Array.from({ length: values }, () => random.integer(-128, 127))),
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Drives a generated compute unit in Icarus with random buffers and commands, and predicts its output banks naively. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { type Field, insertField } from '../../generator/arch/fields.js';
import { COMPUTE, COMPUTE_LANE, COMPUTE_WORDS, HEADER, OPCODES, PARAMETER, SCHEDULE_ENTRY } from '../../generator/arch/instructions.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { computeUnitModule } from '../../generator/blocks/compute-unit.js';
import type { IndexDecoder } from '../../generator/blocks/index-decoder.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { indexBits } from '../../generator/core/integers.js';
import type { Random } from '../../generator/core/random.js';
import { elaborate } from '../../generator/elaborate/index.js';
import { emit } from '../../generator/emit/index.js';

type ComputeFields = { [K in keyof typeof COMPUTE]: number };

/** One command with its own schedule and the PEs' slots. */
export interface BenchCommand {
  readonly fields: ComputeFields;
  readonly lanes: readonly { startAddress: number; startColumn: number }[];
}

export interface BenchState {
  readonly act: readonly Int8Array[];
  /** [step][pe] */
  readonly weights: readonly Int8Array[];
  /** [step][pe]: position taken when not dense. */
  readonly positions: readonly Uint8Array[];
  readonly indexWords: readonly (readonly bigint[])[];
  readonly schedule: readonly { offset: number; count: number }[];
  readonly params: readonly { bias: number; multiplier: number; leftShift: number; rightShift: number }[][];
  readonly commands: readonly BenchCommand[];
}

export interface BenchResult {
  readonly steps: number;
  readonly paces: number;
  readonly span: number;
  readonly loadPushes: number;
  readonly storePushes: number;
  readonly idle: number;
  /** Cycles of the last pushes, and the last cycle of CYCLES_SPAN, which control sees one cycle late. */
  readonly loadPushAt: number;
  readonly storePushAt: number;
  readonly spanEndAt: number;
  readonly error: { code: number; address: number } | undefined;
  /** [half][lane][word] as hex text. */
  readonly out: string[][][];
}

const hexLine = (fields: readonly bigint[], bits: number, total: number): string => {
  let word = 0n;
  fields.forEach((f, i) => (word |= BigInt.asUintN(bits, f) << BigInt(i * bits)));
  return word.toString(16).padStart(Math.ceil(total / 4), '0');
};

/** Emits the compute unit into `folder` and compiles it with the bench; returns the run function. */
export function buildBench(config: AccelConfig, decoder: IndexDecoder) {
  const folder = mkdtempSync(join(tmpdir(), 'gen-accel-bench-'));
  const d = derive(config);
  const indexW = decoder.format.bitsPerPe(config.group);
  const parameters = computeParameters(config, indexW, config.weightDepth);
  const design = elaborate(computeUnitModule(config, parameters, decoder), { prefix: 'dut' });
  const { files } = emit(design, { templates: loadTemplates(), version: 'test', configHash: 'test' });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const macros: Record<string, number> = {
    PES: config.pes, GROUP: config.group, LANES: config.lanes, REQUANT: config.requant, INDEX_W: indexW,
    BEAT_WORDS: d.beatWords, ACT_W: d.actAddrBits, WEIGHT_W: d.weightAddrBits, SCHED_W: d.schedAddrBits,
    PARAM_W: d.paramAddrBits, OUT_W: d.outAddrBits, LANE_W: indexBits(config.lanes),
  };
  execFileSync('iverilog', [
    '-g2005', '-o', 'bench.vvp', ...Object.entries(macros).map(([k, v]) => `-D${k}=${v}`),
    new URL('../rtl/tb/compute_unit_tb.v', import.meta.url).pathname, ...[...files.keys()],
  ], { cwd: folder });

  const run = (state: BenchState): BenchResult => {
    const words: number[] = [];
    for (const [index, command] of state.commands.entries()) words.push(0x1000 + index * 0x100, ...encode(command, config));
    const write = (name: string, lines: string[]) => writeFileSync(join(folder, name), lines.join('\n') + '\n');
    write('cmd.hex', words.map((w) => (w >>> 0).toString(16).padStart(8, '0')));
    const beat = d.beatWords * config.group;
    write('act.hex', state.act.flatMap((bank) => Array.from({ length: bank.length / beat }, (_, i) =>
      hexLine([...bank.subarray(i * beat, (i + 1) * beat)].map(BigInt), 8, beat * 8))));
    write('weight.hex', state.weights.map((w) => hexLine([...w].map(BigInt), 8, config.pes * 8)));
    write('index.hex', state.indexWords.map((w) => hexLine(w, indexW, config.pes * indexW)));
    write('sched.hex', state.schedule.map((e) =>
      hexLine([BigInt(insertField(insertField(0, SCHEDULE_ENTRY.offset, e.offset), SCHEDULE_ENTRY.countMinusOne, e.count - 1))], 32, 32)));
    write('param.hex', state.params.map((row) => hexLine(row.map((p) =>
      BigInt.asUintN(32, BigInt(p.bias)) | (BigInt(p.multiplier) << BigInt(PARAMETER.multiplier.lsb)) |
      (BigInt(p.rightShift) << BigInt(PARAMETER.rightShift.lsb)) | (BigInt(p.leftShift) << BigInt(PARAMETER.leftShift.lsb))), 72, config.requant * 72)));
    const text = execFileSync('vvp', ['bench.vvp', `+commands=${words.length}`], { cwd: folder, maxBuffer: 1 << 28 }).toString();
    return parse(text, config);
  };
  return { run, folder, close: () => rmSync(folder, { recursive: true, force: true }), read: (p: string) => readFileSync(join(folder, p), 'utf8') };
}

function encode(command: BenchCommand, config: AccelConfig): number[] {
  const words = new Array<number>(COMPUTE_WORDS).fill(0);
  for (const [name, f] of Object.entries(COMPUTE) as [keyof ComputeFields, Field][]) {
    words[f.word] = insertField(words[f.word]!, f, command.fields[name]);
  }
  const lanes = command.lanes.map((lane) =>
    insertField(insertField(0, COMPUTE_LANE.startAddress, lane.startAddress), COMPUTE_LANE.startColumn, lane.startColumn));
  let header = insertField(0, HEADER.opcode, OPCODES.compute);
  header = insertField(header, HEADER.length, COMPUTE_WORDS + config.lanes);
  for (const token of [HEADER.popA, HEADER.popB, HEADER.pushA, HEADER.pushB]) header = insertField(header, token, 1);
  return [header, ...words, ...lanes];
}

function parse(text: string, config: AccelConfig): BenchResult {
  const out: string[][][] = [0, 1].map(() => Array.from({ length: config.lanes }, () => []));
  let numbers: number[] = [];
  let times: number[] = [];
  let error: BenchResult['error'];
  for (const line of text.split('\n')) {
    const parts = line.split(' ');
    if (parts[0] === 'OUT') out[Number(parts[1])]![Number(parts[2])]![Number(parts[3])] = parts[4]!;
    if (parts[0] === 'CYCLES') numbers = [2, 4, 6, 8, 10, 12].map((i) => Number(parts[i]));
    if (parts[0] === 'PUSHES') times = [2, 4, 6].map((i) => Number(parts[i]));
    if (parts[0] === 'ERROR') error = { code: Number(parts[1]), address: parseInt(parts[2]!, 16) };
  }
  const [steps = 0, paces = 0, span = 0, loadPushes = 0, storePushes = 0, idle = 0] = numbers;
  const [loadPushAt = 0, storePushAt = 0, spanEndAt = 0] = times;
  return { steps, paces, span, loadPushes, storePushes, idle, loadPushAt, storePushAt, spanEndAt, error, out };
}

/** TFLite's double rounding in BigInt, written from its definition. */
export function requantizeReference(sum: number, p: BenchState['params'][number][number], zero: number, low: number, high: number): number {
  const x = BigInt.asIntN(32, BigInt.asIntN(32, BigInt(sum) + BigInt(p.bias)) << BigInt(p.leftShift));
  const product = x * BigInt(p.multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const doubled = (product + nudge) / (1n << 31n);
  const magnitude = doubled < 0n ? -doubled : doubled;
  const half = p.rightShift === 0 ? 0n : 1n << BigInt(p.rightShift - 1);
  const rounded = (magnitude + half) >> BigInt(p.rightShift);
  const value = Number(doubled < 0n ? -rounded : rounded) + zero;
  return Math.min(high, Math.max(low, value));
}

/** What the output banks hold after all commands; undefined bytes were never written. */
export function predict(state: BenchState, config: AccelConfig): (number | undefined)[][][] {
  const d = derive(config);
  const mask = config.actDepth - 1;
  const out: (number | undefined)[][][] = [0, 1].map(() => Array.from({ length: config.lanes }, () => new Array<undefined>(config.outDepth * config.group)));
  for (const { fields: f, lanes } of state.commands) {
    for (let tile = 0; tile < f.tiles; tile++) {
      for (let lane = 0; lane < config.lanes; lane++) {
        const start = lanes[lane]!;
        let column = start.startColumn;
        let window = f.actBase + start.startAddress;
        for (let pixel = 0; pixel < f.pixels; pixel++) {
          const sums = pixelSums(state, config, f, tile, lane, window, mask);
          for (let pe = 0; pe < config.pes; pe++) {
            const channel = tile * config.pes + pe;
            const params = state.params[f.paramBase + tile * d.drain + Math.floor(pe / config.requant)]![pe % config.requant]!;
            const word = f.outBase + pixel * f.outPitch + Math.floor(channel / config.group);
            const wordReal = Math.floor(channel / config.group) * config.group < f.channels;
            if (!wordReal) continue;
            const bank = out[f.outHalf]![lane]!;
            if (channel % config.group === 0) for (let b = 0; b < config.group; b++) bank[word * config.group + b] = 0;
            bank[word * config.group + (channel % config.group)] = channel < f.channels
              ? requantizeReference(sums[pe]!, params, f.outZeroPoint, f.clampMin, f.clampMax) : 0;
          }
          column += 1;
          if (column === f.outWidth) { column = 0; window += f.rowStep; } else window += f.columnStep;
        }
      }
    }
  }
  return out;
}

function pixelSums(state: BenchState, config: AccelConfig, f: ComputeFields, tile: number, lane: number, window: number, mask: number): number[] {
  const sums = new Array<number>(config.pes).fill(0);
  let step = f.weightBase + tile * f.weightStride;
  for (let e = 0; e < f.schedLength; e++) {
    const entry = state.schedule[f.schedBase + tile * f.schedStride + e]!;
    const word = ((window + entry.offset) & mask) * config.group;
    for (let k = 0; k < entry.count; k++, step++) {
      for (let pe = 0; pe < config.pes; pe++) {
        const position = f.dense === 1 ? k : state.positions[step]![pe]!;
        sums[pe]! += state.act[lane]![word + position]! * state.weights[step]![pe]!;
      }
    }
  }
  return sums;
}

/** A random state whose commands are given by `shape`. */
export function randomState(config: AccelConfig, decoder: IndexDecoder, random: Random, commands: readonly {
  readonly counts: readonly (readonly number[])[]; readonly pixels: number; readonly outWidth: number; readonly dense: boolean;
  readonly channels: number; readonly half: number;
}[]): BenchState {
  const d = derive(config);
  const int8 = () => random.integer(-128, 127);
  const act = Array.from({ length: config.lanes }, () => Int8Array.from({ length: config.actDepth * config.group }, int8));
  const weights: Int8Array[] = [];
  const positions: Uint8Array[] = [];
  const indexWords: bigint[][] = [];
  const schedule: { offset: number; count: number }[] = [];
  const params: BenchState['params'][number][] = [];
  const list: BenchCommand[] = [];
  let outBase = 0;
  for (const c of commands) {
    const stepsOf = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
    const schedBase = schedule.length;
    const weightBase = weights.length;
    const indexBase = indexWords.length;
    const paramBase = params.length;
    for (const counts of c.counts) {
      for (const count of counts) {
        schedule.push({ offset: random.integer(0, config.actDepth - 1), count });
        const fields = Array.from({ length: config.pes }, () => {
          const all = Array.from({ length: config.group }, (_, i) => i);
          const chosen = Array.from({ length: count }, () => all.splice(random.integer(0, all.length - 1), 1)[0]!);
          if (decoder.format.order === 'ascending') chosen.sort((a, b) => a - b);
          return { chosen, bits: decoder.format.encode(chosen, count, config.group) };
        });
        for (let k = 0; k < count; k++) {
          weights.push(Int8Array.from({ length: config.pes }, int8));
          positions.push(Uint8Array.from(fields, (x) => x.chosen[k]!));
        }
        if (!c.dense) for (let w = 0; w < fields[0]!.bits.length; w++) indexWords.push(fields.map((x) => x.bits[w]!));
      }
      for (let i = 0; i < d.drain; i++) {
        params.push(Array.from({ length: config.requant }, () => ({
          bias: random.integer(-20000, 20000), multiplier: random.integer(2 ** 30, 2 ** 31 - 1),
          ...(random.integer(0, 2) === 0
            ? { leftShift: random.integer(0, 7), rightShift: random.integer(8, 20) }
            : { leftShift: 0, rightShift: random.integer(0, 10) }),
        })));
      }
    }
    const pitchUnit = d.outSubBanks;
    const pitch = Math.ceil(Math.ceil(c.channels / config.group) / pitchUnit) * pitchUnit;
    list.push({
      fields: {
        schedBase, schedLength: c.counts[0]!.length, schedStride: c.counts[0]!.length, tiles: c.counts.length,
        weightBase, weightStride: stepsOf(c.counts[0]!),
        indexBase: c.dense ? 0 : indexBase,
        indexStride: c.dense ? 0 : decoder.format.unit === 'step' ? stepsOf(c.counts[0]!) : c.counts[0]!.length,
        paramBase, pixels: c.pixels, actBase: random.integer(0, config.actDepth - 1),
        columnStep: random.integer(0, 40), rowStep: random.integer(0, 300), outWidth: c.outWidth,
        outBase, outPitch: pitch, channels: c.channels, dense: c.dense ? 1 : 0, outHalf: c.half,
        outZeroPoint: random.integer(-100, 100), clampMin: random.integer(-128, -60), clampMax: random.integer(60, 127),
      },
      lanes: Array.from({ length: config.lanes }, () => ({
        startAddress: random.integer(0, config.actDepth - 1), startColumn: random.integer(0, c.outWidth - 1),
      })),
    });
    outBase += pitch * c.pixels;
  }
  return { act, weights, positions, indexWords, schedule, params, commands: list };
}

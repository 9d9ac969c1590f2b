// SPDX-License-Identifier: Apache-2.0
/** Drives a generated compute unit in Icarus with given buffers and commands; compute-reference.ts predicts its output banks. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AccelConfig, DEFAULTS, defaultPatternBits, defaultRequant } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { type Field, insertField } from '../../generator/arch/fields.js';
import { COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, HEADER, OPCODES, PARAMETER, SCHEDULE_ENTRY, COMPUTE_WORDS, TABLE_DEPTH } from '../../generator/arch/instructions.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { computeUnitModule } from '../../generator/blocks/compute-unit.js';
import { planeBitsPerPe } from '../../generator/arch/index-decoder.js';
import { bitmapDecoder, directDecoder, patternDecoder, type IndexDecoder } from '../../generator/blocks/index-decoder.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { indexBits } from '../../generator/core/integers.js';
import { elaborate } from '../../generator/elaborate/index.js';
import { emit } from '../../generator/emit/index.js';

/** A configuration with small buffers. */
export const benchConfig = (part: Partial<AccelConfig>): AccelConfig => ({
  ...DEFAULTS, name: 'dut', prefix: 'dut', requant: defaultRequant(part.pes ?? DEFAULTS.pes), patternBits: defaultPatternBits(part.group ?? DEFAULTS.group),
  weightDepth: 512, actDepth: 512, schedDepth: 256, outDepth: 256, partialDepth: 256, ...part,
});

export const decoderOf = (config: AccelConfig): IndexDecoder => (config.index === 'pattern' ? patternDecoder(config) : config.index === 'bitmap' ? bitmapDecoder : directDecoder);

export type ComputeFields = { [K in keyof typeof COMPUTE]: number };

export type LaneFields = { [K in keyof typeof COMPUTE_LANE]: number };

/** One command; its schedule, weights and parameters lie in the state where the fields say. */
export interface BenchCommand {
  readonly fields: ComputeFields;
  readonly lanes: readonly LaneFields[];
}

export interface EntryFlags {
  readonly operand?: boolean;
  readonly maximum?: boolean;
  readonly spread?: boolean;
}

export interface BenchEntry extends EntryFlags {
  readonly offset: number;
  readonly count: number;
}

export interface BenchParameters {
  readonly bias: number;
  readonly multiplier: number;
  readonly leftShift: number;
  readonly rightShift: number;
}

export interface BenchState {
  readonly act: readonly Int8Array[];
  /** [step][pe] */
  readonly weights: readonly Int8Array[];
  /** [step][pe]: position taken when not dense. */
  readonly positions: readonly Uint8Array[];
  readonly indexWords: readonly (readonly bigint[])[];
  readonly schedule: readonly BenchEntry[];
  /** [word][requantizer] */
  readonly params: readonly (readonly BenchParameters[])[];
  /** TABLE_DEPTH entries, int32 */
  readonly table: Int32Array;
  /** Words of the pattern table, if the decoder has one. */
  readonly patterns: readonly number[];
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
  const indexW = planeBitsPerPe(decoder.format, config.group);
  const patternW = decoder.format.table === undefined ? 0 : config.group;
  const parameters = computeParameters(config, indexW, config.weightDepth, patternW);
  const design = elaborate(computeUnitModule(config, parameters, decoder), { prefix: 'dut' });
  const { files } = emit(design, { templates: loadTemplates(), version: 'test', configHash: 'test' });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const macros: Record<string, number> = {
    PES: config.pes, GROUP: config.group, LANES: config.lanes, REQUANT: config.requant, INDEX_W: indexW, WEIGHT_BITS: config.weightBits,
    BEAT_WORDS: d.beatWords, ACT_W: d.actAddrBits, WEIGHT_W: d.weightAddrBits, SCHED_W: d.schedAddrBits,
    PARAM_W: d.paramAddrBits, OUT_W: d.outAddrBits, LANE_W: indexBits(config.lanes),
    ...(patternW === 0 ? {} : { PATTERN_W: patternW }),
  };
  execFileSync('iverilog', [
    '-g2005', '-o', 'bench.vvp', ...Object.entries(macros).map(([k, v]) => `-D${k}=${v}`),
    new URL('../rtl/tb/compute_unit_tb.v', import.meta.url).pathname, ...[...files.keys()],
  ], { cwd: folder });

  /** `setBit`: a bit of every payload that is set besides. */
  const run = (state: BenchState, fault: { readonly setBit?: number } = {}): BenchResult => {
    const words: number[] = [];
    for (const [index, command] of state.commands.entries()) {
      const encoded = encode(command, config);
      if (fault.setBit !== undefined) encoded[1 + (fault.setBit >> 5)]! |= 1 << (fault.setBit & 31);
      words.push(0x1000 + index * 0x100, ...encoded);
    }
    const write = (name: string, lines: string[]) => writeFileSync(join(folder, name), lines.join('\n') + '\n');
    write('cmd.hex', words.map((w) => (w >>> 0).toString(16).padStart(8, '0')));
    const beat = d.beatWords * config.group;
    write('act.hex', state.act.flatMap((bank) => Array.from({ length: bank.length / beat }, (_, i) =>
      hexLine([...bank.subarray(i * beat, (i + 1) * beat)].map(BigInt), 8, beat * 8))));
    write('weight.hex', state.weights.map((w) => hexLine([...w].map(BigInt), config.weightBits, config.pes * config.weightBits)));
    write('index.hex', state.indexWords.map((w) => hexLine(w, indexW, config.pes * indexW)));
    write('sched.hex', state.schedule.map((e) => hexLine([BigInt(entryWord(e))], 32, 32)));
    write('table.hex', Array.from({ length: TABLE_DEPTH }, (_, i) => hexLine([BigInt(state.table[i]!)], 32, 32)));
    write('pattern.hex', state.patterns.map((pattern) => pattern.toString(16)));
    write('param.hex', state.params.map((row) => hexLine(row.map((p) =>
      BigInt.asUintN(32, BigInt(p.bias)) | (BigInt(p.multiplier) << BigInt(PARAMETER.multiplier.lsb)) |
      (BigInt(p.rightShift) << BigInt(PARAMETER.rightShift.lsb)) | (BigInt(p.leftShift) << BigInt(PARAMETER.leftShift.lsb))), 72, config.requant * 72)));
    const text = execFileSync('vvp', ['bench.vvp', `+commands=${words.length}`], { cwd: folder, maxBuffer: 1 << 28 }).toString();
    return parse(text, config);
  };
  return { run, folder, close: () => rmSync(folder, { recursive: true, force: true }), read: (p: string) => readFileSync(join(folder, p), 'utf8') };
}

function entryWord(entry: BenchEntry): number {
  const values = { offset: entry.offset, countMinusOne: entry.count - 1, operand: entry.operand ? 1 : 0, maximum: entry.maximum ? 1 : 0, spread: entry.spread ? 1 : 0 };
  return Object.entries(SCHEDULE_ENTRY).reduce((word, [name, f]) => insertField(word, f, values[name as keyof typeof values]), 0) >>> 0;
}

function encode(command: BenchCommand, config: AccelConfig): number[] {
  const payload = new Array<number>(derive(config).computeLength).fill(0);
  const put = (at: number, f: Field, value: number) => (payload[at + f.word] = insertField(payload[at + f.word]!, f, value));
  for (const [name, f] of Object.entries(COMPUTE)) put(0, f, command.fields[name as keyof ComputeFields]);
  command.lanes.forEach((lane, l) => {
    for (const [name, f] of Object.entries(COMPUTE_LANE)) put(COMPUTE_WORDS + l * COMPUTE_LANE_WORDS, f, lane[name as keyof LaneFields]);
  });
  let header = insertField(0, HEADER.opcode, OPCODES.compute);
  header = insertField(header, HEADER.length, payload.length);
  for (const token of [HEADER.popA, HEADER.popB, HEADER.pushA, HEADER.pushB]) header = insertField(header, token, 1);
  return [header, ...payload];
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

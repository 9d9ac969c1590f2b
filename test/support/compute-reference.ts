// SPDX-License-Identifier: Apache-2.0
/** Predicts what a compute unit writes, from the words of the instruction set alone; shares no code with compiler or interpreter. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { OPERANDS } from '../../generator/arch/instructions.js';
import type { BenchParameters, BenchState, ComputeFields } from './compute-bench.js';

interface Range {
  readonly zero: number;
  readonly low: number;
  readonly high: number;
}

/** Both roundings of TFLite in BigInt, written from their definitions; `sum` without the bias. */
export function requantizeReference(sum: number, p: BenchParameters, { zero, low, high }: Range, rounding: AccelConfig['rounding']): number {
  const biased = BigInt.asIntN(32, BigInt(sum) + BigInt(p.bias));
  const value = Number(rounding === 'single' ? roundOnce(biased, p) : roundTwice(biased, p)) + zero;
  return Math.min(high, Math.max(low, value));
}

function roundTwice(biased: bigint, p: BenchParameters): bigint {
  const product = BigInt.asIntN(32, biased << BigInt(p.leftShift)) * BigInt(p.multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const doubled = (product + nudge) / (1n << 31n);
  const magnitude = doubled < 0n ? -doubled : doubled;
  const half = p.rightShift === 0 ? 0n : 1n << BigInt(p.rightShift - 1);
  const rounded = (magnitude + half) >> BigInt(p.rightShift);
  return doubled < 0n ? -rounded : rounded;
}

function roundOnce(biased: bigint, p: BenchParameters): bigint {
  const shift = BigInt(31 - p.leftShift + p.rightShift);
  return (biased * BigInt(p.multiplier) + (1n << (shift - 1n))) >> shift;
}

/** What the PEs of a lane keep from one entry, pixel and command to the next. */
interface LaneMemory {
  /** The word that each cluster sees. */
  readonly seen: Int8Array[];
  readonly operands: Int8Array;
  /** By partial-sum word * requant + requantizer. */
  readonly partial: Map<number, number>;
}

/** What the output banks hold after all commands, [half][lane][byte]; undefined bytes were never written. */
export function predict(state: BenchState, config: AccelConfig): (number | undefined)[][][] {
  const d = derive(config);
  const out: (number | undefined)[][][] = [0, 1].map(() => Array.from({ length: config.lanes }, () => new Array<undefined>(config.outDepth * config.group)));
  const memory = Array.from({ length: config.lanes }, (): LaneMemory => ({
    seen: Array.from({ length: d.clusters }, () => new Int8Array(config.group)), operands: new Int8Array(config.pes), partial: new Map(),
  }));
  for (const { fields: f, lanes } of state.commands) {
    memory.forEach((own, lane) => {
      const start = lanes[lane]!;
      for (let tile = 0; tile < f.tiles; tile++) {
        let column = start.startColumn;
        let window = f.actBase + start.startAddress + tile * f.actTileStep;
        let operandWindow = f.operandBase + start.operandAddress + tile * f.operandTileStep;
        for (let pixel = 0; pixel < f.pixels; pixel++) {
          const sums = pixelSums(state, config, f, tile, lane, own, window, operandWindow);
          const bank = out[f.outHalf]![lane]!;
          for (let pe = 0; pe < config.pes; pe++) {
            const byte = drained(state, config, f, own, { tile, pixel, pe }, sums[pe]!);
            const channel = tile * config.pes + pe;
            const firstOfWord = channel - (channel % config.group);
            if (byte === undefined || firstOfWord >= f.channels) continue;
            const place = (f.outBase + pixel * f.outPitch) * config.group + channel;
            if (channel === firstOfWord) bank.fill(0, place, place + config.group);
            if (channel < f.channels) bank[place] = byte;
          }
          column += 1;
          const wraps = column === f.outWidth;
          if (wraps) column = 0;
          window += wraps ? f.rowStep : f.columnStep;
          operandWindow += wraps ? f.operandRowStep : f.operandColumnStep;
        }
      }
    });
  }
  return out;
}

/** Bytes of the output banks that differ from the prediction, as sentences; bytes that were never written do not count. */
export function wrongBytes(state: BenchState, config: AccelConfig, out: readonly (readonly (readonly string[])[])[]): string[] {
  const wrong: string[] = [];
  predict(state, config).forEach((half, h) => half.forEach((bank, lane) => {
    for (let word = 0; word < config.outDepth; word++) {
      const text = out[h]![lane]![word]!;
      for (let b = 0; b < config.group; b++) {
        const expected = bank[word * config.group + b];
        if (expected === undefined) continue;
        const found = text.slice(text.length - 2 * b - 2, text.length - 2 * b);
        const value = (parseInt(found, 16) << 24) >> 24;
        if (!/^[0-9a-f]{2}$/.test(found) || value !== expected) wrong.push(`half ${h}, lane ${lane}, word ${word}, byte ${b}: rtl ${found} (${value}), expected ${expected}`);
      }
    }
  }));
  return wrong;
}

function pixelSums(
  state: BenchState, config: AccelConfig, f: ComputeFields, tile: number, lane: number, own: LaneMemory, window: number, operandWindow: number,
): number[] {
  const { clusters } = derive(config);
  const sums = new Array<number>(config.pes).fill(0);
  let step = f.weightBase + tile * f.weightStride;
  for (let e = 0; e < f.schedLength; e++) {
    const entry = state.schedule[f.schedBase + tile * f.schedStride + e]!;
    const address = (entry.operand ? operandWindow : window) + entry.offset;
    own.seen.forEach((seen, cluster) => {
      const word = (address + (entry.spread ? cluster : 0)) & (config.actDepth - 1);
      for (let b = 0; b < config.group; b++) {
        const byte = state.act[lane]![word * config.group + b]!;
        seen[b] = entry.maximum && seen[b]! > byte ? seen[b]! : byte;
      }
    });
    for (let k = 0; k < entry.count; k++, step++) {
      for (let pe = 0; pe < config.pes; pe++) {
        const seen = own.seen[clusters === 1 ? 0 : Math.floor(pe / config.group)]!;
        const byte = seen[f.dense === 1 ? k : state.positions[step]![pe]!]!;
        const weight = state.weights[step]![pe]!;
        if (!entry.operand) sums[pe]! += byte * weight;
        else if ((weight & 1) === 1) own.operands[pe] = byte;
      }
    }
  }
  return sums;
}

/** The byte that is written for a sum; undefined when it goes to the partial-sum buffer. */
function drained(
  state: BenchState, config: AccelConfig, f: ComputeFields, own: LaneMemory, at: { tile: number; pixel: number; pe: number }, fresh: number,
): number | undefined {
  const { drain } = derive(config);
  const requantizer = at.pe % config.requant;
  const word = Math.floor(at.pe / config.requant);
  const params = state.params[f.paramBase + at.tile * drain + word]![requantizer]!;
  const slot = ((at.tile * f.pixels + at.pixel) * drain + word) * config.requant + requantizer;
  const bias = f.partialIn === 1 ? own.partial.get(slot)! : params.bias;
  if (f.partialOut === 1) {
    own.partial.set(slot, (fresh + bias) | 0);
    return undefined;
  }
  const first = { zero: f.outZeroPoint, low: f.clampMin, high: f.clampMax };
  const value = requantizeReference(fresh, { ...params, bias }, first, config.rounding);
  const entry = (half: number, byte: number) => state.table[half * 256 + (byte & 255)]!;
  if (f.table === 1) return (entry(f.tableHalf, value) << 24) >> 24;
  if (f.operand === OPERANDS.none) return value;
  const operand = own.operands[at.pe]!;
  const sum = f.operand === OPERANDS.mul
    ? (value - f.outZeroPoint) * (operand - f.operandZeroPoint)
    : entry(f.tableHalf, value) + entry(1 - f.tableHalf, operand);
  const second = { zero: f.secondZeroPoint, low: f.secondClampMin, high: f.secondClampMax };
  return requantizeReference(sum, state.params[f.operandParam]![requantizer]!, second, config.rounding);
}

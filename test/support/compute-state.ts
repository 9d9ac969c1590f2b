// SPDX-License-Identifier: Apache-2.0
/** Makes random buffers and commands of a wanted shape for the compute bench; predicts nothing. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import { OPERANDS, TABLE_DEPTH } from '../../generator/arch/instructions.js';
import { tableWords } from '../../generator/arch/index-decoder.js';
import type { IndexDecoder } from '../../generator/blocks/index-decoder.js';
import type { Random } from '../../generator/core/random.js';
import type { BenchCommand, BenchEntry, BenchParameters, BenchState, ComputeFields, EntryFlags } from './compute-bench.js';

/** What a command is asked to be; everything else is random. */
export interface CommandShape {
  /** [tile][entry]: steps; every tile has as many entries and steps. */
  readonly counts: readonly (readonly number[])[];
  readonly pixels: number;
  readonly outWidth: number;
  readonly dense: boolean;
  readonly channels: number;
  readonly half: number;
  /** [entry], for every tile; operand entries last. */
  readonly flags?: readonly EntryFlags[];
  /** Overrides: operand (with random second fields), table, tableHalf, partialIn, partialOut and whatever a test wants to fix. */
  readonly fields?: Partial<ComputeFields>;
}

const stepsOf = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

/** Buffers filled at random and the commands one behind another in them; windows step by multiples of the clusters where words are spread. */
export function randomState(config: AccelConfig, decoder: IndexDecoder, random: Random, shapes: readonly CommandShape[]): BenchState {
  const d = derive(config);
  const int8 = () => random.integer(-128, 127);
  const weight = () => random.integer(-(2 ** (config.weightBits - 1)), 2 ** (config.weightBits - 1) - 1);
  const act = Array.from({ length: config.lanes }, () => Int8Array.from({ length: config.actDepth * config.group }, int8));
  const lookUp = Int32Array.from({ length: TABLE_DEPTH }, () => random.integer(-(2 ** 22), 2 ** 22));
  const { table } = decoder.format;
  const patterns = Array.from({ length: tableWords(decoder.format) }, () => random.integer(0, 2 ** config.group - 1));
  const weights: Int8Array[] = [];
  const positions: Uint8Array[] = [];
  const indexWords: bigint[][] = [];
  const schedule: BenchEntry[] = [];
  const params: BenchParameters[][] = [];
  const commands: BenchCommand[] = [];
  let outBase = 0;
  for (const c of shapes) {
    const bases = { schedBase: schedule.length, weightBase: weights.length, indexBase: c.dense ? 0 : indexWords.length, paramBase: params.length };
    const flagsOf = (e: number): EntryFlags => c.flags?.[e] ?? {};
    const unit = c.flags?.some((flags) => flags.spread) ? d.clusters : 1;
    const word = (most: number) => unit * random.integer(0, Math.floor(most / unit));
    for (const counts of c.counts) {
      const operandSteps: Int8Array[] = [];
      counts.forEach((count, e) => {
        const flags = flagsOf(e);
        schedule.push({ offset: flags.spread ? word(config.actDepth - d.clusters) : random.integer(0, config.actDepth - 1), count, ...flags });
        const fields = Array.from({ length: config.pes }, () => {
          if (table !== undefined) return chosenByTable(patterns, count, random);
          const all = Array.from({ length: config.group }, (_, i) => i);
          const chosen = Array.from({ length: count }, () => all.splice(random.integer(0, all.length - 1), 1)[0]!);
          if (decoder.format.order === 'ascending') chosen.sort((a, b) => a - b);
          return { chosen, bits: decoder.format.encode(chosen, count, config.group) };
        });
        for (let k = 0; k < count; k++) {
          weights.push(Int8Array.from({ length: config.pes }, weight));
          if (flags.operand) operandSteps.push(weights.at(-1)!);
          positions.push(Uint8Array.from(fields, (x) => x.chosen[k]!));
        }
        if (!c.dense) for (let w = 0; w < fields[0]!.bits.length; w++) indexWords.push(fields.map((x) => x.bits[w]!));
      });
      // Every PE has at least one odd weight among the operand steps.
      if (operandSteps.length > 0) for (let pe = 0; pe < config.pes; pe++) random.pick(operandSteps)[pe]! |= 1;
      for (let i = 0; i < d.drain; i++) params.push(randomParameters(config, random));
    }
    const operandParam = params.length;
    if (c.fields?.operand) params.push(secondParameters(config, random, c.fields.operand));
    const pitch = Math.ceil(Math.ceil(c.channels / config.group) / d.drainWords) * d.drainWords;
    const steps = stepsOf(c.counts[0]!);
    commands.push({
      fields: {
        ...bases, schedLength: c.counts[0]!.length, schedStride: c.counts[0]!.length, tiles: c.counts.length, weightStride: steps,
        indexStride: c.dense ? 0 : decoder.format.unit === 'step' ? steps : c.counts[0]!.length,
        pixels: c.pixels, actBase: word(config.actDepth - 1), columnStep: word(40), rowStep: word(300), outWidth: c.outWidth,
        outBase, outPitch: pitch, channels: c.channels, dense: c.dense ? 1 : 0, outHalf: c.half,
        table: 0, tableHalf: 0, operand: 0, partialIn: 0, partialOut: 0,
        outZeroPoint: random.integer(-100, 100), clampMin: random.integer(-128, -60), clampMax: random.integer(60, 127), operandParam,
        actTileStep: word(100), operandTileStep: word(100), operandBase: word(config.actDepth - 1),
        operandColumnStep: word(40), operandRowStep: word(300), operandZeroPoint: int8(), secondZeroPoint: random.integer(-100, 100),
        secondClampMin: random.integer(-128, -60), secondClampMax: random.integer(60, 127), ...c.fields,
      },
      lanes: Array.from({ length: config.lanes }, () => ({
        startAddress: word(config.actDepth - 1), startColumn: random.integer(0, c.outWidth - 1), operandAddress: word(config.actDepth - 1),
      })),
    });
    outBase += pitch * c.pixels;
  }
  return { act, weights, positions, indexWords, schedule, params, table: lookUp, patterns, commands };
}

/** The number of a position set, and the positions that it stands for: its first ones, then 0. */
function chosenByTable(patterns: readonly number[], count: number, random: Random): { readonly chosen: number[]; readonly bits: bigint[] } {
  const id = random.integer(0, patterns.length - 1);
  const set = [...(patterns[id]!).toString(2)].reverse().flatMap((bit, p) => (bit === '1' ? [p] : []));
  return { chosen: Array.from({ length: count }, (_, k) => set[k] ?? 0), bits: [BigInt(id)] };
}

const randomParameters = (config: AccelConfig, random: Random): BenchParameters[] =>
  Array.from({ length: config.requant }, () => ({
    bias: random.integer(-20000, 20000), multiplier: random.integer(2 ** 30, 2 ** 31 - 1),
    ...(random.integer(0, 2) === 0
      ? { leftShift: random.integer(0, 7), rightShift: random.integer(8, 20) }
      : { leftShift: 0, rightShift: random.integer(0, 10) }),
  }));

/** Of a second pass: shifts that leave most values of its sums within a byte. */
const secondParameters = (config: AccelConfig, random: Random, operand: number): BenchParameters[] =>
  Array.from({ length: config.requant }, () => {
    const shift = operand === OPERANDS.mul ? random.integer(6, 9) : random.integer(14, 17);
    const leftShift = random.integer(0, 3);
    return { bias: random.integer(-1000, 1000), multiplier: random.integer(2 ** 30, 2 ** 31 - 1), leftShift, rightShift: shift + leftShift };
  });

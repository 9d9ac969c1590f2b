// SPDX-License-Identifier: Apache-2.0
/** Owns random legal compute commands: every kind of drain, partial sums over several commands, entries of every kind. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { derive, type Derived } from '../../../generator/arch/derive.js';
import { extractField } from '../../../generator/arch/fields.js';
import { OPERANDS, SCHEDULE_ENTRY } from '../../../generator/arch/instructions.js';
import { noTokens, PLAIN_COMPUTE, type ComputeInstruction } from '../../../generator/compile/instruction.js';
import { ceilDiv } from '../../../generator/core/integers.js';
import type { Random } from '../../../generator/core/random.js';

type ComputeFields = ComputeInstruction['fields'];

/** What commands over the same partial sums share. */
interface Extent {
  readonly tiles: number;
  readonly pixels: number;
  readonly channels: number;
}

const MOST_ENTRIES = 5;

export class ComputeMaker {
  /** What the schedule buffer holds when the next command runs. */
  readonly schedule: Uint32Array;
  readonly #config: AccelConfig;
  readonly #derived: Derived;
  readonly #random: Random;

  constructor(config: AccelConfig, random: Random) {
    this.#config = config;
    this.#derived = derive(config);
    this.#random = random;
    this.schedule = new Uint32Array(config.schedDepth);
  }

  /** Commands that write all of both output halves and of the partial-sum buffer, and give every PE an operand. */
  initial(): ComputeInstruction[] {
    const { pes, group, outDepth, partialDepth } = this.#config;
    const outPitch = Math.ceil(pes / group);
    const any = this.#command(this.#extent(), {});
    const fill = (fields: Partial<ComputeFields>): ComputeInstruction => ({
      ...any, tokens: noTokens(),
      fields: {
        ...any.fields, ...PLAIN_COMPUTE, schedBase: 0, schedLength: 2, schedStride: 0, tiles: 1, weightBase: 0, indexBase: 0, paramBase: 0, outBase: 0, outPitch, channels: pes, ...fields,
      },
    });
    const pixels = Math.floor(outDepth / outPitch);
    const rest = outDepth % outPitch === 0 ? [] : [0, 1].map((outHalf) => fill({ pixels: 1, outHalf, outBase: outDepth - outPitch }));
    return [fill({ pixels, outHalf: 0 }), fill({ pixels, outHalf: 1 }), ...rest, fill({ partialOut: 1, pixels: Math.floor(partialDepth / this.#derived.drain), outPitch: 0 })];
  }

  /** One command, or a sum over the partial-sum buffer with other commands between. */
  commands(): ComputeInstruction[] {
    const random = this.#random;
    if (random.next() < 0.5) return [this.#command(this.#extent(), {})];
    const extent = this.#partialExtent();
    const more = Array.from({ length: random.integer(0, 2) }, () => this.#command(extent, { partialIn: 1, partialOut: 1 }));
    const chain = [this.#command(extent, { partialOut: 1 }), ...more, this.#command(extent, { partialIn: 1 })];
    return chain.flatMap((command, i) => (i > 0 && random.next() < 0.3 ? [this.#command(this.#extent(), {}), command] : [command]));
  }

  #extent(): Extent {
    const { pes, group, outDepth } = this.#config;
    const random = this.#random;
    const tiles = random.integer(1, 3);
    const channels = random.integer(1, tiles * pes);
    const words = this.#unit(ceilDiv(channels, group) + this.#derived.drainWords - 1);
    return { tiles, channels, pixels: random.integer(1, Math.max(1, Math.min(9, Math.floor(outDepth / words)))) };
  }

  /** Seldom one beyond the partial-sum buffer, in a step that has real channels. */
  #partialExtent(): Extent {
    const { pes, partialDepth } = this.#config;
    const extent = this.#extent();
    const most = Math.floor(partialDepth / this.#derived.drain);
    if (extent.tiles * extent.pixels <= most) return extent;
    if (this.#random.next() < 0.1) return { ...extent, channels: Math.min(extent.channels, extent.tiles * pes) };
    return { ...extent, tiles: 1, channels: Math.min(extent.channels, pes), pixels: Math.min(extent.pixels, most) };
  }

  #unit(value: number): number {
    return Math.floor(value / this.#derived.drainWords) * this.#derived.drainWords;
  }

  /** Entries of all tiles that are legal together; with an operand mostly such that give one. */
  #entries(tiles: number, hasOperand: boolean): { readonly schedBase: number; readonly schedLength: number; readonly schedStride: number; readonly isSpread: boolean } {
    const random = this.#random;
    const wantsOperand = hasOperand && random.next() < 0.9;
    const flag = (entry: number, name: 'operand' | 'spread'): boolean => extractField(this.schedule[entry] as number, SCHEDULE_ENTRY[name]) === 1;
    for (let tries = 0; tries < 100_000; tries++) {
      const schedLength = random.integer(1, MOST_ENTRIES);
      const schedStride = random.pick([0, schedLength, random.integer(0, 9)]);
      const schedBase = random.integer(0, this.#config.schedDepth - schedLength - (tiles - 1) * schedStride);
      const rows = Array.from({ length: tiles }, (_, tile) => Array.from({ length: schedLength }, (__, e) => schedBase + tile * schedStride + e));
      const isLegal = rows.every((row) => {
        const operands = row.map((entry) => flag(entry, 'operand'));
        const first = operands.indexOf(true);
        return first === -1 ? !wantsOperand : first > 0 && operands.slice(first).every(Boolean);
      });
      if (isLegal) return { schedBase, schedLength, schedStride, isSpread: rows.flat().some((entry) => flag(entry, 'spread')) };
    }
    throw new Error('random programs: no legal entries in the schedule');
  }

  #command({ tiles, pixels, channels }: Extent, partial: { readonly partialIn?: number; readonly partialOut?: number }): ComputeInstruction {
    const { group, lanes, weightDepth, outDepth } = this.#config;
    const { drain, paramDepth, drainWords, clusters } = this.#derived;
    const random = this.#random;
    const isPartialOut = partial.partialOut === 1;
    const operand = isPartialOut ? OPERANDS.none : random.pick([OPERANDS.none, OPERANDS.none, OPERANDS.none, OPERANDS.add, OPERANDS.mul]);
    const hasOperand = operand !== OPERANDS.none;
    const { isSpread, ...entries } = this.#entries(tiles, hasOperand);
    const steps = entries.schedLength * group;
    const weightStride = random.integer(0, Math.floor((weightDepth - steps) / tiles));
    const weightBase = (): number => random.integer(0, weightDepth - steps - (tiles - 1) * weightStride);
    const words = ceilDiv(channels, group);
    const loose = this.#unit(words + drainWords - 1 + random.integer(0, 2));
    const outPitch = (pixels - 1) * loose + words <= outDepth ? loose : this.#unit(words + drainWords - 1);
    const spare = Math.max(0, outDepth - words - (pixels - 1) * outPitch);
    const [low, secondLow] = [random.integer(-128, 0), random.integer(-128, 0)];
    const outWidth = random.integer(1, 5);
    // Spread words begin at multiples of the clusters.
    const align = isSpread ? clusters : 1;
    const address = (): number => align * random.integer(0, Math.floor(65_535 / align));
    const int8 = (): number => random.integer(-128, 127);
    return {
      kind: 'compute', tokens: noTokens(),
      fields: {
        ...entries, tiles, pixels, channels, outWidth, outPitch, outBase: this.#unit(random.integer(0, spare)), outHalf: random.integer(0, 1),
        weightBase: weightBase(), weightStride, indexBase: weightBase(), indexStride: weightStride, dense: random.integer(0, 1),
        paramBase: random.integer(0, paramDepth - tiles * drain), outZeroPoint: int8(), clampMin: low, clampMax: random.integer(low, 127),
        actBase: address(), columnStep: address(), rowStep: address(), actTileStep: address(),
        table: !isPartialOut && !hasOperand && random.next() < 0.4 ? 1 : 0, tableHalf: random.integer(0, 1),
        partialIn: partial.partialIn ?? 0, partialOut: partial.partialOut ?? 0,
        // Fields of the second pass have no meaning without one, but for the windows of operand entries.
        operand, operandParam: hasOperand ? random.integer(0, paramDepth - (random.next() < 0.98 ? 1 : -3)) : random.integer(0, 65_535), operandZeroPoint: int8(),
        operandBase: address(), operandColumnStep: address(), operandRowStep: address(), operandTileStep: address(),
        secondZeroPoint: int8(), secondClampMin: secondLow, secondClampMax: hasOperand ? random.integer(secondLow, 127) : int8(),
      },
      lanes: Array.from({ length: lanes }, () => ({ startAddress: address(), startColumn: random.integer(0, outWidth - 1), operandAddress: address() })),
    };
  }
}

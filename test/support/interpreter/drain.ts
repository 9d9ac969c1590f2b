// SPDX-License-Identifier: Apache-2.0
/** Owns the drain of the interpreter: sums of a pixel to the partial-sum buffer or, requantized, to the output buffer. */
import { type COMPUTE, OPERANDS } from '../../../generator/arch/instructions.js';
import type { Reader } from './fields.js';
import { channelParameters, requantize, type ChannelParameters } from './requantize.js';
import { uint32Of, type State } from './state.js';

export interface Place {
  readonly lane: number;
  readonly tile: number;
  readonly pixel: number;
}

/** Parameters by PE of a tile; those of words without a real channel are not read. */
export function tileParameters(state: State, f: Reader<typeof COMPUTE>, tile: number): readonly ChannelParameters[] {
  const { config: { pes, requant }, derived: { drain } } = state;
  const read = Math.min(pes, Math.ceil((f('channels') - tile * pes) / requant) * requant);
  return Array.from({ length: Math.max(0, read) }, (_, pe) => channelParameters(state, f('paramBase') + tile * drain + Math.floor(pe / requant), pe % requant));
}

/** Parameters of the second pass by requantizer. */
export const secondParameters = (state: State, f: Reader<typeof COMPUTE>): readonly ChannelParameters[] =>
  f('operand') === OPERANDS.none ? [] : Array.from({ length: state.config.requant }, (_, slot) => channelParameters(state, f('operandParam'), slot));

const tableEntry = (state: State, half: number, value: number): number => uint32Of(state, 'table', half * 256 + (value & 0xff)) | 0;

/** The sum of the second pass from the value of the first and the operand. */
function secondSum(state: State, f: Reader<typeof COMPUTE>, value: number, operand: number): number {
  if (f('operand') === OPERANDS.mul) return (value - f('outZeroPoint')) * (operand - f('operandZeroPoint'));
  const half = f('tableHalf');
  return (tableEntry(state, half, value) + tableEntry(state, 1 - half, operand)) | 0;
}

/** Drains one pixel of one lane. */
export function drainPixel(
  state: State, f: Reader<typeof COMPUTE>, { lane, tile, pixel }: Place, sums: Int32Array, first: readonly ChannelParameters[], second: readonly ChannelParameters[],
): void {
  const { config: { pes, requant, rounding, partialDepth }, derived: { drain } } = state;
  const partial = state.partial[lane] as Int32Array;
  for (let pe = 0; pe < pes; pe++) {
    const word = (tile * f('pixels') + pixel) * drain + Math.floor(pe / requant);
    if ((f('partialIn') === 1 || f('partialOut') === 1) && word >= partialDepth) throw new Error(`interpreter: partial-sum word ${word} out of range`);
    const at = word * requant + (pe % requant);
    const start = f('partialIn') === 1 ? (partial[at] as number) : (first[pe]?.bias ?? 0);
    const sum = (start + (sums[pe] as number)) | 0;
    const channel = tile * pes + pe;
    if (f('partialOut') === 1) partial[at] = sum;
    else write(state, f, lane, pixel, channel, () => {
      const value = requantize(sum, first[pe] as ChannelParameters, { zeroPoint: f('outZeroPoint'), low: f('clampMin'), high: f('clampMax') }, rounding);
      if (f('table') === 1) return (tableEntry(state, f('tableHalf'), value) << 24) >> 24;
      if (f('operand') === OPERANDS.none) return value;
      const parameters = second[pe % requant] as ChannelParameters;
      const again = (secondSum(state, f, value, (state.operands[lane] as Int8Array)[pe] as number) + parameters.bias) | 0;
      return requantize(again, parameters, { zeroPoint: f('secondZeroPoint'), low: f('secondClampMin'), high: f('secondClampMax') }, rounding);
    });
  }
}

/** Writes the byte of a channel; the first of a word clears the word, channels beyond the last stay 0. */
function write({ config: { group, outDepth }, out }: State, f: Reader<typeof COMPUTE>, lane: number, pixel: number, channel: number, value: () => number): void {
  const firstOfWord = channel - (channel % group);
  if (firstOfWord >= f('channels')) return;
  const word = f('outBase') + pixel * f('outPitch') + firstOfWord / group;
  if (word >= outDepth) throw new Error(`interpreter: output word ${word} out of range`);
  const bank = out[lane] as Int8Array;
  const at = (f('outHalf') * outDepth + word) * group;
  if (channel === firstOfWord) bank.fill(0, at, at + group);
  bank[at + (channel % group)] = channel < f('channels') ? value() : 0;
}

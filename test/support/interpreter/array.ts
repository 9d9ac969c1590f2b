// SPDX-License-Identifier: Apache-2.0
/** Owns the array of the interpreter: schedule entries of a tile, and what a pixel's entries do to sums and operands. */
import { extractField } from '../../../generator/arch/fields.js';
import { type COMPUTE, SCHEDULE_ENTRY } from '../../../generator/arch/instructions.js';
import { readBits, refuseReserved, type Reader } from './fields.js';
import { uint32Of, wordOf, type State } from './state.js';

interface Step {
  readonly weights: Int8Array;
  /** Position of each PE in the word that it sees. */
  readonly positions: Uint8Array;
}

export interface Entry {
  readonly offset: number;
  readonly isOperand: boolean;
  readonly isMaximum: boolean;
  readonly isSpread: boolean;
  readonly steps: readonly Step[];
}

/** The entries of one tile with the weights and positions of their steps. */
export function tileEntries(state: State, f: Reader<typeof COMPUTE>, tile: number): Entry[] {
  const { pes, group, weightBits } = state.config;
  const { unit, bits, decode, byTable } = state.decoder;
  const entries: Entry[] = [];
  let steps = 0;
  for (let e = 0; e < f('schedLength'); e++) {
    const word = uint32Of(state, 'schedule', f('schedBase') + tile * f('schedStride') + e);
    refuseReserved([word], SCHEDULE_ENTRY, 'schedule entry', 1);
    const flag = (name: 'operand' | 'maximum' | 'spread'): boolean => extractField(word, SCHEDULE_ENTRY[name]) === 1;
    const count = extractField(word, SCHEDULE_ENTRY.countMinusOne) + 1;
    if (count > group) throw new Error('interpreter: more steps than a group has');
    if (flag('spread') && state.derived.clusters === 1) throw new Error('interpreter: a spread entry without clusters');
    if (flag('operand') && e === 0) throw new Error('interpreter: the first entry of a pixel is an operand');
    if (!flag('operand') && entries.at(-1)?.isOperand === true) throw new Error('interpreter: an entry behind an operand entry');
    const entry = { offset: extractField(word, SCHEDULE_ENTRY.offset), isOperand: flag('operand'), isMaximum: flag('maximum'), isSpread: flag('spread') };
    const own: Step[] = [];
    for (let step = 0; step < count; step++, steps++) {
      const weightWord = wordOf(state, 'weight', f('weightBase') + tile * f('weightStride') + steps);
      const weights = weightBits === 8 ? new Int8Array(weightWord) : Int8Array.from({ length: pes }, (_, pe) => Number(BigInt.asIntN(weightBits, readBits(weightWord, pe * weightBits, weightBits))));
      const positions = new Uint8Array(pes).fill(step);
      if (f('dense') === 0) {
        const plane = wordOf(state, 'index', f('indexBase') + tile * f('indexStride') + (unit === 'step' ? steps : e));
        for (let pe = 0; pe < pes; pe++) {
          const field = readBits(plane, pe * bits, bits);
          positions[pe] = decode(byTable === true ? readBits(wordOf(state, 'pattern', Number(field)), 0, group) : field, step);
        }
      }
      own.push({ weights, positions });
    }
    entries.push({ ...entry, steps: own });
  }
  return entries;
}

/** What each cluster sees from this entry on. */
function look({ config: { group, actDepth }, derived: { clusters }, act, seen }: State, lane: number, address: number, { isSpread, isMaximum }: Entry): Int8Array {
  if (isSpread && address % clusters !== 0) throw new Error(`interpreter: spread word ${address} does not begin in the first of ${clusters} sub-banks`);
  const bank = act[lane] as Int8Array;
  const words = seen[lane] as Int8Array;
  for (let cluster = 0; cluster < clusters; cluster++) {
    const from = ((address + (isSpread ? cluster : 0)) % actDepth) * group;
    for (let byte = 0; byte < group; byte++) {
      const value = bank[from + byte] as number;
      const before = words[cluster * group + byte] as number;
      words[cluster * group + byte] = isMaximum ? Math.max(value, before) : value;
    }
  }
  return words;
}

/** Sums of one pixel of one lane, bias excluded; its operands go to `state.operands`. */
export function pixelSums(state: State, lane: number, entries: readonly Entry[], window: number, operandWindow: number): Int32Array {
  const { config: { pes, group, actDepth }, derived: { clusters } } = state;
  const operands = state.operands[lane] as Int8Array;
  const sums = new Int32Array(pes);
  for (const entry of entries) {
    const words = look(state, lane, ((entry.isOperand ? operandWindow : window) + entry.offset) % actDepth, entry);
    for (const { weights, positions } of entry.steps) {
      for (let pe = 0; pe < pes; pe++) {
        const weight = weights[pe] as number;
        const value = words[(clusters > 1 ? pe - (pe % group) : 0) + (positions[pe] as number)] as number;
        if (!entry.isOperand) sums[pe] = (sums[pe] as number) + value * weight;
        else if (weight & 1) operands[pe] = value;
      }
    }
  }
  return sums;
}

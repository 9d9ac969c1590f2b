// SPDX-License-Identifier: Apache-2.0
/** Owns weights by place: which slots an output position takes from a word of the input pixel. */
import type { WeightedOp } from '../../graph/network.js';
import { MAX_SLOTS_PER_POSITION, type LayerWeights, type SlotBuffer } from '../array-layer.js';
import { WeightRangeError } from '../errors.js';

/** Logical channel of each position, -1 for gaps, up to the last whole word. */
export function channelsByPosition(channelMap: readonly number[], positions: number): Int32Array {
  const channels = new Int32Array(positions).fill(-1);
  channelMap.forEach((position, channel) => (channels[position] = channel));
  return channels;
}

/** Positions 0 .. size-1 of every word are real ones. */
function wordSizes(inputs: Int32Array, group: number): (word: number) => number {
  return (word) => {
    let size = 0;
    for (let p = 0; p < group; p++) if ((inputs[word * group + p] ?? -1) >= 0) size = p + 1;
    return size;
  };
}

/** Numbers that a weight of some width holds. */
export const weightRange = (bits: number): { readonly low: number; readonly high: number } => ({ low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 });

/** Writes a weight as one or more slots at one position, as many as its width asks for; returns the slots in all. */
function putSplit(value: number, position: number, at: number, bits: number, { positions, weights }: SlotBuffer): number {
  const { low, high } = weightRange(bits);
  let rest = value;
  let slots = at;
  do {
    const piece = Math.max(low, Math.min(high, rest));
    positions[slots] = position;
    weights[slots++] = piece;
    rest -= piece;
  } while (rest !== 0);
  return slots;
}

/** Throws WeightRangeError when a kept weight takes more slots than a position may have. */
export function requireWeightRange(op: WeightedOp, mask: Uint8Array | undefined, bits: number): void {
  const { data, zeroPoint, shape } = op.weights;
  const { low, high } = weightRange(bits);
  const perFilter = data.length / shape[0];
  const wrong = data.findIndex((weight, i) => (mask === undefined || mask[i] === 1) && (weight - zeroPoint < low * MAX_SLOTS_PER_POSITION || weight - zeroPoint > high * MAX_SLOTS_PER_POSITION));
  if (wrong >= 0) throw new WeightRangeError(op.name, Math.floor(wrong / perFilter), (data[wrong] as number) - zeroPoint, bits);
}

export interface WeightContext {
  readonly group: number;
  /** Width of a weight on the core. */
  readonly weightBits: number;
  /** And of an accumulator. */
  readonly accumulatorBits: number;
  /** Logical channel by position of the input pixel, and of the output pixel. */
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
}

/**
 * Weights of a convolution (grouped, depthwise with any multiplier, fully connected) less their zero point.
 * `firstInput(o)` is the input channel of filter o's first weight; the filter reads I channels from there.
 */
export function filterWeights(op: WeightedOp, mask: Uint8Array | undefined, firstInput: (filter: number) => number, taps: number, { group, weightBits, inputs, outputs }: WeightContext): LayerWeights {
  const { data, zeroPoint } = op.weights;
  const filters = op.weights.shape[0];
  const perFilter = data.length / filters;
  const perTap = perFilter / taps;
  return {
    wordSize: wordSizes(inputs, group),
    slots(channel, tap, word, into) {
      const filter = outputs[channel] ?? -1;
      if (filter < 0) return 0;
      const first = firstInput(filter);
      const base = filter * perFilter + tap * perTap - first;
      let slots = 0;
      for (let p = 0; p < group; p++) {
        const input = inputs[word * group + p] ?? -1;
        if (input < first || input >= first + perTap) continue;
        const index = base + input;
        if (mask !== undefined && mask[index] === 0) continue;
        slots = putSplit((data[index] as number) - zeroPoint, p, slots, weightBits, into);
      }
      return slots;
    },
  };
}

/** Weight 1 from the channel of the input that `source` names for an output channel; -1: none. */
export function selectWeights(source: (channel: number) => number, { group, inputs, outputs }: Pick<WeightContext, 'group' | 'inputs' | 'outputs'>): LayerWeights {
  return {
    wordSize: wordSizes(inputs, group),
    slots(channel, _tap, word, into) {
      const output = outputs[channel] ?? -1;
      const from = output < 0 ? -1 : source(output);
      if (from < 0) return 0;
      for (let p = 0; p < group; p++) {
        if (inputs[word * group + p] !== from) continue;
        into.positions[0] = p;
        into.weights[0] = 1;
        return 1;
      }
      return 0;
    },
  };
}

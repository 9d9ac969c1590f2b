// SPDX-License-Identifier: Apache-2.0
/** Owns weights by place: which slots an output position takes from a word of the input pixel. */
import type { WeightedOp } from '../../graph/network.js';
import type { LayerWeights, SlotBuffer } from '../array-layer.js';

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

/** Writes a weight of up to ten bits as one or more int8 slots at one position; returns the slots in all. */
function putSplit(value: number, position: number, at: number, { positions, weights }: SlotBuffer): number {
  let rest = value;
  let slots = at;
  do {
    const piece = Math.max(-128, Math.min(127, rest));
    positions[slots] = position;
    weights[slots++] = piece;
    rest -= piece;
  } while (rest !== 0);
  return slots;
}

export interface WeightContext {
  readonly group: number;
  /** Logical channel by position of the input pixel, and of the output pixel. */
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
}

/**
 * Weights of a convolution (grouped, depthwise with any multiplier, fully connected) less their zero point.
 * `firstInput(o)` is the input channel of filter o's first weight; the filter reads I channels from there.
 */
export function filterWeights(op: WeightedOp, mask: Uint8Array | undefined, firstInput: (filter: number) => number, taps: number, { group, inputs, outputs }: WeightContext): LayerWeights {
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
        slots = putSplit((data[index] as number) - zeroPoint, p, slots, into);
      }
      return slots;
    },
  };
}

/** Weight 1 from the channel of the input that `source` names for an output channel; -1: none. */
export function selectWeights(source: (channel: number) => number, { group, inputs, outputs }: WeightContext): LayerWeights {
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

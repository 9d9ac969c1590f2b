// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the steps of a layer by its mask: the processing elements run in lockstep, so under each tap and word of G channels the one with the most kept
 * slots sets the pace. It must never read a compiled program.
 */
import type { ArrayShape } from './law.js';

/** Shape of weights in OHWI order. */
type MaskShape = readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];

/**
 * Steps of a pixel, by tile of P output channels, of a layer without convolution groups whose channels lie in words of G in their order.
 * A tile without a kept slot takes one step.
 */
export function maskSteps(mask: Uint8Array, [outChannels, kernelHeight, kernelWidth, inChannels]: MaskShape, { pes, group }: Pick<ArrayShape, 'pes' | 'group'>): number[] {
  const taps = kernelHeight * kernelWidth;
  const words = Math.ceil(inChannels / group);
  const steps: number[] = [];
  for (let first = 0; first < outChannels; first += pes) {
    const most = new Int32Array(taps * words);
    for (let o = first; o < Math.min(outChannels, first + pes); o++) {
      for (let tap = 0; tap < taps; tap++) {
        const row = (o * taps + tap) * inChannels;
        for (let word = 0; word < words; word++) {
          let count = 0;
          for (let i = word * group; i < Math.min(inChannels, (word + 1) * group); i++) count += mask[row + i] as number;
          if (count > (most[tap * words + word] as number)) most[tap * words + word] = count;
        }
      }
    }
    steps.push(Math.max(1, most.reduce((sum, count) => sum + count, 0)));
  }
  return steps;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the balanced constraint: the same number of weights in every group of G input channels. */

import { elementCount } from '../../tensor/tensor.js';
import { largestPositions, type Constraint, type WeightShape } from '../scheme.js';

/** Weights that balanced K of G keeps in a layer of this shape; a tail group of r channels keeps min(K, r). */
export function balancedCount([outChannels, kernelHeight, kernelWidth, inChannels]: WeightShape, keep: number, groupSize: number): number {
  const whole = Math.floor(inChannels / groupSize);
  const tail = inChannels % groupSize;
  return outChannels * kernelHeight * kernelWidth * (whole * keep + Math.min(keep, tail));
}

/**
 * K of G: at a fixed (output channel, ky, kx), each group of G consecutive input channels keeps exactly
 * min(K, group's size) slots. A kept slot stays a slot when its weight is 0.
 */
export function balanced(groupSize: number): Constraint {
  const constraint: Constraint = {
    name: 'balanced',
    description: `K of every ${groupSize} consecutive input channels`,
    groupSize,
    project(scores, shape, keep) {
      const inChannels = shape[3];
      const mask = new Uint8Array(elementCount(shape));
      for (let row = 0; row < mask.length; row += inChannels) {
        for (let first = 0; first < inChannels; first += groupSize) {
          const size = Math.min(groupSize, inChannels - first);
          for (const position of largestPositions(scores, row + first, size, Math.min(keep, size))) mask[position] = 1;
        }
      }
      return mask;
    },
    contain(mask, shape) {
      const keep = largestCount(mask, shape, groupSize);
      // A mask as scores: its slots come first, ties fill up from the lower index.
      return { keep, mask: constraint.project(mask, shape, keep) };
    },
  };
  return constraint;
}

/** The most kept slots that any group of G input channels has; at least 1. */
export function largestCount(mask: Uint8Array, shape: WeightShape, groupSize: number): number {
  const inChannels = shape[3];
  let most = 1;
  for (let row = 0; row < mask.length; row += inChannels) {
    for (let first = 0; first < inChannels; first += groupSize) {
      let count = 0;
      for (let i = first; i < Math.min(inChannels, first + groupSize); i++) count += mask[row + i] as number;
      most = Math.max(most, count);
    }
  }
  return most;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the unconstrained scheme: any weights, as many as the balanced constraint keeps in the same layer. */

import { elementCount } from '../../tensor/tensor.js';
import { largestPositions, type Constraint } from '../scheme.js';
import { balancedCount } from './balanced.js';

/** Same count per layer as `balanced` at the same K and G, so both have equal density. */
export function unconstrained(groupSize: number): Constraint {
  return {
    name: 'unconstrained',
    description: `any weights of a layer, as many as K of ${groupSize} keeps`,
    groupSize,
    project(scores, shape, keep) {
      const mask = new Uint8Array(elementCount(shape));
      for (const position of largestPositions(scores, 0, mask.length, balancedCount(shape, keep, groupSize))) mask[position] = 1;
      return mask;
    },
    contain(mask, shape) {
      const count = mask.reduce((sum, bit) => sum + bit, 0);
      let keep = 1;
      while (keep < groupSize && balancedCount(shape, keep, groupSize) < count) keep++;
      return { keep, mask };
    },
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns magnitude pruning: the largest |w| stay. */

import type { PruningMethod } from '../scheme.js';

/**
 * Compares int8 weights as they are. Inside one output channel that equals comparing real weights,
 * because the channel has one scale and one zero point, which is taken off; a balanced group never leaves its channel. The
 * unconstrained scheme compares across channels, so there each weight is taken times its channel's scale.
 */
export const magnitude: PruningMethod = {
  name: 'magnitude',
  description: 'the largest absolute weights',
  choose(op, project) {
    const { data, scales, shape, zeroPoint } = op.weights;
    const perChannel = data.length / shape[0];
    const scores = Float64Array.from(data, (weight, i) => {
      const scale = scales.length === 1 ? 1 : (scales[Math.floor(i / perChannel)] as number);
      return Math.abs(weight - zeroPoint) * scale;
    });
    return project(scores);
  },
};

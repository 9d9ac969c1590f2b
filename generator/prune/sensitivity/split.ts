// SPDX-License-Identifier: Apache-2.0
/** Owns the split of calibration inputs: a part that pruning looks at, and a part on which losses are measured. */

import { createRandom } from '../../core/random.js';
import { FewInputsError } from './errors.js';

/** An input of a float network, with its class where the files have one. */
export interface LabelledInput {
  readonly data: Float32Array;
  readonly label?: number;
}

export interface Split {
  /** What pruning looks at, in the order of the inputs. */
  readonly fitted: readonly LabelledInput[];
  /** What losses are measured on; none of them is among the others. */
  readonly heldOut: readonly LabelledInput[];
}

/** One of this many inputs is held out. */
const SHARE = 3;
/** Fewer say nothing about a loss. */
const LEAST = 6;

/** A third, rounded down, drawn by a seeded shuffle, is held out. Throws FewInputsError. */
export function splitInputs(inputs: readonly LabelledInput[], seed: number): Split {
  if (inputs.length < LEAST) throw new FewInputsError(inputs.length, LEAST);
  const random = createRandom(seed);
  const order = inputs.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const held = new Set(order.slice(0, Math.floor(inputs.length / SHARE)));
  return { fitted: inputs.filter((_, i) => !held.has(i)), heldOut: inputs.filter((_, i) => held.has(i)) };
}

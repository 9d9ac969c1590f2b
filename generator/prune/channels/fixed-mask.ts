// SPDX-License-Identifier: Apache-2.0
/** Owns a constraint of one mask: what channels leave of a layer before they are cut. */

import { DefectError } from '../../core/errors.js';
import type { Constraint } from '../scheme.js';

/** Only `mask` is allowed. Its cycles and storage are those of the smaller layer behind the cut, so nobody may ask here. */
export function fixedMask(mask: Uint8Array): Constraint {
  const refuse = (): never => { throw new DefectError('fixedMask', 'a fixed mask has no cost of its own'); };
  const isMask = (other: Uint8Array): boolean => other.length === mask.length && mask.every((bit, i) => bit === other[i]);
  const constraint: Constraint = {
    name: 'channels',
    text: 'channels',
    description: 'the input channels that stay',
    project: () => mask.slice(),
    allows: isMask,
    kept: () => mask.reduce((sum, bit) => sum + bit, 0),
    contain: (other) => (other.every((bit, i) => bit === 0 || mask[i] === 1) ? { mask: mask.slice(), constraint } : undefined),
    denseReason: () => undefined,
    exchange: () => new Int32Array(mask.length).fill(-1),
    steps: refuse,
    storage: refuse,
  };
  return constraint;
}

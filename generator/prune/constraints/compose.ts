// SPDX-License-Identifier: Apache-2.0
/** Owns the composition of two constraints: the second prunes what the first leaves. */

import { elementCount } from '../../tensor/tensor.js';
import type { Constraint, StepRule, WeightShape } from '../scheme.js';

const contains = (outer: Uint8Array, mask: Uint8Array): boolean => mask.every((bit, p) => bit === 0 || outer[p] === 1);

/**
 * `b` inside what `a` leaves: taps of a pattern or a kernel shape first, K of the channels under each of them second. `a` is chosen
 * by the scores that `b` would leave it, so where the choices of `b` under one tap do not depend on other taps, the pair is the best.
 * In a layer to which one of them does not apply, the other stands alone.
 */
export function compose(a: Constraint, b: Constraint): Constraint {
  const alone = (shape: WeightShape): Constraint | undefined => (a.denseReason(shape) !== undefined ? b : b.denseReason(shape) !== undefined ? a : undefined);
  /** What `a` left of a mask of both. */
  const outer = (mask: Uint8Array, shape: WeightShape, within?: Uint8Array): Uint8Array | undefined => {
    const projected = a.project(mask, shape, within);
    return contains(projected, mask) ? projected : a.contain(mask, shape)?.mask;
  };
  const constraint: Constraint = {
    name: `${a.name}+${b.name}`,
    text: `${a.text}+${b.text}`,
    description: `${a.description}; of these ${b.description}`,
    project(scores, shape, within) {
      const one = alone(shape);
      if (one !== undefined) return one.project(scores, shape, within);
      const first = b.project(scores, shape, within);
      return b.project(scores, shape, a.project(Float64Array.from(first, (bit, p) => (bit === 1 ? (scores[p] as number) : 0)), shape, within));
    },
    allows(mask, shape, within) {
      const one = alone(shape);
      if (one !== undefined) return one.allows(mask, shape, within);
      const left = mask.length === elementCount(shape) ? outer(mask, shape, within) : undefined;
      return left !== undefined && a.allows(left, shape, within) && b.allows(mask, shape, left);
    },
    kept(shape) {
      const [first, second] = [a.kept(shape), b.kept(shape)];
      if (first === undefined || second === undefined) return undefined;
      return constraint.project(new Uint8Array(elementCount(shape)), shape).reduce((sum, bit) => sum + bit, 0);
    },
    contain(mask, shape, within) {
      const one = alone(shape);
      if (one !== undefined) return one.contain(mask, shape, within);
      const left = a.contain(mask, shape, within);
      const inner = left === undefined ? undefined : b.contain(mask, shape, left.mask);
      return left === undefined || inner === undefined ? undefined : { constraint: compose(left.constraint, inner.constraint), mask: inner.mask };
    },
    denseReason(shape) {
      const first = a.denseReason(shape);
      return first === undefined || b.denseReason(shape) === undefined ? undefined : first;
    },
    exchange(mask, shape) {
      const one = alone(shape);
      if (one !== undefined) return one.exchange(mask, shape);
      const left = outer(mask, shape);
      return b.exchange(mask, shape).map((label, p) => (left?.[p] === 1 ? label : -1));
    },
    steps(layer, array): StepRule {
      const one = alone([layer.outChannels, layer.kernelHeight, layer.kernelWidth, layer.inChannels]);
      if (one !== undefined) return one.steps(layer, array);
      const [first, second] = [a.steps(layer, array), b.steps(layer, array)];
      const isFull = (rule: StepRule): boolean => rule.slots(array.group) === array.group;
      return {
        taps: Math.min(first.taps, second.taps),
        slots: (size) => (first.slots(size) * second.slots(size)) / size,
        exact: first.exact && second.exact && (isFull(first) || isFull(second)),
      };
    },
    storage(shape) {
      const one = alone(shape);
      if (one !== undefined) return one.storage(shape);
      const [first, second] = [a.storage(shape), b.storage(shape)];
      const weights = constraint.kept(shape) ?? Math.round((first.weights * second.weights) / elementCount(shape));
      const share = weights / second.weights;
      const own = Math.min(...Object.values(first.indexBits));
      return { weights, weightBits: 8 * weights, indexBits: Object.fromEntries(Object.entries(second.indexBits).map(([format, bits]) => [format, Math.round(bits * share) + own])) };
    },
  };
  return constraint;
}

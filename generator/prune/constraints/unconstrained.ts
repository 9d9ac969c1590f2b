// SPDX-License-Identifier: Apache-2.0
/** Owns the unconstrained scheme: any weights of a layer, as many as a density or the balanced constraint says. */

import { elementCount } from '../../tensor/tensor.js';
import { DensityRangeError, KeepRangeError } from '../errors.js';
import { largestOf, type Constraint, type WeightShape } from '../scheme.js';
import { balancedCount } from './balanced.js';
import { binomial, bitsFor, meanLargest } from './expected.js';

/** As many as K of g keeps in the same layer, or a share of all, 0 < density <= 1. */
export type UnconstrainedSettings = { readonly keep: number; readonly group: number } | { readonly density: number };

/** Input channels whose positions the index of a weight tells apart, where no group is named. */
const DEFAULT_GROUP = 8;

const countOf = (settings: UnconstrainedSettings, shape: WeightShape): number =>
  'density' in settings ? Math.max(1, Math.round(settings.density * elementCount(shape))) : balancedCount(shape, settings.keep, settings.group);

/** Throws KeepRangeError, DensityRangeError. */
export function unconstrained(settings: UnconstrainedSettings, where = '--prune'): Constraint {
  if ('density' in settings) {
    if (!(settings.density > 0 && settings.density <= 1)) throw new DensityRangeError(where, settings.density);
  } else if (!Number.isInteger(settings.group) || settings.group < 2 || !Number.isInteger(settings.keep) || settings.keep < 1 || settings.keep > settings.group) {
    throw new KeepRangeError(where, settings.keep, settings.group);
  }
  const group = 'density' in settings ? DEFAULT_GROUP : settings.group;
  /** Of what another constraint leaves, the same share. */
  const count = (shape: WeightShape, within?: Uint8Array): number =>
    within === undefined ? countOf(settings, shape) : Math.round((countOf(settings, shape) * within.reduce((sum, bit) => sum + bit, 0)) / within.length);
  const constraint: Constraint = {
    name: 'unconstrained',
    text: 'density' in settings ? `unconstrained:${settings.density}` : `unconstrained:${settings.keep}/${group}`,
    description: 'density' in settings ? `any ${(100 * settings.density).toFixed(1)} % of a layer's weights` : `any weights of a layer, as many as ${settings.keep} of ${group} keeps`,
    project(scores, shape, within) {
      const mask = new Uint8Array(elementCount(shape));
      const open = Array.from(mask.keys()).filter((p) => within?.[p] !== 0);
      for (const position of largestOf(scores, open, count(shape, within))) mask[position] = 1;
      return mask;
    },
    allows: (mask, shape, within) =>
      mask.length === elementCount(shape) && mask.every((bit, p) => bit === 0 || within?.[p] !== 0) && mask.reduce((sum, bit) => sum + bit, 0) === count(shape, within),
    kept: (shape) => countOf(settings, shape),
    contain(mask, shape, within) {
      const kept = mask.reduce((sum, bit) => sum + bit, 0);
      const open = within?.reduce((sum, bit) => sum + bit, 0) ?? mask.length;
      const most = count(shape, within);
      return kept > most || kept === 0 ? undefined : { mask, constraint: kept === most ? constraint : unconstrained({ density: kept / open }, where) };
    },
    denseReason: ([, , , inChannels]) =>
      'group' in settings && inChannels < group ? `it has ${inChannels} input channels, fewer than a group of ${group}` : undefined,
    // A weight may move anywhere; methods move it inside its filter.
    exchange: (mask) => new Int32Array(mask.length),
    steps({ kernelHeight, kernelWidth, inChannels, outChannels }, { pes }) {
      const shape: WeightShape = [outChannels, kernelHeight, kernelWidth, inChannels];
      const density = countOf(settings, shape) / elementCount(shape);
      return { taps: kernelHeight * kernelWidth, exact: density === 1, slots: (size) => (density === 1 ? size : meanLargest(Math.min(pes, outChannels), binomial(size, density))) };
    },
    storage(shape) {
      const weights = countOf(settings, shape);
      const [outChannels, kernelHeight, kernelWidth, inChannels] = shape;
      const groups = outChannels * kernelHeight * kernelWidth * Math.ceil(inChannels / group);
      // A weight's place in its group, and how many each group has.
      return { weights, weightBits: 8 * weights, indexBits: { direct: weights * bitsFor(group) + groups * bitsFor(group + 1), bitmap: elementCount(shape) } };
    },
  };
  return constraint;
}

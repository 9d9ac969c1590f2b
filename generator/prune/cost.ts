// SPDX-License-Identifier: Apache-2.0
/** Owns the predicted cost of a layer under a constraint: the cycle law on what the constraint leaves, from shape and settings alone. */

import { layerLaw, type ArrayShape, type LawLayer } from '../model/law.js';
import type { Constraint, ConstraintCost, WeightShape } from './scheme.js';

/**
 * Steps and cycles of a layer without convolution groups. Exact: they hold for every allowed mask; otherwise they are the mean over masks at random
 * places. A layer to which the constraint does not apply is dense.
 */
export function constraintCost(constraint: Constraint, layer: Omit<LawLayer, 'keep' | 'reads' | 'secondPass'>, array: ArrayShape): ConstraintCost {
  const shape: WeightShape = [layer.outChannels, layer.kernelHeight, layer.kernelWidth, layer.inChannels];
  if (constraint.denseReason(shape) !== undefined) return { law: layerLaw({ ...layer, keep: 'dense' }, array), exact: true };
  const rule = constraint.steps(layer, array);
  return { law: layerLaw({ ...layer, keep: rule }, array, constraint.storage(shape).weights), exact: rule.exact };
}

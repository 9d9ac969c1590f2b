// SPDX-License-Identifier: Apache-2.0
/**
 * Owns how many arithmetic operations an operator is, for the host's share: a multiplication with its addition counts 1, and
 * so does every value that another operator adds, compares or looks up. Moving values is no arithmetic.
 */
import type { Place } from '../compile/compiled-network.js';
import { isWeighted, type Network, type Op } from '../graph/network.js';
import { inputOf, outputOf } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';

/** Maximum, exponential, sum, division. */
const SOFTMAX_STEPS = 4;

export function operationCount(network: Network, op: Op): number {
  const outputs = elementCount(outputOf(network, op).shape);
  if (isWeighted(op)) return outputs * (op.weights.data.length / op.weights.shape[0]);
  switch (op.kind) {
    case 'average-pool':
    case 'max-pool':
      return outputs * op.filterHeight * op.filterWidth;
    case 'mean':
      return elementCount(inputOf(network, op).shape);
    case 'softmax':
      return SOFTMAX_STEPS * outputs;
    case 'reshape':
    case 'transpose':
    case 'concatenation':
    case 'pad':
    case 'slice':
    case 'resize-nearest':
      return 0;
    default:
      return outputs;
  }
}

/** Part of all arithmetic operations that the host does. */
export function hostShare(network: Network, places: ReadonlyMap<string, Place>): number {
  const sum = (ops: readonly Op[]): number => ops.reduce((total, op) => total + operationCount(network, op), 0);
  return sum(network.ops.filter(({ name }) => (places.get(name) ?? 'host') === 'host')) / Math.max(1, sum(network.ops));
}

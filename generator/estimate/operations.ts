// SPDX-License-Identifier: Apache-2.0
/** Owns how many operations an operator is: what the share of the host is measured by. */
import { isWeighted, type Network, type Op } from '../graph/network.js';
import { inputOf, outputOf, outputPixels } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';

/**
 * Multiplications of an operator with weights, all of them counted; values that pooling and mean read; else values written.
 * Moving a value counts as one.
 */
export function operationCount(network: Network, op: Op): number {
  const outputs = elementCount(outputOf(network, op).shape);
  if (isWeighted(op)) return outputPixels(network, op) * op.weights.data.length;
  if (op.kind === 'average-pool' || op.kind === 'max-pool') return outputs * op.filterHeight * op.filterWidth;
  return op.kind === 'mean' ? elementCount(inputOf(network, op).shape) : outputs;
}

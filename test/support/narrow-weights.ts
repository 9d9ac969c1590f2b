// SPDX-License-Identifier: Apache-2.0
/** Owns networks whose weights fit a core with narrow ones. */
import { isWeighted, type Network } from '../../generator/graph/network.js';

/** The same network with every weight, less its zero point, brought into `low` .. `high` by wrapping: each value occurs. */
export function narrowWeights(network: Network, low: number, high: number): Network {
  const span = high - low + 1;
  const ops = network.ops.map((op) => {
    if (!isWeighted(op)) return op;
    const { zeroPoint } = op.weights;
    return { ...op, weights: { ...op.weights, data: op.weights.data.map((weight) => zeroPoint + low + ((((weight - zeroPoint - low) % span) + span) % span)) } };
  });
  return { ...network, ops };
}

/** Those that a weight of `bits` bits holds, times `parts`. */
export const withWeightBits = (network: Network, bits: number, parts = 1): Network => narrowWeights(network, -(2 ** (bits - 1)) * parts, (2 ** (bits - 1) - 1) * parts);

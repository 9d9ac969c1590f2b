// SPDX-License-Identifier: Apache-2.0
/** Owns seeded networks for cores with narrow weights: the same network with fewer levels of a weight. */
import { isWeighted, type Network } from './network.js';

/** The upper `bits` bits of every int8 weight, at a scale that is as much larger; weights have no zero point. */
export function narrowWeights(network: Network, bits: number): Network {
  const shift = 8 - bits;
  if (shift === 0) return network;
  const ops = network.ops.map((op) => (isWeighted(op) ? { ...op, weights: { ...op.weights, data: op.weights.data.map((weight) => weight >> shift), scales: op.weights.scales.map((scale) => Math.fround(scale * 2 ** shift)) } } : op));
  return { ...network, ops };
}

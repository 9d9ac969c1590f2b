// SPDX-License-Identifier: Apache-2.0
/** Owns scores of channels by weights alone. */

import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../../float/network.js';
import { square } from '../numeric/products.js';
import { columnChannels, type ChannelMap } from './follow.js';

/** Score by label; a label that no weight belongs to has none. */
export type ChannelScores = ReadonlyMap<number, number>;

/** Factors of the batch norm that alone follows: then the size of a filter says nothing before it. */
export function factorsBehind(network: FloatNetwork, op: FloatOp): (channel: number) => number {
  const readers = network.ops.filter(({ inputs }) => (inputs as readonly number[]).includes(op.outputs[0]));
  const [norm] = readers;
  if (readers.length !== 1 || norm?.kind !== 'batch-norm') return () => 1;
  return (channel) => square(norm.scale[channel] as number) / ((norm.variance[channel] as number) + norm.epsilon);
}

/**
 * Squares of all weights that a channel has: its filters, and the input channels of all filters that read it. Each operator's squares are shares of their sum,
 * so that none outweighs the others.
 */
export function magnitudeChannelScores(network: FloatNetwork, map: ChannelMap): Map<number, number> {
  const scores = new Map<number, number>();
  const add = (labels: Int32Array, own: Float64Array): void => {
    const sum = own.reduce((a, b) => a + b, 0);
    if (sum > 0) labels.forEach((label, i) => scores.set(label, (scores.get(label) ?? 0) + (own[i] as number) / sum));
  };
  for (const op of network.ops) {
    if (!isFloatWeighted(op)) continue;
    const { shape: [rows], data } = op.weights;
    const perRow = data.length / rows;
    const factor = factorsBehind(network, op);
    const byRow = new Float64Array(rows);
    const output = map.tensors.get(op.outputs[0]);
    const columns = columnChannels(network, map, op);
    const byColumn = new Float64Array(columns?.length ?? 0);
    data.forEach((weight, i) => {
      const row = Math.floor(i / perRow);
      const power = square(weight) * factor(row);
      byRow[row] = (byRow[row] as number) + power;
      if (columns !== undefined) byColumn[i % columns.length] = (byColumn[i % columns.length] as number) + power;
    });
    if (output?.labels.length === rows) add(output.labels, byRow);
    if (columns !== undefined) add(columns, byColumn);
  }
  return scores;
}

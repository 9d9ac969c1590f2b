// SPDX-License-Identifier: Apache-2.0
/** Owns what an error of a layer's output is worth: how much the network's outputs change, measured by disturbing one layer after the other. */

import { createRandom } from '../../core/random.js';
import { runFloatOp } from '../../float/execute.js';
import { isFloatWeighted, NO_REAL_CLAMP, type FloatNetwork, type FloatOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import { square } from '../numeric/products.js';

/** Disturbance of a layer, as a share of its output's power about each channel's mean. */
const DISTURBANCE = 0.1;
/** Inputs that are disturbed. */
const MOST_INPUTS = 16;

/** Channel deviations of values whose last dimension is the channel. */
function deviations(values: Float32Array, channels: number): Float64Array {
  const [sum, squares] = [new Float64Array(channels), new Float64Array(channels)];
  values.forEach((value, i) => {
    sum[i % channels] = (sum[i % channels] as number) + value;
    squares[i % channels] = (squares[i % channels] as number) + square(value);
  });
  const count = values.length / channels;
  return sum.map((own, c) => Math.sqrt(Math.max(0, (squares[c] as number) / count - square(own / count))));
}

/**
 * For each named layer: the mean square change of the network's outputs over their power, for a disturbance of its own output of the same relative size.
 * The output of a softmax says little, so what it reads counts in its place.
 */
export function readerWeights(network: FloatNetwork, inputs: readonly Float32Array[], names: ReadonlySet<string>, seed: number): Map<string, number> {
  const random = createRandom(seed);
  const ends = network.outputs.map((id) => network.ops.find((op) => op.kind === 'softmax' && op.outputs[0] === id)?.inputs[0] ?? id);
  const change = new Map<string, number>([...names].map((name) => [name, 0]));
  let power = 0;
  const shapeOf = (id: TensorId): readonly number[] => floatTensorById(network, id).shape;
  const run = (op: FloatOp, values: (id: TensorId) => Float32Array): Float32Array =>
    runFloatOp(op, op.inputs.map((id) => ({ shape: shapeOf(id), data: floatTensorById(network, id).constant ?? values(id) })), shapeOf(op.outputs[0]));

  for (const input of inputs.slice(0, MOST_INPUTS)) {
    const dense = new Map<TensorId, Float32Array>([[network.inputs[0] as TensorId, input]]);
    for (const op of network.ops) dense.set(op.outputs[0], run(op, (id) => dense.get(id) as Float32Array));
    for (const id of ends) for (const value of dense.get(id) as Float32Array) power += square(value);
    network.ops.forEach((op, at) => {
      if (!names.has(op.name) || !isFloatWeighted(op)) return;
      // 1. The layer disturbed before its clamp.
      const own = run({ ...op, ...NO_REAL_CLAMP }, (id) => dense.get(id) as Float32Array);
      const channels = op.weights.shape[0];
      const spread = own.length > channels ? deviations(own, channels) : new Float64Array(channels).fill(Math.sqrt(own.reduce((sum, value) => sum + square(value), 0) / channels));
      const disturbed = own.map((value, i) => {
        // Three uniform numbers: variance 1/4.
        const noise = 2 * (random.next() + random.next() + random.next() - 1.5);
        return Math.min(op.activationMax, Math.max(op.activationMin, value + Math.sqrt(DISTURBANCE) * (spread[i % channels] as number) * noise));
      });
      // 2. What follows, as far as it changes.
      const changed = new Map<TensorId, Float32Array>([[op.outputs[0], disturbed]]);
      for (const next of network.ops.slice(at + 1)) {
        if (next.inputs.some((id) => changed.has(id))) changed.set(next.outputs[0], run(next, (id) => changed.get(id) ?? (dense.get(id) as Float32Array)));
      }
      for (const id of ends) {
        const [x, y] = [dense.get(id) as Float32Array, changed.get(id)];
        if (y !== undefined) change.set(op.name, y.reduce((sum, value, i) => sum + square(value - (x[i] as number)), change.get(op.name) as number));
      }
    });
  }
  return new Map([...change].map(([name, sum]) => [name, power === 0 ? 1 : sum / (power * DISTURBANCE)]));
}

// SPDX-License-Identifier: Apache-2.0
/** Makes float networks whose channels hang together in every way: joins, depthwise pairs, identity shortcuts of padded channels, flattening. */

import { expect } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork, FloatOp, FloatTensor } from '../../generator/float/network.js';
import { floatTensorById } from '../../generator/float/query.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import { elementCount, type Shape } from '../../generator/tensor/tensor.js';
import { randomConv, randomValues } from './float-network.js';

/** A fully connected layer behind every output, so that the channels of outputs may go too. */
export function withHeads(network: FloatNetwork, seed: number): FloatNetwork {
  const random = createRandom(seed);
  const tensors = [...network.tensors];
  const heads = network.outputs.map((from, i): FloatOp => {
    const inputs = elementCount(floatTensorById(network, from).shape);
    const output = tensors.push({ id: tensors.length, name: `head_${i}`, shape: [1, 3] }) - 1;
    const weights = { name: `head_${i}`, layout: 'OHWI', shape: [3, 1, 1, inputs], data: randomValues(random, 3 * inputs) } as const;
    return { kind: 'fully-connected', name: `head_${i}`, inputs: [from], outputs: [output], weights, bias: new Float32Array(3), activationMin: -Infinity, activationMax: Infinity };
  });
  return validateFloatNetwork({ ...network, tensors, ops: [...network.ops, ...heads], outputs: heads.map(({ outputs }) => outputs[0]) });
}

/** Largest difference of the outputs on seeded inputs, over the largest output. */
export function outputDifference(a: FloatNetwork, b: FloatNetwork, seed: number): number {
  const random = createRandom(seed);
  const inputs = a.inputs.map((id) => randomValues(random, elementCount(floatTensorById(a, id).shape)));
  const [x, y] = [runFloat(a, inputs), runFloat(b, inputs)];
  let [most, largest] = [0, 1e-6];
  a.outputs.forEach((id, i) => {
    const own = y.get(b.outputs[i]!)!;
    expect(own.length).toBe(x.get(id)!.length);
    x.get(id)!.forEach((value, at) => {
      most = Math.max(most, Math.abs(value - own[at]!));
      largest = Math.max(largest, Math.abs(value));
    });
  });
  return most / largest;
}

const RELU = { activationMin: 0, activationMax: Infinity };

/**
 * 8 x 8 x 3; a stem of 16 channels and a residual block (add_1); a block with stride 2 to 32 channels whose shortcut is sliced and padded (add_2); an expansion to 48, depthwise and back
 * (add_3); flattened, or its mean, into 10.
 */
export function residualNetwork(seed: number, end: 'flatten' | 'mean' = 'flatten'): FloatNetwork {
  const random = createRandom(seed);
  const tensors: FloatTensor[] = [{ id: 0, name: 'input', shape: [1, 8, 8, 3] }];
  const ops: FloatOp[] = [];
  const counts = new Map<string, number>();
  const push = (kind: FloatOp['kind'], stem: string, shape: Shape, inputs: readonly number[], fields: Record<string, unknown>): number => {
    const id = tensors.push({ id: tensors.length, name: `tensor_${tensors.length}`, shape }) - 1;
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
    ops.push({ kind, name: `${stem}_${counts.get(stem)!}`, inputs, outputs: [id], activationMin: -Infinity, activationMax: Infinity, ...fields } as never);
    return id;
  };
  const conv = (from: number, to: Shape, kernel = 3, fields: object = {}): number => push('conv2d', 'conv2d', to, [from], { ...randomConv(random, tensors[from]!.shape[3]!, to[3]!, kernel), ...fields });
  const [large, small] = [[1, 8, 8, 16], [1, 4, 4, 32]] as const;
  const half = { strideHeight: 2, strideWidth: 2, padding: { top: 0, left: 0, bottom: 1, right: 1 } };
  const stem = conv(0, large, 3, RELU);
  const first = push('add', 'add', large, [conv(conv(stem, large, 3, RELU), large), stem], RELU);
  const sliced = push('slice', 'slice', [1, 4, 4, 16], [first], { begin: [0, 0, 0, 0], strides: [1, 2, 2, 1] });
  const padded = push('pad', 'pad', small, [sliced], { before: [0, 0, 0, 8], after: [0, 0, 0, 8], value: 0 });
  const second = push('add', 'add', small, [conv(conv(first, small, 3, { ...RELU, ...half }), small), padded], RELU);
  const wide = conv(second, [1, 4, 4, 48], 1, RELU);
  const deep = push('depthwise-conv2d', 'depthwise', [1, 4, 4, 48], [wide], { ...randomConv(random, 1, 48), depthMultiplier: 1, ...RELU });
  const third = push('add', 'add', small, [second, conv(deep, small, 1)], {});
  const flat = end === 'mean' ? push('mean', 'mean', [1, 32], [third], {}) : push('reshape', 'reshape', [1, 512], [third], {});
  const { bias, weights } = randomConv(random, tensors[flat]!.shape[1]!, 10, 1);
  const out = push('fully-connected', 'fc', [1, 10], [flat], { bias, weights });
  return validateFloatNetwork({ name: 'residual', tensors, ops, inputs: [0], outputs: [out] });
}

// SPDX-License-Identifier: Apache-2.0
/** Owns networks of one operator without weights, for tests of its arithmetic. */

import { NO_CLAMP, type ActivationTensor, type Network, type Op, type Quantization } from '../../generator/graph/network.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import type { Shape } from '../../generator/tensor/tensor.js';

export interface TensorRequest extends Partial<Quantization> {
  readonly shape: Shape;
}

/** Fields of an operator beside its name and tensors; clamps are -128..127 where it has some. */
export type OpRequest = { readonly kind: Op['kind'] } & Readonly<Record<string, unknown>>;

/** A valid network: the inputs in order, the operator, its output. Scale 0.05 and zero point 0 unless said otherwise. */
export function opNetwork(op: OpRequest, inputs: readonly TensorRequest[], output: TensorRequest): Network {
  const tensors = [...inputs, output].map(({ shape, scale = 0.05, zeroPoint = 0 }, id): ActivationTensor => ({
    id, name: id < inputs.length ? `input_${id}` : 'output', shape, quantization: { scale: Math.fround(scale), zeroPoint },
  }));
  const ids = inputs.map((_, id) => id);
  const clamp = ['add', 'mul', 'relu', 'average-pool', 'max-pool'].includes(op.kind) ? NO_CLAMP : {};
  const built = { name: 'op_1', inputs: ids, outputs: [inputs.length], ...clamp, ...op } as unknown as Op;
  return validateNetwork({ name: 'one', synthetic: true, tensors, ops: [built], inputs: ids, outputs: [inputs.length] });
}

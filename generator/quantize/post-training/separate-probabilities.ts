// SPDX-License-Identifier: Apache-2.0
/** Owns the copies of probabilities that are joined with other tensors: the copy may have another scale, the probability may not. */

import { NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatTensor } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { isPassThrough, isProbability, scaleGroups } from './activation-scales.js';

/**
 * Where a softmax or logistic output shares a scale with a tensor of another origin (through a concatenation), the operators
 * that join them read a copy, written by a ReLU without a clamp.
 */
export function separateProbabilities(network: FloatNetwork): FloatNetwork {
  const root = scaleGroups(network);
  const isSource = (op: FloatOp): boolean => !isPassThrough(op) && !isProbability(op);
  const mixed = new Set([...network.inputs, ...network.ops.filter(isSource).map(({ outputs: [id] }) => id)].map(root));
  const tensors: FloatTensor[] = [...network.tensors];
  const copies = new Map<TensorId, TensorId>();
  const ops = network.ops.flatMap((op): FloatOp[] => {
    if (isPassThrough(op)) return [{ ...op, inputs: op.inputs.map((id) => copies.get(id) ?? id) } as unknown as FloatOp];
    const [output] = op.outputs;
    if (!isProbability(op) || !mixed.has(root(output))) return [op];
    const { shape, name } = tensors[output] as FloatTensor;
    const id = tensors.push({ id: tensors.length, name: `${name}/copy`, shape }) - 1;
    copies.set(output, id);
    return [op, { kind: 'relu', name: `${op.name}_copy`, inputs: [output], outputs: [id], ...NO_REAL_CLAMP }];
  });
  return copies.size === 0 ? network : { ...network, tensors, ops };
}

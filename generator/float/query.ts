// SPDX-License-Identifier: Apache-2.0
/** Owns small questions about a float network: its tensors, who reads and who writes them. */

import { DefectError } from '../core/errors.js';
import type { TensorId } from '../graph/network.js';
import type { FloatNetwork, FloatOp, FloatTensor } from './network.js';

/** The tensor with this id; the network is valid, so absence is a defect. */
export function floatTensorById(network: FloatNetwork, id: TensorId): FloatTensor {
  const tensor = network.tensors[id];
  if (tensor === undefined) throw new DefectError(`float network ${network.name}`, `tensor ${id} does not exist`);
  return tensor;
}

/** How often each tensor is read: by operators, and once more for every place among the network's outputs. */
export function useCounts(network: FloatNetwork): number[] {
  const counts = network.tensors.map(() => 0);
  for (const id of [...network.ops.flatMap((op): readonly TensorId[] => op.inputs), ...network.outputs]) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

/** The same network without tensors that nothing names, under new dense ids in their old order. */
export function withoutUnusedTensors(network: FloatNetwork): FloatNetwork {
  const used = new Set<TensorId>([...network.inputs, ...network.outputs, ...network.ops.flatMap((op) => [...op.inputs, ...op.outputs])]);
  const kept = network.tensors.filter(({ id }) => used.has(id));
  const ids = new Map(kept.map(({ id }, i) => [id, i]));
  const move = <Ids extends readonly TensorId[]>(list: Ids): Ids => list.map((id) => ids.get(id) as TensorId) as readonly TensorId[] as Ids;
  return {
    ...network,
    tensors: kept.map((tensor, id) => ({ ...tensor, id })),
    ops: network.ops.map((op): FloatOp => ({ ...op, inputs: move(op.inputs), outputs: move(op.outputs) }) as FloatOp),
    inputs: move(network.inputs),
    outputs: move(network.outputs),
  };
}

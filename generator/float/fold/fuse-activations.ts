// SPDX-License-Identifier: Apache-2.0
/** Owns the fusion of ReLU and its kin into the operator before them. */

import type { Clamp, TensorId } from '../../graph/network.js';
import type { FloatNetwork, FloatOp } from '../network.js';
import { useCounts, withoutUnusedTensors } from '../query.js';

const into = (value: number, { activationMin, activationMax }: Clamp): number => Math.min(activationMax, Math.max(activationMin, value));

/** Every clamp whose input nothing else reads becomes the clamp of the operator that writes it, where that has one. */
export function fuseActivations(network: FloatNetwork): FloatNetwork {
  const uses = useCounts(network);
  const ops: FloatOp[] = [];
  const writer = new Map<TensorId, number>();
  for (const op of network.ops) {
    const at = op.kind === 'relu' && uses[op.inputs[0]] === 1 ? writer.get(op.inputs[0]) : undefined;
    const before = ops[at ?? -1];
    if (op.kind === 'relu' && at !== undefined && before !== undefined && 'activationMin' in before) {
      ops[at] = { ...before, outputs: op.outputs, activationMin: into(before.activationMin, op), activationMax: into(before.activationMax, op) } as FloatOp;
      writer.set(op.outputs[0], at);
    } else {
      writer.set(op.outputs[0], ops.push(op) - 1);
    }
  }
  return withoutUnusedTensors({ ...network, ops });
}

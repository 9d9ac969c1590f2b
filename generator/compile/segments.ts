// SPDX-License-Identifier: Apache-2.0
/** Owns the order of work between array and host: array operators gather in as few program runs as the data flow allows. */
import { isArrayOp, type ArrayOp } from './layer.js';
import type { Network, Op, TensorId } from '../graph/network.js';

export type PlannedStep =
  | { readonly kind: 'array'; readonly ops: readonly ArrayOp[] }
  | { readonly kind: 'host'; readonly op: Op }
  /** The output lies where the input lies: nothing to do. */
  | { readonly kind: 'alias'; readonly op: Op };

/**
 * Alternates between all host operators that are ready and all array operators that are ready; greedy is
 * minimal, because the number of runs is the number of alternations on the longest path.
 */
export function planSteps(network: Network, isAlias: (op: Op) => boolean): PlannedStep[] {
  const known = new Set<TensorId>(network.inputs);
  const pending = new Set<Op>(network.ops);
  const steps: PlannedStep[] = [];
  /** Takes every pending operator of one side whose inputs are known, in network order, until none is left. */
  const drain = (wanted: (op: Op) => boolean): Op[] => {
    const taken: Op[] = [];
    for (let before = -1; before !== taken.length; ) {
      before = taken.length;
      for (const op of [...pending]) {
        if (!(wanted(op) || isAlias(op)) || !op.inputs.every((id) => known.has(id))) continue;
        taken.push(op);
        pending.delete(op);
        known.add(op.outputs[0]);
      }
    }
    return taken;
  };
  while (pending.size > 0) {
    const before = pending.size;
    for (const op of drain((candidate) => !isArrayOp(candidate))) steps.push({ kind: isAlias(op) ? 'alias' : 'host', op });
    const run = drain(isArrayOp);
    const ops = run.filter((op) => isArrayOp(op));
    if (ops.length > 0) steps.push({ kind: 'array', ops });
    for (const op of run) if (isAlias(op)) steps.push({ kind: 'alias', op });
    if (pending.size === before) break;
  }
  return steps;
}

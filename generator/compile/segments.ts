// SPDX-License-Identifier: Apache-2.0
/** Owns the order of work between array and host: passes of the array gather in as few program runs as the data flow allows. */
import type { Network, Op, TensorId } from '../graph/network.js';
import type { ArrayLayer } from './array-layer.js';

/** One unit of work, ready to be ordered. */
export interface Work {
  readonly kind: 'array' | 'host' | 'alias';
  readonly ops: readonly Op[];
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
  /** Passes of the array. */
  readonly layers: readonly ArrayLayer[];
}

export type PlannedStep =
  | { readonly kind: 'array'; readonly work: readonly Work[] }
  | { readonly kind: 'host' | 'alias'; readonly work: Work };

/**
 * Alternates between all host operators that are ready and all array operators that are ready; greedy is
 * minimal, because the number of runs is the number of alternations on the longest path.
 */
export function planSteps(network: Network, work: readonly Work[]): PlannedStep[] {
  const known = new Set<TensorId>(network.inputs);
  const pending = new Set(work);
  const steps: PlannedStep[] = [];
  /** Takes every pending unit of one side (aliases belong to both) whose inputs are known, in order, until none is left. */
  const drain = (kind: 'array' | 'host'): Work[] => {
    const taken: Work[] = [];
    for (let before = -1; before !== taken.length; ) {
      before = taken.length;
      for (const unit of [...pending]) {
        if (!(unit.kind === kind || unit.kind === 'alias') || !unit.inputs.every((id) => known.has(id))) continue;
        taken.push(unit);
        pending.delete(unit);
        known.add(unit.output);
      }
    }
    return taken;
  };
  while (pending.size > 0) {
    const before = pending.size;
    for (const unit of drain('host')) steps.push({ kind: unit.kind === 'alias' ? 'alias' : 'host', work: unit });
    const run = drain('array');
    const array = run.filter(({ kind }) => kind === 'array');
    if (array.length > 0) steps.push({ kind: 'array', work: array });
    for (const unit of run) if (unit.kind === 'alias') steps.push({ kind: 'alias', work: unit });
    if (pending.size === before) break;
  }
  return steps;
}

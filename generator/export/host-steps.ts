// SPDX-License-Identifier: Apache-2.0
/** Owns the steps of one inference as a host takes them: programs, and the operators between them with their numbers. */
import type { CompiledNetwork } from '../compile/compiled-network.js';
import type { Op, TensorId } from '../graph/network.js';
import { tensorById } from '../graph/query.js';
import { softmaxRescaling, type SoftmaxRescaling } from '../quantize/requantization.js';
import { elementCount } from '../tensor/tensor.js';
import { copyPlan, type CopyPlan } from './copies.js';

interface HostBase {
  readonly name: string;
  readonly op: Op;
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
}

export type HostStep =
  | { readonly kind: 'program'; readonly index: number; readonly program: number; readonly bytes: number; readonly layers: readonly string[] }
  | (HostBase & { readonly kind: 'softmax'; readonly rescaling: SoftmaxRescaling; readonly row: number })
  | (HostBase & { readonly kind: 'copy'; readonly plan: CopyPlan })
  /** The loader has no code for it: the application's own function is called. */
  | (HostBase & { readonly kind: 'other' });

/** In order; tensors that share their bytes with another one need no step. */
export function hostSteps({ network, steps }: CompiledNetwork): HostStep[] {
  return steps.flatMap((step): HostStep[] => {
    if (step.kind === 'alias') return [];
    if (step.kind === 'array') {
      const { index, programAddress, programBytes, layers } = step.segment;
      return [{ kind: 'program', index, program: programAddress, bytes: programBytes, layers }];
    }
    const { op } = step;
    const base = { name: op.name, op, inputs: op.inputs, output: op.outputs[0] };
    if (op.kind === 'softmax') return [{ ...base, kind: 'softmax', rescaling: softmaxRescaling(network, op), row: tensorById(network, op.outputs[0]).shape.at(-1) ?? 1 }];
    const plan = copyPlan(network, op);
    return [plan === undefined ? { ...base, kind: 'other' } : { ...base, kind: 'copy', plan }];
  });
}

/** Bytes that a host needs for the tensors of its largest step: inputs and output as plain elements. */
export function scratchBytes(compiled: CompiledNetwork): number {
  const size = (id: TensorId): number => elementCount(tensorById(compiled.network, id).shape);
  return Math.max(0, ...hostSteps(compiled).map((step) => (step.kind === 'program' ? 0 : [...step.inputs, step.output].reduce((sum, id) => sum + size(id), 0))));
}

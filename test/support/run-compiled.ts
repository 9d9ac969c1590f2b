// SPDX-License-Identifier: Apache-2.0
/** Owns the run of a compiled network on the functional interpreter, host operators by the golden model, every array layer compared. */
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { packTensor, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { outputOf } from '../../generator/graph/query.js';
import { runGoldenOp } from '../../generator/model/golden.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';
import { interpret, type Interleaving, type InterpreterOptions, type InterpreterResult } from './interpreter.js';

export interface CompiledRun {
  readonly memory: Uint8Array;
  /** One result a segment. */
  readonly results: readonly InterpreterResult[];
  tensor(id: number): Int8Array;
}

/** Runs every step: array segments by `interpret`, host operators on what lies in memory. */
export function runCompiled(compiled: CompiledNetwork, input: Int8Array, options: InterpreterOptions = {}): CompiledRun {
  const { network, config, tensors } = compiled;
  const memory = compiled.image.slice();
  const layout = (id: number): TensorLayout => tensors[id] as TensorLayout;
  packTensor(memory, layout(network.inputs[0] as number), input);
  const results: InterpreterResult[] = [];
  for (const step of compiled.steps) {
    if (step.kind === 'array') results.push(interpret(memory, step.segment.programAddress, config, options));
    if (step.kind !== 'host') continue;
    const inputs = step.op.inputs.map((id) => int8Tensor(layout(id).shape, unpackTensor(memory, layout(id))));
    packTensor(memory, layout(step.op.outputs[0]), runGoldenOp(network, step.op, inputs, { rounding: config.rounding }).data);
  }
  return { memory, results, tensor: (id) => unpackTensor(memory, layout(id)) };
}

/** First difference of each tensor in memory from the golden one, as text; empty when all bits agree. */
export function differences(compiled: CompiledNetwork, run: CompiledRun, golden: ReadonlyMap<number, { readonly data: Int8Array }>): string[] {
  const found: string[] = [];
  for (const op of compiled.network.ops) {
    const [id] = op.outputs;
    // Operators that are fused into a pass leave no tensor.
    if (!compiled.stored.has(id)) continue;
    const actual = run.tensor(id);
    const expected = golden.get(id)?.data ?? new Int8Array();
    const at = expected.findIndex((value, i) => value !== actual[i]);
    if (at < 0 && expected.length === actual.length) continue;
    const channels = outputOf(compiled.network, op).shape.at(-1) as number;
    const width = outputOf(compiled.network, op).shape.at(-2) ?? 1;
    const pixel = Math.floor(at / channels);
    found.push(`${op.name}, channel ${at % channels}, y=${Math.floor(pixel / width)} x=${pixel % width}: core ${actual[at]}, golden ${expected[at]}`);
  }
  return found;
}

/** Orders that bring out a missing token: each unit as early, and as late, as its tokens allow. */
export const ADVERSARIAL: readonly Interleaving[] = [
  { kind: 'priority', units: ['load', 'compute', 'store'] },
  { kind: 'priority', units: ['load', 'store', 'compute'] },
  { kind: 'priority', units: ['store', 'compute', 'load'] },
  { kind: 'priority', units: ['compute', 'load', 'store'] },
  { kind: 'priority', units: ['compute', 'store', 'load'] },
  { kind: 'random', seed: 1 },
];

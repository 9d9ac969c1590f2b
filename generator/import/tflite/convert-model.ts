// SPDX-License-Identifier: Apache-2.0
/** Owns the walk over a TFLite model's operators, the same for both number systems: tensors under new ids, contexts, names. */

import type { OpKind, TensorId } from '../../graph/network.js';
import { createOpNamer } from '../../graph/query.js';
import type { ImportBudget } from '../budget.js';
import type { OperatorContext } from './conversion.js';
import { MalformedTfliteError, UnsupportedOperatorError } from './errors.js';
import type { Numbers, NumberSystem } from './number-system.js';
import { conversionOf, type Conversions } from './operators.js';
import type { TfliteModel, TfliteOperator, TfliteTensor } from './schema.js';
import { isUint8 } from './tensors.js';

/** TFLite tensors that the network names, in order of first use, under new dense ids. */
class NamedTensors<N extends Numbers> {
  readonly tensors: N['tensor'][] = [];
  private readonly ids = new Map<number, number>();

  constructor(private readonly model: TfliteModel, private readonly numbers: NumberSystem<N>) {}

  tensor(index: number, where: string): TfliteTensor {
    const tensor = this.model.tensors[index];
    if (tensor === undefined) throw new MalformedTfliteError(where, `tensor index ${index}`, `0..${this.model.tensors.length - 1}`);
    return tensor;
  }

  get(index: number, where: string): N['tensor'] {
    const known = this.tensors[this.ids.get(index) ?? -1];
    if (known !== undefined) return known;
    const found = this.tensor(index, where);
    this.model.budget.spend(found.data.length, `TFLite ${where}`);
    const tensor = this.numbers.tensor(found, this.tensors.length);
    this.ids.set(index, tensor.id);
    this.tensors.push(tensor);
    return tensor;
  }
}

function contextOf<N extends Numbers>(
  operator: TfliteOperator, named: NamedTensors<N>, numbers: NumberSystem<N>, name: (kind: OpKind) => string, budget: ImportBudget,
): OperatorContext<N> {
  const where = `operator ${operator.index} (${operator.name})`;
  const indexAt = (position: number): number => {
    const index = operator.inputs[position];
    if (index === undefined) throw new MalformedTfliteError(where, `${operator.inputs.length} inputs`, `at least ${position + 1}`);
    return index;
  };
  if (operator.outputs.length === 0) throw new MalformedTfliteError(where, '0 outputs', 'at least 1');
  // Inputs come first, so that ids follow the order of execution.
  const first = operator.inputs.find((index) => index >= 0 && named.tensor(index, where).data.length === 0);
  if (first !== undefined) named.get(first, where);
  const outputs = operator.outputs.map((index) => named.get(index, where));
  const only = (): N['tensor'] => {
    if (outputs.length > 1) throw new MalformedTfliteError(where, `${outputs.length} outputs`, '1');
    return outputs[0] as N['tensor'];
  };
  const constant = (position: number): TfliteTensor => named.tensor(indexAt(position), where);
  const optional = (position: number): TfliteTensor | undefined => {
    const index = operator.inputs[position] ?? -1;
    return index === -1 ? undefined : named.tensor(index, where);
  };
  const activation = (position: number): N['tensor'] => {
    if (constant(position).data.length > 0) throw new UnsupportedOperatorError(operator.index, operator.name, `input ${position} is a constant`, 'an activation');
    return named.get(indexAt(position), where);
  };
  /** Every operator has its own copy. */
  const copied = (tensor: TfliteTensor): TfliteTensor => {
    budget.spend(tensor.data.length, `TFLite ${where}`);
    return tensor;
  };
  const isLegacy = first !== undefined && isUint8(named.tensor(first, where));
  return {
    constant,
    optional,
    activation,
    operand: (position) => (numbers.constantOperands ? named.get(indexAt(position), where) : activation(position)),
    weights: (position, order) => numbers.weights(copied(constant(position)), order),
    bias: (position, outChannels) => numbers.bias(optional(position), outChannels),
    clamp: (code) => numbers.clamp(operator, code, only()),
    padValue: (position) => numbers.padValue(optional(position), only()),
    checkProbability: () => numbers.checkProbability(operator, only(), isLegacy),
    outputs,
    get output() {
      return only();
    },
    legacy: isLegacy ? { legacyUint8: true } : {},
    name,
  };
}

export interface ConvertedModel<N extends Numbers, O> {
  readonly tensors: readonly N['tensor'][];
  readonly ops: readonly O[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** Throws MalformedTfliteError, UnsupportedOperatorError, UnsupportedTypeError or LimitError. The result is not validated yet. */
export function convertModel<N extends Numbers, O>(model: TfliteModel, numbers: NumberSystem<N>, conversions: Conversions<N, O>): ConvertedModel<N, O> {
  const named = new NamedTensors(model, numbers);
  const inputs = model.inputs.map((index) => named.get(index, 'subgraph inputs').id);
  const namer = createOpNamer();
  // Every operator is looked up first: what is unsupported is said before any type trouble it causes.
  const converts = model.operators.map((operator) => conversionOf(operator, conversions));
  const ops = model.operators.flatMap((operator, i): readonly O[] => {
    const converted = (converts[i] as (typeof converts)[number])(operator, contextOf(operator, named, numbers, namer, model.budget));
    return Array.isArray(converted) ? (converted as readonly O[]) : [converted as O];
  });
  const outputs = model.outputs.map((index) => named.get(index, 'subgraph outputs').id);
  return { tensors: named.tensors, ops, inputs, outputs };
}

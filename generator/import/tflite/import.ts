// SPDX-License-Identifier: Apache-2.0
/** Owns the import of an int8 TFLite file: bytes in, a validated network out. */

import type { ActivationTensor, Network, OpKind } from '../../graph/network.js';
import { createOpNamer } from '../../graph/query.js';
import { validateNetwork } from '../../graph/validate.js';
import type { OperatorContext } from './conversion.js';
import { MalformedTfliteError, UnsupportedOperatorError } from './errors.js';
import { refuseHybrid, stripFloatBorder } from './float-border.js';
import { conversionOf } from './operators.js';
import { readTfliteModel, type TfliteModel, type TfliteOperator, type TfliteTensor } from './schema.js';
import { isUint8, toActivation } from './tensors.js';

/** TFLite tensors that become activations, in order of first use, under new dense ids. */
class Activations {
  readonly tensors: ActivationTensor[] = [];
  private readonly ids = new Map<number, number>();

  constructor(private readonly model: TfliteModel) {}

  tensor(index: number, where: string): TfliteTensor {
    const tensor = this.model.tensors[index];
    if (tensor === undefined) throw new MalformedTfliteError(where, `tensor index ${index}`, `0..${this.model.tensors.length - 1}`);
    return tensor;
  }

  get(index: number, where: string): ActivationTensor {
    const known = this.tensors[this.ids.get(index) ?? -1];
    if (known !== undefined) return known;
    const activation = toActivation(this.tensor(index, where), this.tensors.length);
    this.ids.set(index, activation.id);
    this.tensors.push(activation);
    return activation;
  }
}

function contextOf(operator: TfliteOperator, activations: Activations, name: (kind: OpKind) => string): OperatorContext {
  const where = `operator ${operator.index} (${operator.name})`;
  const indexAt = (position: number): number => {
    const index = operator.inputs[position];
    if (index === undefined) throw new MalformedTfliteError(where, `${operator.inputs.length} inputs`, `at least ${position + 1}`);
    return index;
  };
  if (operator.outputs.length === 0) throw new MalformedTfliteError(where, '0 outputs', 'at least 1');
  // Inputs come first, so that ids follow the order of execution.
  const first = operator.inputs.find((index) => index >= 0 && activations.tensor(index, where).data.length === 0);
  if (first !== undefined) activations.get(first, where);
  const outputs = operator.outputs.map((index) => activations.get(index, where));
  return {
    constant: (position) => activations.tensor(indexAt(position), where),
    optional: (position) => {
      const index = operator.inputs[position] ?? -1;
      return index === -1 ? undefined : activations.tensor(index, where);
    },
    activation: (position) => {
      const index = indexAt(position);
      if (activations.tensor(index, where).data.length > 0) {
        throw new UnsupportedOperatorError(operator.index, operator.name, `input ${position} is a constant`, 'an activation');
      }
      return activations.get(index, where);
    },
    outputs,
    get output() {
      if (outputs.length > 1) throw new MalformedTfliteError(where, `${outputs.length} outputs`, '1');
      return outputs[0] as ActivationTensor;
    },
    legacy: first !== undefined && isUint8(activations.tensor(first, where)) ? { legacyUint8: true } : {},
    name,
  };
}

/**
 * Imports a TFLite flatbuffer with int8 activations and weights as it is; legacy uint8 becomes int8 exactly (q - 128).
 * Float inputs that are quantized at once, and outputs that are dequantized last, become int8 inputs and outputs.
 * `name` is the network's name. Throws MalformedTfliteError, UnsupportedOperatorError,
 * UnsupportedTypeError or InvalidNetworkError, and nothing else, whatever the bytes are.
 */
export function importTflite(bytes: Uint8Array, name: string): Network {
  const model = stripFloatBorder(readTfliteModel(bytes));
  refuseHybrid(model);
  const activations = new Activations(model);
  const inputs = model.inputs.map((index) => activations.get(index, 'subgraph inputs').id);
  const namer = createOpNamer();
  // Every operator is looked up first: what is unsupported is said before any type trouble it causes.
  const conversions = model.operators.map((operator) => conversionOf(operator));
  const ops = model.operators.flatMap((operator, i) => {
    const convert = conversions[i] as (typeof conversions)[number];
    return convert(operator, contextOf(operator, activations, namer));
  });
  const outputs = model.outputs.map((index) => activations.get(index, 'subgraph outputs').id);
  return validateNetwork({ name, synthetic: false, tensors: activations.tensors, ops, inputs, outputs });
}

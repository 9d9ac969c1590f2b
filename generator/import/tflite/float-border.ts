// SPDX-License-Identifier: Apache-2.0
/** Owns the border between float and int8: QUANTIZE at a network's inputs and DEQUANTIZE at its outputs are left to the caller. */

import { UnsupportedTypeError } from './errors.js';
import { TENSOR_TYPE, type TfliteModel, type TfliteOperator } from './schema.js';

const DEQUANTIZE = 6;
const QUANTIZE = 114;

/** The model without float inputs and outputs: the int8 tensors behind and before them take their place. */
export function stripFloatBorder(model: TfliteModel): TfliteModel {
  const [inputs, outputs] = [new Set(model.inputs), new Set(model.outputs)];
  const isFloat = (index: number | undefined): boolean => model.tensors[index ?? -1]?.type === TENSOR_TYPE.float32;
  const inner = new Map<number, number>();
  const isBorder = ({ code, inputs: [from], outputs: [to] }: TfliteOperator): boolean => {
    if (from === undefined || to === undefined) return false;
    if (code === QUANTIZE && isFloat(from) && inputs.has(from)) inner.set(from, to);
    else if (code === DEQUANTIZE && isFloat(to) && outputs.has(to)) inner.set(to, from);
    else return false;
    return true;
  };
  const operators = model.operators.filter((operator) => !isBorder(operator));
  const move = (indices: readonly number[]): readonly number[] => indices.map((index) => inner.get(index) ?? index);
  return { ...model, operators, inputs: move(model.inputs), outputs: move(model.outputs) };
}

/** Throws UnsupportedTypeError for int8 weights under float activations, which runtimes quantize as they go. */
export function refuseHybrid({ operators, tensors }: TfliteModel): void {
  for (const { index, name, inputs: [data, weights] } of operators) {
    const constant = tensors[weights ?? -1];
    if (tensors[data ?? -1]?.type !== TENSOR_TYPE.float32 || constant?.type !== TENSOR_TYPE.int8 || constant.data.length === 0) continue;
    throw new UnsupportedTypeError(
      `operator ${index} (${name})`,
      'int8 weights with float32 activations: a hybrid model (dynamic range quantization), whose activations have no fixed scale',
      'int8 weights and int8 activations',
    );
  }
}

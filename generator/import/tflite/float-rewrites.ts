// SPDX-License-Identifier: Apache-2.0
/** Owns float operators that others can stand for: SUB and DIV by a constant, and weights that are stored as float16. */

import { elementCount } from '../../tensor/tensor.js';
import { MalformedTfliteError } from './errors.js';
import { OPTIONS_TYPE, TENSOR_TYPE, type TfliteModel, type TfliteOperator, type TfliteTensor } from './schema.js';

const [ADD, DEQUANTIZE, MUL, SUB, DIV] = [0, 6, 18, 41, 42];

const isFloatConstant = (tensor: TfliteTensor | undefined): tensor is TfliteTensor => tensor?.type === TENSOR_TYPE.float32 && tensor.data.length > 0;

function mapFloats(tensor: TfliteTensor, index: number, change: (value: number) => number): TfliteTensor {
  if (tensor.data.length % 4 !== 0) throw new MalformedTfliteError(`tensor ${tensor.index} (${tensor.name})`, `${tensor.data.length} bytes of data`, 'a multiple of 4');
  const [from, to] = [new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength), new DataView(new ArrayBuffer(tensor.data.length))];
  for (let at = 0; at < tensor.data.length; at += 4) to.setFloat32(at, change(from.getFloat32(at, true)), true);
  return { ...tensor, index, data: new Uint8Array(to.buffer) };
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction === 0 ? Infinity : NaN) : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

function fromHalf(half: TfliteTensor, to: TfliteTensor): TfliteTensor {
  const count = elementCount(half.shape);
  if (half.data.length !== 2 * count) throw new MalformedTfliteError(`tensor ${half.index} (${half.name})`, `${half.data.length} bytes of data`, `${2 * count} for float16`);
  const [source, data] = [new DataView(half.data.buffer, half.data.byteOffset, half.data.byteLength), new DataView(new ArrayBuffer(4 * count))];
  for (let i = 0; i < count; i++) data.setFloat32(4 * i, halfToNumber(source.getUint16(2 * i, true)), true);
  return { ...to, data: new Uint8Array(data.buffer) };
}

/**
 * x - c becomes x + (-c), exactly; x / c becomes x * (1 / c), within one float32 rounding; DEQUANTIZE of a float16
 * constant becomes the constant. Everything else stays.
 */
export function rewriteFloatOperators(model: TfliteModel): TfliteModel {
  const tensors = [...model.tensors];
  const operators = model.operators.flatMap((operator): TfliteOperator[] => {
    const [first, second] = operator.inputs.map((index) => tensors[index]);
    const output = tensors[operator.outputs[0] ?? -1];
    if (operator.code === DEQUANTIZE && first?.type === TENSOR_TYPE.float16 && first.data.length > 0 && output !== undefined) {
      model.budget.spend(first.data.length, `TFLite operator ${operator.index} (${operator.name})`);
      tensors[operator.outputs[0] as number] = fromHalf(first, output);
      return [];
    }
    if ((operator.code !== SUB && operator.code !== DIV) || !isFloatConstant(second)) return [operator];
    model.budget.spend(second.data.length, `TFLite operator ${operator.index} (${operator.name})`);
    const isSub = operator.code === SUB;
    const index = tensors.push(mapFloats(second, tensors.length, isSub ? (value) => -value : (value) => 1 / value)) - 1;
    // The fused activation is the first field of all four options.
    const isOptions = operator.optionsType === (isSub ? OPTIONS_TYPE.sub : OPTIONS_TYPE.div);
    const optionsType = isOptions ? (isSub ? OPTIONS_TYPE.add : OPTIONS_TYPE.mul) : operator.optionsType;
    return [{ ...operator, code: isSub ? ADD : MUL, inputs: [operator.inputs[0] ?? -1, index], optionsType }];
  });
  return { ...model, tensors, operators };
}

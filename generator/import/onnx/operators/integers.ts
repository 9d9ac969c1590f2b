// SPDX-License-Identifier: Apache-2.0
/**
 * Owns integer products (ConvInteger, MatMulInteger) and DynamicQuantizeLinear. A dynamically quantized model is read as the float network of
 * its weights: values are left as they are, and a scale of 1 stands for the one that the model would compute. Products on integers with
 * constant zero points are those integers, in float32.
 */

import { axisIn, floatConstant, type Convert, type OperatorContext } from '../context.js';
import { describePlace, UnsupportedOnnxTypeError } from '../errors.js';
import { tensorOf, type OnnxTensor } from '../tensors.js';
import type { ActivationValue, ConstantValue, Value } from '../values.js';
import { elementCount, formatShape } from '../../../tensor/tensor.js';
import { addValues, mul as mulFloats, mulValues } from './arithmetic.js';
import { conv, matMul } from './weighted.js';

const STATIC = 'Quantize the model statically (QDQ): then its scales are in the file.';

/** Values, scale and zero point; what reads them must multiply by the scale again. */
export const dynamicQuantizeLinear: Convert = (context) => {
  const { outputs: [name = ''] } = context.node;
  const value = context.activation(0);
  const constant = (what: string, tensor: OnnxTensor): ConstantValue => ({ kind: 'constant', dynamic: name, tensor: { ...tensor, name: `${name}/${what}` } });
  return [
    { ...value, integer: { type: 'uint8', quantization: undefined, dynamic: name } },
    constant('scale', tensorOf('', 'float32', [], [1])),
    constant('zero_point', tensorOf('', 'uint8', [], [0])),
  ];
};

/** What an integer product reads: step * (integer less its zero point), the step 1 where nothing states one. */
interface IntegerInput {
  readonly value: ActivationValue;
  readonly step: number;
  readonly dynamic: string | undefined;
}

const isByte = (type: string): boolean => type === 'int8' || type === 'uint8';

const typeError = (context: OperatorContext, found: string): UnsupportedOnnxTypeError => new UnsupportedOnnxTypeError(describePlace(context.node), found, 'int8 or uint8');

/** A zero point that holds for all values. */
function singleZeroPoint(context: OperatorContext, position: number): number {
  const tensor = context.optionalConstant(position);
  const [first = 0, ...others] = tensor?.data ?? [0];
  if (others.some((other) => other !== first)) throw context.unsupported(`${others.length + 1} zero points of the activation`, 'one');
  return first;
}

function integerInput(context: OperatorContext): IntegerInput {
  const found = context.value(0);
  if (found.kind === 'constant') throw context.unsupported('a constant as input 0', 'an activation');
  const { integer, ...value } = found;
  if (integer === undefined || !isByte(integer.type)) throw typeError(context, `input 0 of ${integer?.type ?? 'float32'}`);
  const { dynamic, quantization } = integer;
  if (dynamic !== undefined) {
    const zero = context.orDynamic(2);
    if (zero?.kind !== 'constant' || zero.dynamic !== dynamic) throw context.unsupported('a zero point that is not that of DynamicQuantizeLinear before it', 'that one');
    return { value, step: 1, dynamic };
  }
  const step = quantization?.scale ?? 1;
  const own = quantization === undefined ? 0 : quantization.zeroPoint + (integer.type === 'uint8' ? 128 : 0);
  const shift = step * (own - singleZeroPoint(context, 2));
  const shifted = shift === 0 ? value : addValues(context, value, floatConstant(`${context.outputName}/zero_point`, [shift], true), undefined, `${context.outputName}/shifted`);
  return { value: shifted as ActivationValue, step, dynamic };
}

/** Weights less their zero point, divided by the step of the input; `axis` is that of the output channels. */
function integerWeights(context: OperatorContext, axisOf: (rank: number) => number, step: number): ConstantValue {
  const tensor = context.constant(1);
  if (!isByte(tensor.type)) throw typeError(context, `weights of ${tensor.type}`);
  const { shape } = tensor;
  const zeroPoints = Array.from(context.optionalConstant(3)?.data ?? [0]);
  const axis = axisIn(context, axisOf(shape.length), shape.length);
  if (zeroPoints.length !== 1 && zeroPoints.length !== shape[axis]) throw context.malformed(`${zeroPoints.length} zero points for weights ${formatShape(shape)}`, `1 or ${shape[axis] ?? 0}`);
  const inner = elementCount(shape.slice(axis + 1));
  context.builder.growth.spend(tensor.data.length);
  const data = Float32Array.from({ length: tensor.data.length }, (_, i) => ((tensor.data[i] as number) - (zeroPoints[Math.floor(i / inner) % zeroPoints.length] as number)) / step);
  return { kind: 'constant', tensor: { ...tensor, type: 'float32', data }, grid: { scales: [1 / step], zeroPoints: [0], axis: undefined, isUnsigned: false } };
}

/** The float operator on the input and weights of an integer one; its sums are int32. */
const integerProduct = (operator: Convert, axisOf: (rank: number) => number): Convert => (context) => {
  const { value, step, dynamic } = integerInput(context);
  const weights = integerWeights(context, axisOf, step);
  const operands: readonly Value[] = [value, weights];
  const found = (position: number): Value | undefined => operands[position];
  const product = operator({
    ...context, optional: found, activation: () => value, optionalConstant: () => undefined,
    value: (position) => found(position) ?? context.value(position),
  }) as ActivationValue;
  return { ...product, integer: { type: 'int32', quantization: undefined, ...(dynamic === undefined ? {} : { dynamic }) } };
};

export const convInteger = integerProduct(conv, () => 0);
export const matMulInteger = integerProduct(matMul, (rank) => rank - 1);

/** Sums of a dynamic quantization times the scale that they lack; undefined for any other product. */
function scaledSums(context: OperatorContext): Value | undefined {
  const [a, b] = [context.orDynamic(0), context.orDynamic(1)];
  for (const [sums, scale] of [[a, b], [b, a]] as const) {
    if (sums?.kind !== 'activation' || sums.unscaled === undefined) continue;
    if (scale?.kind !== 'constant' || scale.dynamic !== sums.unscaled) throw context.unsupported('sums of a dynamic quantization times something else', 'times its scale', STATIC);
    const { unscaled: _, ...value } = sums;
    return mulValues(context, value, { kind: 'constant', tensor: scale.tensor });
  }
  return undefined;
}

export const mul: Convert = (context) => scaledSums(context) ?? mulFloats(context);

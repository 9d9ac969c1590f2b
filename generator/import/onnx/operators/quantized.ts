// SPDX-License-Identifier: Apache-2.0
/** Owns QuantizeLinear and DequantizeLinear: around activations they state a scale, on constants they are computed. */

import type { Quantization } from '../../../graph/network.js';
import { elementCount, formatShape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { describePlace, UnsupportedOnnxTypeError } from '../errors.js';
import { tensorOf, type OnnxTensor } from '../tensors.js';
import type { ActivationValue, ConstantValue, Grid, Value } from '../values.js';

interface Scales {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** Of the zero points; what they leave out is uint8. */
  readonly type: string | undefined;
}

const typeError = (context: OperatorContext, found: string, expected: string): UnsupportedOnnxTypeError => new UnsupportedOnnxTypeError(describePlace(context.node), found, expected);

function scalesOf(context: OperatorContext): Scales {
  const [scale, zeroPoint] = [context.constant(1), context.optionalConstant(2)];
  if (context.int('block_size', 0) !== 0) throw context.unsupported('scales per block', 'one scale, or one per channel');
  if (zeroPoint !== undefined && zeroPoint.data.length !== scale.data.length) throw context.malformed(`${zeroPoint.data.length} zero points for ${scale.data.length} scales`, 'as many');
  const scales = Array.from(scale.data, Math.fround);
  const bad = scales.find((value) => !(Number.isFinite(value) && value > 0));
  if (bad !== undefined) throw context.malformed(`scale ${bad}`, 'a positive number');
  return { scales, zeroPoints: zeroPoint === undefined ? scales.map(() => 0) : Array.from(zeroPoint.data), type: zeroPoint?.type };
}

/** One scale for an activation; uint8 becomes int8 by q - 128. */
function activationQuantization(context: OperatorContext, { scales, zeroPoints }: Scales, type: string): Quantization {
  if (type !== 'int8' && type !== 'uint8') throw typeError(context, `an activation of ${type}`, 'int8 or uint8');
  const [scale, zeroPoint] = [scales[0] as number, zeroPoints[0] as number];
  if (scales.length !== 1) throw context.unsupported(`${scales.length} scales for an activation`, 'one scale');
  return { scale, zeroPoint: type === 'uint8' ? zeroPoint - 128 : zeroPoint };
}

/** Place of the channel of value number i, or 0 where one scale holds for all. */
function channelOf(context: OperatorContext, { shape }: OnnxTensor, { scales }: Scales): { readonly axis: number | undefined; readonly at: (i: number) => number } {
  if (scales.length === 1) return { axis: undefined, at: () => 0 };
  const axis = axisIn(context, context.int('axis', 1), shape.length);
  if (shape[axis] !== scales.length) throw context.malformed(`${scales.length} scales along dimension ${axis} of ${formatShape(shape)}`, `${shape[axis] ?? 0}`);
  const inner = elementCount(shape.slice(axis + 1));
  return { axis, at: (i) => Math.floor(i / inner) % scales.length };
}

const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};

const LIMITS: Readonly<Record<string, readonly [number, number]>> = { int8: [-128, 127], uint8: [0, 255] };

export const quantizeLinear: Convert = (context) => {
  const value = context.value(0);
  const outputType = context.int('output_dtype', 0);
  const own = scalesOf(context);
  const type = own.type ?? (outputType === 3 ? 'int8' : 'uint8');
  if (value.kind === 'activation') {
    const activation = context.activation(0);
    const quantization = activationQuantization(context, own, type);
    const { builder, node: { inputs: [name = ''] } } = context;
    const rounded = context.isMixed(name) ? builder.quantizedApart(activation, quantization) : builder.quantized(activation, quantization);
    return { ...rounded, integer: { type, quantization } };
  }
  const limits = LIMITS[type];
  if (limits === undefined) throw typeError(context, `a constant of ${type}`, 'int8 or uint8');
  const { tensor } = value;
  const { at } = channelOf(context, tensor, own);
  const data = new Float64Array(tensor.data.length);
  for (let i = 0; i < data.length; i++) {
    const q = roundHalfEven(Math.fround((tensor.data[i] as number) / (own.scales[at(i)] as number))) + (own.zeroPoints[at(i)] as number);
    data[i] = Math.min(limits[1], Math.max(limits[0], q));
  }
  return { kind: 'constant', tensor: tensorOf(tensor.name, type as 'int8' | 'uint8', tensor.shape, data) };
};

export const dequantizeLinear: Convert = (context) => {
  const value = context.value(0);
  if (value.kind === 'activation' && value.integer?.dynamic !== undefined && value.integer.type !== 'int32') return dequantizedDynamically(context, value);
  const own = scalesOf(context);
  if (value.kind === 'constant') return dequantizedConstant(context, value.tensor, own);
  const { integer, ...real } = value;
  if (integer === undefined) throw typeError(context, 'float32 values', 'int8 or uint8');
  const quantization = activationQuantization(context, own, own.type ?? integer.type);
  const stated = integer.quantization;
  if (stated === undefined) return context.builder.quantized(real, quantization);
  if (stated.scale !== quantization.scale || stated.zeroPoint !== quantization.zeroPoint) {
    throw context.unsupported(`scale ${quantization.scale} and zero point ${quantization.zeroPoint} for values of scale ${stated.scale} and zero point ${stated.zeroPoint}`, 'the scale and zero point of QuantizeLinear before it');
  }
  return real;
};

/** The values that DynamicQuantizeLinear has left as they are. */
function dequantizedDynamically(context: OperatorContext, { integer, ...real }: ActivationValue): Value {
  const isOwn = [1, 2].every((position) => {
    const found = context.orDynamic(position);
    return found?.kind === 'constant' && found.dynamic === integer?.dynamic;
  });
  if (!isOwn) throw context.unsupported('another scale or zero point than that of DynamicQuantizeLinear before it', 'that one');
  return real;
}

function dequantizedConstant(context: OperatorContext, tensor: OnnxTensor, own: Scales): ConstantValue {
  const { type } = tensor;
  if (type !== 'int8' && type !== 'uint8' && type !== 'int32') throw typeError(context, `a constant of ${type}`, 'int8, uint8 or int32');
  const { axis, at } = channelOf(context, tensor, own);
  const data = new Float32Array(tensor.data.length);
  for (let i = 0; i < data.length; i++) data[i] = ((tensor.data[i] as number) - (own.zeroPoints[at(i)] as number)) * (own.scales[at(i)] as number);
  const grid: Grid = { scales: own.scales, zeroPoints: own.zeroPoints, axis, isUnsigned: type === 'uint8' };
  return { kind: 'constant', tensor: { name: tensor.name, type: 'float32', shape: tensor.shape, data }, ...(type === 'int32' ? {} : { grid }) };
}

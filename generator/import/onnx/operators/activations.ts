// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of activations: operators on single values, and softmax. */

import { NO_REAL_CLAMP } from '../../../float/network.js';
import type { Quantization } from '../../../graph/network.js';
import { quantizationOf } from '../../../quantize/post-training/activation-scales.js';
import { elementCount, formatShape } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { FILLER, physicalShape, upTo, type ActivationValue, type Value } from '../values.js';
import { addValues, mulValues, scalar, unary } from './arithmetic.js';
import { anyValues, handedOn } from './handed-on.js';

const clamp = (context: OperatorContext, value: ActivationValue, activationMin: number, activationMax: number): Value => {
  if (!(activationMin <= activationMax)) throw context.unsupported(`the range ${activationMin}..${activationMax}`, 'a minimum that is not above the maximum');
  return handedOn(context, value, unary(context, value, (id) => ({ kind: 'relu', inputs: [id], activationMin, activationMax })));
};

export const relu: Convert = (context) => clamp(context, context.activation(0), 0, Infinity);

/** The single value of a constant input. */
function bound(context: OperatorContext, name: string, position: number, otherwise: number): number {
  if (context.attribute(name) !== undefined) return context.float(name, otherwise);
  const tensor = context.optionalConstant(position);
  if (tensor === undefined) return otherwise;
  if (elementCount(tensor.shape) !== 1) throw context.malformed(`${name} of shape ${formatShape(tensor.shape)}`, 'one value');
  return Math.fround(tensor.data[0] as number);
}

/** Of integers too, whose bounds are integers on their scale. */
export const clip: Convert = (context) => {
  const value = anyValues(context, 0);
  const { integer } = value;
  if (integer?.dynamic !== undefined) context.activation(0);
  const real = (b: number): number => {
    const quantization = integer?.quantization;
    return quantization === undefined ? b : (b - (integer?.type === 'uint8' ? 128 : 0) - quantization.zeroPoint) * quantization.scale;
  };
  return clamp(context, value, real(bound(context, 'min', 1, -Infinity)), real(bound(context, 'max', 2, Infinity)));
};

export const leakyRelu: Convert = (context) =>
  unary(context, context.activation(0), (id) => ({ kind: 'leaky-relu', inputs: [id], alpha: context.float('alpha', Math.fround(0.01)) }));

export const sigmoid: Convert = (context) => unary(context, context.activation(0), (id) => ({ kind: 'logistic', inputs: [id] }));

export const hardSwish: Convert = (context) => unary(context, context.activation(0), (id) => ({ kind: 'hard-swish', inputs: [id] }));

/** max(0, min(1, alpha * x + beta)). */
export const hardSigmoid: Convert = (context) => {
  const x = context.activation(0);
  const [alpha, beta] = [context.float('alpha', Math.fround(0.2)), context.float('beta', 0.5)];
  const scaled = mulValues(context, x, scalar(alpha), NO_REAL_CLAMP, `${context.outputName}/scaled`);
  const result = addValues(context, scaled, scalar(beta), { activationMin: 0, activationMax: 1 });
  const isSixth = Math.abs(alpha - 1 / 6) < 1e-4 && beta === 0.5;
  if (isSixth && result.kind === 'activation') context.builder.hardSigmoids.set(result.id, x);
  return result;
};

/** The finest scale for slope * min(0, x), where x is quantized. */
function slopedQuantization({ scale, zeroPoint }: Quantization, slopes: ArrayLike<number>): Quantization {
  const lowest = (-128 - zeroPoint) * scale;
  const ends = Array.from(slopes, (slope) => slope * lowest);
  return quantizationOf({ min: ends.reduce((a, b) => Math.min(a, b), 0), max: ends.reduce((a, b) => Math.max(a, b), 0) });
}

/** max(0, x) + slope * min(0, x), the slope a constant. */
export const prelu: Convert = (context) => {
  const x = context.activation(0);
  const slope = context.constant(1);
  const { outputName } = context;
  // One slope per channel may come without the dimensions behind it.
  const isPerChannel = slope.shape.length === 1 && x.shape.length > 2 && slope.shape[0] === x.shape[1] && slope.shape[0] !== x.shape.at(-1);
  const shape = isPerChannel ? [...slope.shape, ...x.shape.slice(2).map(() => 1)] : slope.shape;
  const above = unary(context, x, (id) => ({ kind: 'relu', inputs: [id], activationMin: 0, activationMax: Infinity }), `${outputName}/above`);
  const below = unary(context, x, (id) => ({ kind: 'relu', inputs: [id], activationMin: -Infinity, activationMax: 0 }), `${outputName}/below`);
  const sloped = mulValues(context, below, { kind: 'constant', tensor: { ...slope, shape } }, NO_REAL_CLAMP, `${outputName}/sloped`);
  const quantization = context.builder.quantizationOf(x.id);
  const isQuantized = quantization !== undefined && sloped.kind === 'activation';
  return addValues(context, above, isQuantized ? context.builder.quantized(sloped, slopedQuantization(quantization, slope.data)) : sloped);
};

/** Over one dimension; before opset 13 over all from `axis` on. */
export const softmax: Convert = (context) => {
  const { builder } = context;
  const x = context.activation(0);
  const { shape } = x;
  const rank = shape.length;
  const isOld = context.node.opset < 13;
  const axis = axisIn(context, context.int('axis', isOld ? 1 : -1), rank);
  const axes = isOld ? upTo(rank).slice(axis) : [axis];
  const others = upTo(rank).filter((dim) => !axes.includes(dim));
  const wide = axes.filter((dim) => (shape[dim] as number) > 1);
  const emit = (id: number): number => builder.emit({ kind: 'softmax', inputs: [id], beta: 1 }, context.outputName, builder.shapeOf(id));
  if (wide.length <= 1) {
    const along = wide[0] ?? (axes[0] as number);
    const full = builder.spread(x, []);
    const last = full.dims.at(-1) === along ? full : builder.arrange(x, [FILLER, ...upTo(rank).filter((dim) => dim !== along), along]);
    return { ...last, id: emit(last.id) };
  }
  const ordered = builder.arrange(x, [FILLER, ...others, ...axes]);
  const length = elementCount(axes.map((dim) => shape[dim] as number));
  const flat = emit(builder.reshape(ordered.id, [1, elementCount(shape) / length, length]));
  return { ...ordered, id: builder.reshape(flat, physicalShape(shape, ordered.dims)) };
};

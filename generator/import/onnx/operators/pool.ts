// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of pooling and of means. */

import { NO_REAL_CLAMP } from '../../../float/network.js';
import { NO_PADDING } from '../../../graph/network.js';
import { elementCount } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { FILLER, physicalShape, upTo, wideDims, type ActivationValue, type Value } from '../values.js';
import { dilatedMaxima, hasGaps } from './dilated-pool.js';
import { anyValues, handedOn } from './handed-on.js';
import { image, imageOutput, paddingOf, strideOf, windows, type ReadValues, type Windows } from './windows.js';

function poolWindows(context: OperatorContext, read?: ReadValues): Windows {
  const kernel = context.ints('kernel_shape');
  if (kernel === undefined) throw context.malformed('no kernel_shape', 'one');
  return windows(context, kernel, read);
}

const channelsOf = (input: ActivationValue): number => input.shape[1] as number;

export const maxPool: Convert = (context) => {
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the output Indices', 'values alone');
  const view = poolWindows(context, anyValues);
  if (hasGaps(view.height) || hasGaps(view.width)) return handedOn(context, view.input, dilatedMaxima(context, view));
  const { input, height, width } = view;
  const channels = channelsOf(input);
  const op = { kind: 'max-pool', inputs: [input.id], padding: paddingOf(view), ...strideOf(view), filterHeight: height.kernel, filterWidth: width.kernel, ...NO_REAL_CLAMP } as const;
  return handedOn(context, input, imageOutput(view, channels, context.builder.emit(op, context.outputName, [1, height.outputs, width.outputs, channels])));
};

/** With dilations, and without padding that the divisor leaves out: a depthwise convolution with equal weights. */
function dilatedAverage(context: OperatorContext, view: Windows, isPadCounted: boolean): Value {
  const { input, height, width } = view;
  const { top, left, bottom, right } = paddingOf(view);
  const isPadded = top + left + bottom + right > 0;
  if (isPadded && !(isPadCounted && height.beyond + width.beyond === 0)) throw context.unsupported('dilations with padding', 'dilations without padding, or count_include_pad 1 without ceil_mode');
  const channels = channelsOf(input);
  const taps = height.kernel * width.kernel;
  context.builder.growth.spend(channels * taps);
  const op = {
    kind: 'depthwise-conv2d', inputs: [input.id], padding: paddingOf(view), ...strideOf(view), dilationHeight: height.dilation, dilationWidth: width.dilation, depthMultiplier: 1,
    weights: { name: `${context.outputName}/average`, layout: 'OHWI', shape: [channels, height.kernel, width.kernel, 1], data: new Float32Array(channels * taps).fill(1 / taps) },
    bias: new Float32Array(channels), ...NO_REAL_CLAMP,
  } as const;
  return imageOutput(view, channels, context.builder.emit(op, context.outputName, [1, height.outputs, width.outputs, channels]));
}

/** Padding that counts in the divisor becomes a pad before it. */
export const averagePool: Convert = (context) => {
  const { builder, outputName } = context;
  const view = poolWindows(context);
  const { input, height, width } = view;
  const channels = channelsOf(input);
  const isPadCounted = context.int('count_include_pad', 0) !== 0;
  if (height.dilation > 1 || width.dilation > 1) return dilatedAverage(context, view, isPadCounted);
  let { id } = input;
  let padding = paddingOf(view);
  const counted = height.before + height.after + width.before + width.after;
  if (isPadCounted && counted > 0) {
    const [before, after] = [[0, height.before, width.before, 0], [0, height.after, width.after, 0]];
    const padded = builder.shapeOf(id).map((size, d) => size + (before[d] as number) + (after[d] as number));
    id = builder.emit({ kind: 'pad', inputs: [id], before, after, value: 0 }, `${outputName}/padded`, padded);
    padding = { ...NO_PADDING, bottom: height.beyond, right: width.beyond };
  }
  const op = { kind: 'average-pool', inputs: [id], padding, ...strideOf(view), filterHeight: height.kernel, filterWidth: width.kernel, ...NO_REAL_CLAMP } as const;
  return imageOutput(view, channels, builder.emit(op, outputName, [1, height.outputs, width.outputs, channels]));
};

export const globalMaxPool: Convert = (context) => {
  const input = image(context, anyValues);
  const [, filterHeight = 1, filterWidth = 1, channels = 1] = context.builder.shapeOf(input.id);
  const op = { kind: 'max-pool', inputs: [input.id], padding: NO_PADDING, strideHeight: 1, strideWidth: 1, filterHeight, filterWidth, ...NO_REAL_CLAMP } as const;
  const id = context.builder.emit(op, context.outputName, [1, 1, 1, channels]);
  return handedOn(context, input, { ...input, id, shape: input.shape.map((size, d) => (d === 1 ? size : 1)) });
};

/** Mean over the dimensions `axes`, which stay with size 1. */
function meanOver(context: OperatorContext, x: ActivationValue, axes: readonly number[]): ActivationValue {
  const { builder, outputName } = context;
  const { shape } = x;
  const kept = upTo(shape.length).filter((dim) => !axes.includes(dim));
  const shapeAfter = shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const count = elementCount(kept.map((dim) => shape[dim] as number));
  // What is reduced lies before what is kept, whose order in memory stays.
  const order = wideDims(shape, x.dims);
  const keptOrder = order.filter((dim) => kept.includes(dim));
  const ordered = builder.arrange(x, [FILLER, ...order.filter((dim) => axes.includes(dim)), ...keptOrder]);
  const own = builder.shapeOf(x.id);
  const isImage = own.length === 4 && x.id === ordered.id && own.at(-1) === count;
  const from = isImage ? x.id : builder.reshape(ordered.id, [1, elementCount(shape) / count, 1, count]);
  const id = builder.emit({ kind: 'mean', inputs: [from] }, outputName, [1, 1, 1, count]);
  if (isImage) return { kind: 'activation', id, shape: shapeAfter, dims: x.dims.map((dim) => (dim === FILLER || !axes.includes(dim) ? dim : FILLER)) };
  const dims = keptOrder.length === 0 ? [FILLER, FILLER] : [FILLER, ...keptOrder];
  const final = dims.length === 2 && builder.shapeOf(id).length === 4 ? [FILLER, FILLER, FILLER, ...keptOrder] : dims;
  return { kind: 'activation', id: builder.reshape(id, physicalShape(shapeAfter, final)), shape: shapeAfter, dims: final };
}

export const globalAveragePool: Convert = (context) => {
  const input = image(context);
  const id = context.builder.emit({ kind: 'mean', inputs: [input.id] }, context.outputName, [1, 1, 1, channelsOf(input)]);
  return { ...input, id, shape: input.shape.map((size, d) => (d === 1 ? size : 1)) };
};

export const reduceMean: Convert = (context) => {
  const x = context.activation(0);
  const rank = x.shape.length;
  const list = context.list('axes', 1) ?? [];
  if (list.length === 0 && context.int('noop_with_empty_axes', 0) !== 0) return x;
  const axes = list.length === 0 ? upTo(rank) : list.map((axis) => axisIn(context, axis, rank));
  const mean = meanOver(context, x, axes);
  if (context.int('keepdims', 1) !== 0) return mean;
  const kept = upTo(rank).filter((dim) => !axes.includes(dim));
  return { ...mean, shape: kept.map((dim) => mean.shape[dim] as number), dims: mean.dims.map((dim) => kept.indexOf(dim)) };
};

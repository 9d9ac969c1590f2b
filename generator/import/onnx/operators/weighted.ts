// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators with weights: Conv, Gemm, MatMul, BatchNormalization. */

import { NO_REAL_CLAMP, type FloatWeights } from '../../../float/network.js';
import { NO_PADDING } from '../../../graph/network.js';
import { elementCount, formatShape, type Shape } from '../../../tensor/tensor.js';
import type { Convert, OperatorContext } from '../context.js';
import type { OnnxTensor } from '../tensors.js';
import { FILLER, floatValues, physicalShape, rearranged, upTo, wideDims, type ActivationValue, type ConstantValue, type Grid, type Value } from '../values.js';
import { addValues } from './arithmetic.js';
import { imageOutput, paddingOf, strideOf, windows } from './windows.js';

/** A constant with the grid that its values lie on. */
export function weightsAt(context: OperatorContext, position: number): ConstantValue {
  const value = context.value(position);
  if (value.kind !== 'constant') throw context.unsupported(`weights (input ${position}) that are computed when the model runs`, 'constant weights');
  if (value.tensor.type !== 'float32' && value.tensor.type !== 'float64') throw context.unsupported(`weights of ${value.tensor.type}`, 'float32');
  if (value.tensor.shape.includes(0)) throw context.malformed(`weights of shape ${formatShape(value.tensor.shape)}`, 'no dimension of 0');
  return value;
}

/** The grid with its channels along the output channels; undefined when they lie along another dimension. */
export function gridAlong(grid: Grid | undefined, axis: number): Grid | undefined {
  if (grid === undefined || (grid.axis !== undefined && grid.axis !== axis)) return undefined;
  return { ...grid, axis: grid.axis === undefined ? undefined : 0 };
}

/** The step of each output channel's weights. */
export const stepsOf = (grid: Grid | undefined, outputs: number): Pick<FloatWeights, 'steps'> =>
  grid === undefined ? {} : { steps: upTo(outputs).map((o) => grid.scales[grid.scales.length === 1 ? 0 : o] as number) };

const withGrid = (grid: Grid | undefined): [] | [Grid] => (grid === undefined ? [] : [grid]);

function bias(context: OperatorContext, position: number, channels: number): Float32Array {
  const tensor = context.optionalConstant(position);
  if (tensor === undefined) return new Float32Array(channels);
  if (elementCount(tensor.shape) !== channels) throw context.malformed(`${elementCount(tensor.shape)} biases`, `${channels}, one per output channel`);
  return floatValues(tensor);
}

/** Weights OIHW (or OIL). Groups of one input channel become depthwise. */
export const conv: Convert = (context) => {
  const { tensor, grid } = weightsAt(context, 1);
  const { shape } = tensor;
  const kernel = context.ints('kernel_shape') ?? shape.slice(2);
  if (shape.length < 3 || kernel.join() !== shape.slice(2).join()) throw context.malformed(`kernel ${kernel.join('x')} and weights ${formatShape(shape)}`, 'weights OxIxHxW of that kernel');
  const view = windows(context, kernel);
  const { input, height, width } = view;
  const [outChannels = 1, inChannels = 1] = shape;
  const [channels, groups] = [input.shape[1] as number, context.int('group', 1)];
  if (!(groups >= 1) || channels !== inChannels * groups || outChannels % groups !== 0) {
    throw context.malformed(`weights ${formatShape(shape)} in ${groups} groups for ${channels} channels`, 'weights that read all channels');
  }
  const data = floatValues(tensor, shape.length === 3 ? [0, 2, 1] : [0, 2, 3, 1]);
  const isDepthwise = groups > 1 && inChannels === 1;
  const own = gridAlong(grid, 0);
  const weights: FloatWeights = { name: tensor.name, layout: 'OHWI', shape: [outChannels, height.kernel, width.kernel, inChannels], data, ...stepsOf(own, outChannels) };
  const common = {
    inputs: [input.id] as const,
    weights,
    bias: bias(context, 2, outChannels),
    padding: paddingOf(view),
    ...strideOf(view),
    dilationHeight: height.dilation,
    dilationWidth: width.dilation,
    ...NO_REAL_CLAMP,
  };
  const output = [1, height.outputs, width.outputs, outChannels];
  const id = isDepthwise
    ? context.builder.emit({ kind: 'depthwise-conv2d', ...common, depthMultiplier: outChannels / groups }, context.outputName, output, own)
    : context.builder.emit({ kind: 'conv2d', ...common, groups }, context.outputName, output, own);
  return imageOutput(view, outChannels, id);
};

/** Weights O x I and what they multiply. */
interface Matrix {
  readonly name: string;
  readonly data: Float32Array;
  readonly outputs: number;
  readonly depth: number;
  readonly grid: Grid | undefined;
}

/** A constant I x O, or O x I when it is transposed. */
function matrix(context: OperatorContext, position: number, isTransposed: boolean): Matrix {
  const { tensor, grid } = weightsAt(context, position);
  if (tensor.shape.length !== 2) throw context.unsupported(`weights of shape ${formatShape(tensor.shape)}`, 'a matrix');
  const [outputs, depth] = (isTransposed ? tensor.shape : tensor.shape.toReversed()) as [number, number];
  return { name: tensor.name, outputs, depth, data: floatValues(tensor, isTransposed ? [0, 1] : [1, 0]), grid: gridAlong(grid, isTransposed ? 0 : 1) };
}

/** Where the input is another activation row-major, the weights are sorted as that one lies in memory instead. */
function withoutFlattening(context: OperatorContext, input: ActivationValue, weights: Matrix): { readonly id: number; readonly data: Float32Array } {
  const source = context.builder.flattened.get(input.id);
  if (source === undefined) return { id: input.id, data: weights.data };
  const { shape, dims } = source;
  const wide = wideDims(shape, dims);
  const data = new Float32Array(weights.data.length);
  for (let o = 0; o < weights.outputs; o++) {
    data.set(rearranged(weights.data.subarray(o * weights.depth, (o + 1) * weights.depth), shape, wide), o * weights.depth);
  }
  return { id: source.id, data };
}

/** rows x depth times weights: fully connected for one row, a 1 x 1 convolution over the rows otherwise. */
function multiply(context: OperatorContext, input: ActivationValue, weights: Matrix, biases: Float32Array, output: Shape): Value {
  const { builder, outputName } = context;
  const { shape } = input;
  if (shape.at(-1) !== weights.depth) throw context.malformed(`${formatShape(shape)} times weights for ${weights.depth} values`, `${weights.depth} values in the last dimension`);
  const rows = elementCount(shape) / weights.depth;
  const fields = { ...NO_REAL_CLAMP, bias: biases };
  const asWeights = (data: Float32Array): FloatWeights => ({ name: weights.name, layout: 'OHWI', shape: [weights.outputs, 1, 1, weights.depth], data, ...stepsOf(weights.grid, weights.outputs) });
  if (rows === 1) {
    const { id, data } = withoutFlattening(context, input, weights);
    const dims = output.length === 0 || output[0] !== 1 ? [FILLER, ...upTo(output.length)] : upTo(output.length);
    const to = dims.length < 2 ? [FILLER, ...dims] : dims;
    return { kind: 'activation', shape: output, dims: to, id: builder.emit({ kind: 'fully-connected', inputs: [id], weights: asWeights(data), ...fields }, outputName, physicalShape(output, to), ...withGrid(weights.grid)) };
  }
  const last = shape.length - 1;
  const wide = upTo(last).filter((dim) => (shape[dim] as number) > 1);
  // Up to two dimensions of rows are those of an image, which what follows can take up.
  const isImage = wide.length <= 2;
  const places = isImage ? [FILLER, FILLER, FILLER, ...wide].slice(-3) : [FILLER, ...upTo(last)];
  const ordered = builder.arrange(input, [...places, last]);
  const image = isImage ? physicalShape(shape, places) : [1, 1, rows];
  const id = builder.emit({
    kind: 'conv2d', inputs: [builder.reshape(ordered.id, [...image, weights.depth])], weights: asWeights(weights.data), ...fields,
    padding: NO_PADDING, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, groups: 1,
  }, outputName, [...image, weights.outputs], ...withGrid(weights.grid));
  const dims = [...places, output.length > last ? last : FILLER];
  return { kind: 'activation', shape: output, dims, id: builder.reshape(id, physicalShape(output, dims)) };
}

/** alpha * A * B + beta * C, B a constant. */
export const gemm: Convert = (context) => {
  const { builder } = context;
  const a = context.activation(0);
  if (a.shape.length !== 2) throw context.malformed(`A of shape ${formatShape(a.shape)}`, 'a matrix');
  const input = context.int('transA', 0) === 0 ? a : { ...a, shape: a.shape.toReversed(), dims: a.dims.map((dim) => (dim === FILLER ? dim : 1 - dim)) };
  const weights = matrix(context, 1, context.int('transB', 0) !== 0);
  const [alpha, beta] = [context.float('alpha', 1), context.float('beta', 1)];
  const grid = weights.grid === undefined || !(alpha > 0) ? undefined : { ...weights.grid, scales: weights.grid.scales.map((scale) => Math.fround(alpha * scale)) };
  const scaled: Matrix = alpha === 1 ? weights : { ...weights, data: weights.data.map((value) => alpha * value), grid };
  const output = [input.shape[0] as number, weights.outputs];
  const c = context.optional(2);
  const none = new Float32Array(weights.outputs);
  if (c === undefined) return multiply(context, input, scaled, none, output);
  if (c.kind === 'constant') {
    const { tensor } = c;
    const values = floatValues(tensor).map((value) => beta * value);
    const count = elementCount(tensor.shape);
    if (count === 1) return multiply(context, input, scaled, none.fill(values[0] as number), output);
    if (count === weights.outputs && tensor.shape.at(-1) === count) return multiply(context, input, scaled, values, output);
    const sum = multiply(context, input, scaled, none, output);
    return addValues(context, sum, { kind: 'constant', tensor: { ...tensor, type: 'float32', data: values } });
  }
  if (beta !== 1) throw context.unsupported(`beta ${beta} with a C that is computed when the model runs`, 'beta 1');
  const product = multiply({ ...context, builder, outputName: `${context.outputName}/product` }, input, scaled, none, output);
  return addValues(context, product, context.activation(2));
};

/** A times a constant matrix. */
export const matMul: Convert = (context) => {
  const input = context.activation(0);
  const value = context.value(1);
  if (value.kind === 'constant' && value.tensor.shape.length === 1) {
    // A vector is a matrix of one column that is left out afterwards.
    const { shape } = value.tensor;
    const column: OnnxTensor = { ...value.tensor, shape: [...shape, 1] };
    const weights: Matrix = { name: column.name, outputs: 1, depth: shape[0] as number, data: floatValues(column), grid: gridAlong(value.grid, 1) };
    return multiply(context, input, weights, new Float32Array(1), input.shape.slice(0, -1));
  }
  if (input.shape.length === 0) throw context.malformed('a scalar', 'a vector or a matrix');
  const weights = matrix(context, 1, false);
  return multiply(context, input, weights, new Float32Array(weights.outputs), [...input.shape.slice(0, -1), weights.outputs]);
};

/** As it is trained: mean and variance are constants. */
export const batchNormalization: Convert = (context) => {
  const { builder } = context;
  const value = context.activation(0);
  const { shape } = value;
  if (shape.length < 2) throw context.malformed(`an input of shape ${formatShape(shape)}`, 'NxC and more');
  if (context.int('training_mode', 0) !== 0 || context.node.outputs.slice(1).some((name) => name !== '')) {
    throw context.unsupported('batch normalization in training mode', 'inference', 'Call model.eval() before export.');
  }
  if (context.int('spatial', 1) === 0) throw context.unsupported('spatial 0', 'spatial 1');
  const channels = shape[1] as number;
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((position) => {
    const tensor = context.constant(position);
    if (elementCount(tensor.shape) !== channels) throw context.malformed(`${elementCount(tensor.shape)} values in input ${position}`, `${channels}, one per channel`);
    return floatValues(tensor);
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const full = builder.spread(value, []);
  // Other dimensions keep their order.
  const last = full.dims.at(-1) === 1 ? full : builder.arrange(value, [...(shape[0] === 1 ? [0] : [FILLER, 0]), ...upTo(shape.length).slice(2), 1]);
  const epsilon = context.float('epsilon', Math.fround(1e-5));
  const id = builder.emit({ kind: 'batch-norm', inputs: [last.id], scale, offset, mean, variance, epsilon }, context.outputName, physicalShape(shape, last.dims));
  return { ...last, id };
};


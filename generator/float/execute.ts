// SPDX-License-Identifier: Apache-2.0
/** Owns the float reference: a float network executed on real inputs. Values are float32 between operators, sums float64. */

import { assertNever, DefectError } from '../core/errors.js';
import { exp } from '../core/real-functions.js';
import { LimitError, LIMITS, limitText } from '../graph/limits.js';
import type { Padding, TensorId } from '../graph/network.js';
import { elementCount, formatShape, imageSize, TensorShapeError, type Shape } from '../tensor/tensor.js';
import { convolve, convolveDepthwise, type ConvolutionGeometry, type WindowGeometry } from './execute/convolution.js';
import { broadcast, move, type FloatValues } from './execute/moving.js';
import { averagePool, maxPool, meanOverPositions } from './execute/pool.js';
import type { FloatNetwork, FloatOp, FloatPoolOp, FloatWeightedOp } from './network.js';
import { floatTensorById } from './query.js';

/** Every activation and constant of one run, the inputs included. */
export type FloatTensors = ReadonlyMap<TensorId, Float32Array>;

/**
 * Runs a valid float network on one value per input (NHWC, in the order of `network.inputs`).
 * Throws TensorShapeError when an input's size is not the network's, LimitError for more values than memory is taken for.
 */
export function runFloat(network: FloatNetwork, inputs: Float32Array | readonly Float32Array[]): FloatTensors {
  const values = network.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (values > LIMITS.floatRunValues) throw new LimitError(`float network ${network.name}`, `${values} values in all tensors of a run`, `at most ${limitText(LIMITS.floatRunValues)}`, 'Export the model for a smaller input, or quantize it elsewhere: an int8 network may have twice as many.');
  const given = inputs instanceof Float32Array ? [inputs] : inputs;
  const tensors = new Map<TensorId, Float32Array>();
  for (const { id, constant } of network.tensors) if (constant !== undefined) tensors.set(id, constant);
  network.inputs.forEach((id, i) => {
    const { shape } = floatTensorById(network, id);
    const own = given[i];
    if (own?.length !== elementCount(shape)) {
      throw new TensorShapeError(`input ${i} of ${network.name}`, `${own?.length ?? 'no'} values`, `${elementCount(shape)} (${formatShape(shape)})`);
    }
    tensors.set(id, own);
  });
  for (const op of network.ops) {
    const values = op.inputs.map((id): FloatValues => {
      const data = tensors.get(id);
      if (data === undefined) throw new DefectError(`runFloat, ${op.name}`, `tensor ${id} is not computed yet`);
      return { shape: floatTensorById(network, id).shape, data };
    });
    tensors.set(op.outputs[0], runFloatOp(op, values, floatTensorById(network, op.outputs[0]).shape));
  }
  return tensors;
}

/** The network's first output after a run. */
export function floatOutput(network: FloatNetwork, tensors: FloatTensors): Float32Array {
  const values = tensors.get(network.outputs[0] ?? -1);
  if (values === undefined) throw new DefectError('floatOutput', 'the output tensor is not computed');
  return values;
}

/** One operator on its inputs, in the order of `op.inputs`; `shape` is the output's. */
export function runFloatOp(op: FloatOp, inputs: readonly FloatValues[], shape: Shape): Float32Array {
  const [first, second] = inputs;
  if (first === undefined) throw new DefectError(`runFloatOp, ${op.name}`, 'no input');
  const x = first.data;
  switch (op.kind) {
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'fully-connected':
      return clamped(weightedSums(op, first, shape), op);
    case 'add':
    case 'mul': {
      if (second === undefined) throw new DefectError(`runFloatOp, ${op.name}`, 'no second input');
      const [a, b] = [broadcast(first, shape), broadcast(second, shape)];
      return clamped(Float64Array.from(a, (value, i) => (op.kind === 'add' ? value + (b[i] as number) : value * (b[i] as number))), op);
    }
    case 'average-pool':
    case 'max-pool':
      return clamped((op.kind === 'max-pool' ? maxPool : averagePool)(poolGeometry(op, first.shape, shape), x), op);
    case 'mean':
      return Float32Array.from(meanOverPositions(x, imageSize(first.shape).channels));
    case 'batch-norm': {
      const channels = op.scale.length;
      const factor = Float64Array.from(op.scale, (scale, c) => scale / Math.sqrt((op.variance[c] as number) + op.epsilon));
      return x.map((value, i) => (value - (op.mean[i % channels] as number)) * (factor[i % channels] as number) + (op.offset[i % channels] as number));
    }
    case 'relu':
      return clamped(x, op);
    case 'leaky-relu':
      return x.map((value) => (value >= 0 ? value : op.alpha * value));
    case 'logistic':
      return x.map((value) => 1 / (1 + exp(-value)));
    case 'hard-swish':
      return x.map((value) => (value * Math.min(6, Math.max(0, value + 3))) / 6);
    case 'softmax':
      return softmax(x, shape.at(-1) ?? 1, op.beta);
    case 'reshape':
    case 'concatenation':
    case 'pad':
    case 'transpose':
    case 'slice':
    case 'resize-nearest':
      return move(op, inputs, shape);
    default:
      return assertNever(op, 'runFloatOp');
  }
}

function clamped(values: Float32Array | Float64Array, { activationMin, activationMax }: { readonly activationMin: number; readonly activationMax: number }): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    out[i] = value < activationMin ? activationMin : value > activationMax ? activationMax : value;
  }
  return out;
}

const NO_PADDING: Padding = { top: 0, left: 0, bottom: 0, right: 0 };

/** Products and bias of an operator with weights. */
function weightedSums(op: FloatWeightedOp, { shape: from, data }: FloatValues, shape: Shape): Float64Array {
  const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
  const isFlat = op.kind === 'fully-connected';
  const spatial = isFlat
    ? { padding: NO_PADDING, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 }
    : { padding: op.padding, strideHeight: op.strideHeight, strideWidth: op.strideWidth, dilationHeight: op.dilationHeight, dilationWidth: op.dilationWidth };
  const geometry: ConvolutionGeometry = {
    ...spatial,
    kernelHeight,
    kernelWidth,
    input: isFlat ? { height: 1, width: 1, channels: inChannels } : imageSize(from),
    output: isFlat ? { height: 1, width: 1, channels: outChannels } : imageSize(shape),
  };
  const sums = op.kind === 'depthwise-conv2d'
    ? convolveDepthwise(geometry, op.depthMultiplier, data, op.weights.data)
    : convolve(geometry, op.kind === 'conv2d' ? op.groups : 1, data, op.weights.data);
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (op.bias[i % outChannels] as number);
  return sums;
}

function poolGeometry(op: FloatPoolOp, from: Shape, to: Shape): WindowGeometry {
  const { padding, strideHeight, strideWidth, filterHeight: kernelHeight, filterWidth: kernelWidth } = op;
  return { padding, strideHeight, strideWidth, kernelHeight, kernelWidth, input: imageSize(from), output: imageSize(to) };
}

/** Over rows of `length` values. */
function softmax(x: Float32Array, length: number, beta: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += length) {
    const row = Float64Array.from(x.subarray(start, start + length));
    const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((value) => exp(beta * (value - max)));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, i) => { out[start + i] = power / sum; });
  }
  return out;
}

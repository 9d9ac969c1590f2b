// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the golden model: a network executed in plain integers over plain tensors, bit-exact to TFLite's
 * reference (double rounding; single rounding on request). It must never see encoded streams, schedules or instructions.
 */

import { assertNever, DefectError } from '../core/errors.js';
import type { Conv2dOp, DepthwiseConv2dOp, FullyConnectedOp, Network, Op, TensorId } from '../graph/network.js';
import { outputOf, tensorById } from '../graph/query.js';
import { activationTable } from '../quantize/activation-table.js';
import { meanRescaling, mulRescaling } from '../quantize/arithmetic-rescaling.js';
import type { Rounding } from '../quantize/fixed-point.js';
import { addRescaling, requantization, softmaxRescaling } from '../quantize/requantization.js';
import { imageSize, int8Tensor, type Int8Tensor } from '../tensor/tensor.js';
import { addInt8 } from './golden/add.js';
import { convolutionAccumulators, requantizeChannels, weightValues, type ConvolutionGeometry } from './golden/convolution.js';
import { depthwiseAccumulators } from './golden/depthwise.js';
import { lookUpInt8, meanInt8, mulInt8 } from './golden/elementwise.js';
import { groupedAccumulators } from './golden/grouped.js';
import { broadcastInt8, moveInt8 } from './golden/moving.js';
import { averagePoolInt8, maxPoolInt8 } from './golden/pool.js';
import { softmaxInt8 } from './golden/softmax.js';

/** Every tensor of one run, the input included. */
export type GoldenTensors = ReadonlyMap<TensorId, Int8Tensor>;

export interface GoldenOptions {
  /** Default `double`. */
  readonly rounding?: Rounding;
}

/**
 * Runs a valid network with one input on one image (NHWC int8).
 * Throws TensorShapeError when the image's size is not the input's.
 */
export function runGolden(network: Network, input: Int8Array, options: GoldenOptions = {}): GoldenTensors {
  const [inputId] = network.inputs;
  if (inputId === undefined || network.inputs.length !== 1) {
    throw new DefectError('runGolden', `a network with ${network.inputs.length} inputs`);
  }
  const tensors = new Map<TensorId, Int8Tensor>();
  tensors.set(inputId, int8Tensor(tensorById(network, inputId).shape, input));
  for (const op of network.ops) {
    const inputs = op.inputs.map((id) => {
      const tensor = tensors.get(id);
      if (tensor === undefined) throw new DefectError(`runGolden, ${op.name}`, `tensor ${id} is not computed yet`);
      return tensor;
    });
    tensors.set(op.outputs[0], runGoldenOp(network, op, inputs, options));
  }
  return tensors;
}

/** The network's first output after a golden run. */
export function goldenOutput(network: Network, tensors: GoldenTensors): Int8Tensor {
  const tensor = tensors.get(network.outputs[0] ?? -1);
  if (tensor === undefined) throw new DefectError('goldenOutput', 'the output tensor is not computed');
  return tensor;
}

/** One operator on its input tensors, in the order of `op.inputs`. */
export function runGoldenOp(network: Network, op: Op, inputs: readonly Int8Tensor[], { rounding = 'double' }: GoldenOptions = {}): Int8Tensor {
  const { shape } = outputOf(network, op);
  const [first, second] = inputs;
  if (first === undefined) throw new DefectError(`runGoldenOp, ${op.name}`, 'no input tensor');
  switch (op.kind) {
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'fully-connected': {
      const accumulators = goldenAccumulators(network, op, first);
      return int8Tensor(shape, requantizeChannels(accumulators, requantization(network, op), rounding));
    }
    case 'add': {
      if (second === undefined) throw new DefectError(`runGoldenOp, ${op.name}`, 'no second input tensor');
      const [a, b] = [broadcastInt8(first, shape), broadcastInt8(second, shape)];
      return int8Tensor(shape, addInt8(a.data, b.data, addRescaling(network, op), rounding));
    }
    case 'mul': {
      if (second === undefined) throw new DefectError(`runGoldenOp, ${op.name}`, 'no second input tensor');
      const [a, b] = [broadcastInt8(first, shape), broadcastInt8(second, shape)];
      return int8Tensor(shape, mulInt8(a.data, b.data, mulRescaling(network, op), rounding));
    }
    case 'mean':
      return int8Tensor(shape, meanInt8(first.data, imageSize(first.shape).channels, meanRescaling(network, op), rounding));
    case 'requantize':
    case 'relu':
    case 'leaky-relu':
    case 'logistic':
    case 'hard-swish':
      return int8Tensor(shape, lookUpInt8(first.data, activationTable(network, op, rounding)));
    case 'average-pool': {
      const geometry = { ...op, input: imageSize(first.shape), output: imageSize(shape) };
      return int8Tensor(shape, averagePoolInt8(geometry, first.data, op.legacyUint8 === true ? 'up' : 'away'));
    }
    case 'max-pool':
      return int8Tensor(shape, maxPoolInt8({ ...op, input: imageSize(first.shape), output: imageSize(shape) }, first.data));
    case 'reshape':
    case 'concatenation':
    case 'pad':
    case 'transpose':
    case 'slice':
    case 'resize-nearest':
      return moveInt8(op, inputs, shape);
    case 'softmax':
      return int8Tensor(shape, softmaxInt8(first.data, shape[shape.length - 1] ?? 1, softmaxRescaling(network, op)));
    default:
      return assertNever(op, 'runGoldenOp');
  }
}

/** int32 accumulators of a weighted operator before requantization, bias included, channel innermost. */
export function goldenAccumulators(
  network: Network,
  op: Conv2dOp | DepthwiseConv2dOp | FullyConnectedOp,
  input: Int8Tensor,
): Int32Array {
  const { zeroPoint } = tensorById(network, op.inputs[0]).quantization;
  const { bias } = op;
  const weights = weightValues(op.weights);
  const geometry = geometryOf(network, op, input);
  if (op.kind === 'depthwise-conv2d') return depthwiseAccumulators(geometry, op.depthMultiplier, input.data, zeroPoint, weights, bias);
  if (op.kind === 'conv2d' && op.groups > 1) return groupedAccumulators(geometry, op.groups, input.data, zeroPoint, weights, bias);
  return convolutionAccumulators(geometry, input.data, zeroPoint, weights, bias);
}

function geometryOf(
  network: Network,
  op: Conv2dOp | DepthwiseConv2dOp | FullyConnectedOp,
  input: Int8Tensor,
): ConvolutionGeometry {
  const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
  const kernel = { kernelHeight, kernelWidth };
  if (op.kind === 'fully-connected') {
    return {
      ...kernel,
      input: { height: 1, width: 1, channels: inChannels },
      output: { height: 1, width: 1, channels: outChannels },
      padding: { top: 0, left: 0, bottom: 0, right: 0 },
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
    };
  }
  const { padding, strideHeight, strideWidth, dilationHeight, dilationWidth } = op;
  const output = imageSize(outputOf(network, op).shape);
  return { ...kernel, input: imageSize(input.shape), output, padding, strideHeight, strideWidth, dilationHeight, dilationWidth };
}

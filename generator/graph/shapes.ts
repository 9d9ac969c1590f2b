// SPDX-License-Identifier: Apache-2.0
/** Owns shape inference and SAME / VALID padding; throws RangeError with a sentence, which validation collects. */

import { assertNever } from '../core/errors.js';
import { elementCount, formatShape, imageSize, type ImageSize, type Shape } from '../tensor/tensor.js';
import { broadcastShape, concatenatedShape, movedShape } from './moving-shapes.js';
import type { AveragePoolOp, MaxPoolOp, Op, Padding } from './network.js';

/** Extent of a kernel with its dilation gaps. */
export const dilatedExtent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** Output positions of a sliding window; 0 or less when the window does not fit. */
export const windowCount = (input: number, before: number, after: number, extent: number, stride: number): number =>
  Math.floor((input + before + after - extent) / stride) + 1;

/** TensorFlow's SAME padding of one dimension: output = ceil(input / stride), the odd one goes after. */
export function samePadding(input: number, extent: number, stride: number): readonly [before: number, after: number] {
  const outputs = Math.ceil(input / stride);
  const total = Math.max(0, (outputs - 1) * stride + extent - input);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

interface WindowGeometry {
  readonly padding: Padding;
  readonly strideHeight: number;
  readonly strideWidth: number;
}

/** The image that a spatial operator reads: 1 x H x W x C, or 1 x C as one pixel. */
function spatialSize(shape: Shape): ImageSize {
  if (shape.length !== 2 && shape.length !== 4) throw new RangeError(`reads ${formatShape(shape)} as an image`);
  return imageSize(shape);
}

function slide(geometry: WindowGeometry, input: Shape, extentHeight: number, extentWidth: number, channels: number): Shape {
  const { height, width } = spatialSize(input);
  const { top, bottom, left, right } = geometry.padding;
  const outHeight = windowCount(height, top, bottom, extentHeight, geometry.strideHeight);
  const outWidth = windowCount(width, left, right, extentWidth, geometry.strideWidth);
  if (outHeight < 1 || outWidth < 1) {
    throw new RangeError(`a window of ${extentHeight}x${extentWidth} does not fit the padded input ${formatShape(input)}`);
  }
  return [1, outHeight, outWidth, channels];
}

/** A window that holds padding alone has neither mean nor maximum. */
function pooledShape(op: AveragePoolOp | MaxPoolOp, input: Shape): Shape {
  const { height, width, channels } = spatialSize(input);
  const output = slide(op, input, op.filterHeight, op.filterWidth, channels);
  const holdsValues = (size: number, outputs: number, stride: number, before: number, filter: number): boolean => before < filter && (outputs - 1) * stride - before < size;
  const { top, left } = op.padding;
  if (!holdsValues(height, output[1] as number, op.strideHeight, top, op.filterHeight) || !holdsValues(width, output[2] as number, op.strideWidth, left, op.filterWidth)) {
    throw new RangeError(`a window of ${op.filterHeight}x${op.filterWidth} on ${formatShape(input)} holds padding alone`);
  }
  return output;
}

/**
 * The output shape that an operator gives for these input shapes. `declared`, the output tensor's own, is used by
 * operators whose size it states: reshape, mean, slice, resize, fully connected. Throws RangeError (or TensorShapeError) whose message says what does not fit.
 */
export function inferOutputShape(op: Op, inputs: readonly Shape[], declared: Shape): Shape {
  const [first, second] = inputs;
  if (first === undefined) throw new RangeError('it has no input');
  switch (op.kind) {
    case 'conv2d': {
      const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
      const { channels } = spatialSize(first);
      if (channels !== inChannels * op.groups) {
        const found = op.groups === 1 ? `${inChannels}` : `${op.groups} groups of ${inChannels}`;
        throw new RangeError(`weights read ${found} input channels, the input has ${channels}`);
      }
      if (outChannels % op.groups !== 0) throw new RangeError(`${outChannels} output channels do not divide into ${op.groups} groups`);
      return slide(op, first, dilatedExtent(kernelHeight, op.dilationHeight), dilatedExtent(kernelWidth, op.dilationWidth), outChannels);
    }
    case 'depthwise-conv2d': {
      const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
      const { channels } = spatialSize(first);
      if (inChannels !== 1 || channels * op.depthMultiplier !== outChannels) {
        throw new RangeError(`${outChannels} depthwise filters for ${channels} channels x multiplier ${op.depthMultiplier}`);
      }
      return slide(op, first, dilatedExtent(kernelHeight, op.dilationHeight), dilatedExtent(kernelWidth, op.dilationWidth), outChannels);
    }
    case 'fully-connected': {
      const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
      if (kernelHeight !== 1 || kernelWidth !== 1) throw new RangeError(`fully connected weights have kernel ${kernelHeight}x${kernelWidth}`);
      if (elementCount(first) !== inChannels) {
        throw new RangeError(`weights read ${inChannels} inputs, the input has ${elementCount(first)} (${formatShape(first)})`);
      }
      // The option to keep dimensions leaves ones before the channels.
      return elementCount(declared) === outChannels && declared.at(-1) === outChannels ? declared : [1, outChannels];
    }
    case 'average-pool':
    case 'max-pool':
      return pooledShape(op, first);
    case 'add':
    case 'mul':
      if (second === undefined) throw new RangeError('it has no second input');
      return broadcastShape(first, second);
    case 'mean': {
      const { channels } = spatialSize(first);
      return declared.length === 2 ? [1, channels] : [1, 1, 1, channels];
    }
    case 'concatenation':
      return concatenatedShape(op.axis, inputs);
    case 'pad':
    case 'transpose':
    case 'slice':
      return movedShape(op, first, declared);
    case 'resize-nearest': {
      const { channels } = spatialSize(first);
      if (first.length !== 4 || declared.length !== 4) throw new RangeError(`resizes ${formatShape(first)} to ${formatShape(declared)}`);
      return [1, declared[1] as number, declared[2] as number, channels];
    }
    case 'reshape':
      if (elementCount(first) !== elementCount(declared)) {
        throw new RangeError(`reshapes ${formatShape(first)} to ${formatShape(declared)}`);
      }
      return declared;
    case 'softmax':
    case 'requantize':
    case 'relu':
    case 'leaky-relu':
    case 'logistic':
    case 'hard-swish':
      return first;
    default:
      return assertNever(op, 'inferOutputShape');
  }
}

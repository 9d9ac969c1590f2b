// SPDX-License-Identifier: Apache-2.0
/** Owns what the array sees of an operator: one convolution with its mask and requantization; knows no buffer. */
import { NO_PADDING, type Conv2dOp, type FullyConnectedOp, type Network, type Padding, type TensorId } from '../graph/network.js';
import { inputOf, isPlainConvolution, outputOf } from '../graph/query.js';
import { MaskShapeError } from '../prune/errors.js';
import type { PruneResult } from '../prune/prune.js';
import { requantization, type Requantization } from '../quantize/requantization.js';
import { imageSize, type ImageSize } from '../tensor/tensor.js';

export type ArrayOp = Conv2dOp | FullyConnectedOp;

/** Grouped convolutions and weights with a zero point are the host's. */
export const isArrayOp = isPlainConvolution;

/** Two numbers, one per image dimension. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

/** One convolution on the array. Weights and mask are OHWI with I = input channels. */
export interface ArrayLayer {
  readonly name: string;
  readonly op: ArrayOp;
  readonly inputId: TensorId;
  readonly outputId: TensorId;
  /** The input as the array sees it; rows and columns that no output reads are left out. */
  readonly input: ImageSize;
  /** Rows (columns) of the tensor in memory from one input row (column) to the next. */
  readonly inputStep: Extent;
  readonly output: ImageSize;
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly dilation: Extent;
  readonly padding: Padding;
  readonly weights: Int8Array;
  /** 1 = kept slot; undefined: every weight is kept. */
  readonly mask: Uint8Array | undefined;
  readonly bias: Int32Array;
  readonly requant: Requantization;
}

const ONE: Extent = { height: 1, width: 1 };

/**
 * Reads an operator as a convolution. Fully connected over an h x w x c input is a convolution with an h x w kernel
 * and one output pixel: its flat weights are OHWI already, so any channel padding of the input is skipped.
 * Pixels of at least `burstBytes` may be fetched one by one. Throws MaskShapeError.
 */
export function arrayLayer(network: Network, op: ArrayOp, prune: PruneResult | undefined, burstBytes = Infinity): ArrayLayer {
  const input = imageSize(inputOf(network, op).shape);
  const output = imageSize(outputOf(network, op).shape);
  const mask = prune?.masks.get(op.name);
  if (mask !== undefined && mask.length !== op.weights.data.length) {
    throw new MaskShapeError(op.name, mask.length, op.weights.data.length);
  }
  const common = {
    name: op.name, op, inputId: op.inputs[0], outputId: op.outputs[0], input, inputStep: ONE, output,
    weights: op.weights.data, mask, bias: op.bias, requant: requantization(network, op),
  };
  if (op.kind === 'fully-connected') {
    return { ...common, kernel: { height: input.height, width: input.width }, stride: ONE, dilation: ONE, padding: NO_PADDING };
  }
  return skipUnread(
    {
      ...common,
      kernel: { height: op.weights.shape[1], width: op.weights.shape[2] },
      stride: { height: op.strideHeight, width: op.strideWidth },
      dilation: { height: op.dilationHeight, width: op.dilationWidth },
      padding: op.padding,
    },
    burstBytes,
  );
}

/**
 * A kernel of one row that strides over rows never reads those between: they are not loaded, and the layer has stride 1.
 * Columns likewise, where a pixel is long enough to be fetched alone.
 */
function skipUnread(layer: ArrayLayer, burstBytes: number): ArrayLayer {
  const { input, output, kernel, stride, padding } = layer;
  const skipsRows = kernel.height === 1 && padding.top === 0 && (output.height - 1) * stride.height < input.height;
  const skipsColumns = kernel.width === 1 && padding.left === 0 && (output.width - 1) * stride.width < input.width && input.channels >= burstBytes;
  const height = skipsRows ? stride.height : 1;
  const width = skipsColumns ? stride.width : 1;
  return {
    ...layer,
    inputStep: { height, width },
    input: { ...input, height: height === 1 ? input.height : output.height, width: width === 1 ? input.width : output.width },
    stride: { height: stride.height / height, width: stride.width / width },
  };
}

/** Input rows (columns) that a window of `outputs` positions covers. */
export const windowExtent = (outputs: number, stride: number, kernel: number, dilation: number): number =>
  (outputs - 1) * stride + (kernel - 1) * dilation + 1;

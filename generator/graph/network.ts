// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the network IR: activation tensors and operators as plain readonly data.
 * Everything is resolved to numbers here (padding, clamps, strides); no file format and no hardware.
 */

import type { Shape } from '../tensor/tensor.js';

/** Index into `Network.tensors`. */
export type TensorId = number;

/** real = scale * (q - zeroPoint). `scale` is a float32 value, kept in a double. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** An int8 activation: NHWC with N = 1 (1 x H x W x C), or 1 x C after flattening. */
export interface ActivationTensor {
  readonly id: TensorId;
  readonly name: string;
  readonly shape: Shape;
  readonly quantization: Quantization;
}

/** Rows and columns added around the input; always non-negative and resolved (no SAME / VALID). */
export interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * int8 weights in OHWI order: output channel, kernel row, kernel column, input channel.
 * `scales` has one float32 value per output channel, or one for the whole tensor.
 * Fully connected weights have kernel 1 x 1. Depthwise weights have I = 1.
 */
export interface Weights {
  readonly name: string;
  readonly layout: 'OHWI';
  readonly shape: readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];
  readonly data: Int8Array;
  readonly scales: readonly number[];
  /** real = scale * (q - zeroPoint). 0 unless the model is a legacy one with asymmetric weights. */
  readonly zeroPoint: number;
}

/** The int8 range that the fused activation leaves; -128..127 when there is none. */
export interface Clamp {
  readonly activationMin: number;
  readonly activationMax: number;
}

export interface Stride {
  readonly strideHeight: number;
  readonly strideWidth: number;
}

export interface Dilation {
  readonly dilationHeight: number;
  readonly dilationWidth: number;
}

interface OpBase<Kind extends string, Inputs extends readonly TensorId[]> {
  readonly kind: Kind;
  /** Unique in the network and short: `conv2d_1`. Shown in tables, used in `--keep conv2d_1=4`. */
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: readonly [TensorId];
  /**
   * The operator was uint8 in its file, and q here is q there - 128. Where TFLite's uint8 kernel rounds otherwise
   * than its int8 kernel, the uint8 arithmetic holds: ties of average pooling, float32 product of the scales.
   */
  readonly legacyUint8?: true;
}

/** What every operator with weights has in common. `bias` is int32, one value per output channel. */
interface Weighted extends Clamp {
  readonly weights: Weights;
  readonly bias: Int32Array;
}

/** Output channel o reads the input channels of group floor(o / (output channels / groups)) alone; I = input channels / groups. */
export interface Conv2dOp extends OpBase<'conv2d', readonly [TensorId]>, Weighted, Stride, Dilation {
  readonly padding: Padding;
  readonly groups: number;
}

/** Output channel o reads input channel floor(o / depthMultiplier). */
export interface DepthwiseConv2dOp
  extends OpBase<'depthwise-conv2d', readonly [TensorId]>, Weighted, Stride, Dilation {
  readonly padding: Padding;
  readonly depthMultiplier: number;
}

/** The input is flattened row-major; weights are O x 1 x 1 x (flattened input). */
export interface FullyConnectedOp extends OpBase<'fully-connected', readonly [TensorId]>, Weighted {}

/** Element-wise sum; a dimension of 1 is repeated along the other input. */
export interface AddOp extends OpBase<'add', readonly [TensorId, TensorId]>, Clamp {}

/** Element-wise product; a dimension of 1 is repeated along the other input. */
export interface MulOp extends OpBase<'mul', readonly [TensorId, TensorId]>, Clamp {}

interface PoolWindow extends Clamp, Stride {
  readonly padding: Padding;
  readonly filterHeight: number;
  readonly filterWidth: number;
}

/** Padded positions do not count in the divisor. */
export interface AveragePoolOp extends OpBase<'average-pool', readonly [TensorId]>, PoolWindow {}

export interface MaxPoolOp extends OpBase<'max-pool', readonly [TensorId]>, PoolWindow {}

/** Mean of each channel over rows and columns, with a scale of its own: 1 x H x W x C -> 1 x 1 x 1 x C or 1 x C. */
export interface MeanOp extends OpBase<'mean', readonly [TensorId]> {}

/** Another scale and zero point. */
export interface RequantizeOp extends OpBase<'requantize', readonly [TensorId]> {}

/** A clamp that is not fused into another operator: ReLU, ReLU6, ReLU-1-to-1; its output may have another scale. */
export interface ReluOp extends OpBase<'relu', readonly [TensorId]>, Clamp {}

/** x where x >= 0, else alpha * x; alpha is a float32 value. */
export interface LeakyReluOp extends OpBase<'leaky-relu', readonly [TensorId]> {
  readonly alpha: number;
}

/** 1 / (1 + e^-x); the output has scale 1/256 and zero point -128. */
export interface LogisticOp extends OpBase<'logistic', readonly [TensorId]> {}

/** x * relu6(x + 3) / 6. */
export interface HardSwishOp extends OpBase<'hard-swish', readonly [TensorId]> {}

/** Joins tensors along one dimension. */
export interface ConcatenationOp extends OpBase<'concatenation', readonly [TensorId, ...TensorId[]]> {
  readonly axis: number;
}

/** Elements with the int8 `value` before and after each dimension. */
export interface PadOp extends OpBase<'pad', readonly [TensorId]> {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

/** Output dimension d is input dimension permutation[d]. */
export interface TransposeOp extends OpBase<'transpose', readonly [TensorId]> {
  readonly permutation: readonly number[];
}

/** Output position p is input position begin + p * strides; the extent is the output tensor's. */
export interface SliceOp extends OpBase<'slice', readonly [TensorId]> {
  readonly begin: readonly number[];
  readonly strides: readonly number[];
}

/** Rows and columns by nearest neighbour; the size is the output tensor's. */
export interface ResizeNearestOp extends OpBase<'resize-nearest', readonly [TensorId]> {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Same elements, same order; the shape is the output tensor's. */
export interface ReshapeOp extends OpBase<'reshape', readonly [TensorId]> {}

/** Over the last dimension. */
export interface SoftmaxOp extends OpBase<'softmax', readonly [TensorId]> {
  readonly beta: number;
}

export type Op =
  | Conv2dOp
  | DepthwiseConv2dOp
  | FullyConnectedOp
  | AddOp
  | AveragePoolOp
  | MaxPoolOp
  | ReshapeOp
  | SoftmaxOp
  | MulOp
  | MeanOp
  | TableOp
  | ConcatenationOp
  | PadOp
  | TransposeOp
  | SliceOp
  | ResizeNearestOp;

/** Operators on single values: an output value depends on one input value alone, so 256 entries say all. */
export type TableOp = RequantizeOp | ReluOp | LeakyReluOp | LogisticOp | HardSwishOp;

export type OpKind = Op['kind'];

/** Operators that move values and change none; input and output have one scale and zero point. */
export type MovingOp = ReshapeOp | ConcatenationOp | PadOp | TransposeOp | SliceOp | ResizeNearestOp;

/** Operators that have weights and a requantizer. */
export type WeightedOp = Conv2dOp | DepthwiseConv2dOp | FullyConnectedOp;

export interface Network {
  readonly name: string;
  /** True when the weights are random: such a network has no accuracy. */
  readonly synthetic: boolean;
  /** `tensors[id].id === id`. */
  readonly tensors: readonly ActivationTensor[];
  /** In execution order: an operator's inputs are network inputs or outputs of earlier operators. */
  readonly ops: readonly Op[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

export const NO_CLAMP: Clamp = { activationMin: -128, activationMax: 127 };

export const NO_PADDING: Padding = { top: 0, left: 0, bottom: 0, right: 0 };

export const isWeighted = (op: Op): op is WeightedOp =>
  op.kind === 'conv2d' || op.kind === 'depthwise-conv2d' || op.kind === 'fully-connected';

/** Short stem of the unique operator names: `${OP_STEMS[kind]}_${n}`, n from 1 per kind. */
export const OP_STEMS: Readonly<Record<OpKind, string>> = {
  'conv2d': 'conv2d',
  'depthwise-conv2d': 'depthwise',
  'fully-connected': 'fc',
  'add': 'add',
  'average-pool': 'avgpool',
  'max-pool': 'maxpool',
  'reshape': 'reshape',
  'softmax': 'softmax',
  'mul': 'mul',
  'mean': 'mean',
  'requantize': 'requantize',
  'relu': 'relu',
  'leaky-relu': 'leakyrelu',
  'logistic': 'logistic',
  'hard-swish': 'hardswish',
  'concatenation': 'concat',
  'pad': 'pad',
  'transpose': 'transpose',
  'slice': 'slice',
  'resize-nearest': 'resize',
};

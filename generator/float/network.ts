// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the IR of float networks: the operators of the integer IR with float32 weights, real clamps and constants.
 * Every importer of float models gives it; folding, pruning, calibration and quantization read it. No file format.
 */

import type {
  AddOp, AveragePoolOp, ConcatenationOp, Conv2dOp, DepthwiseConv2dOp, FullyConnectedOp, HardSwishOp, LeakyReluOp, LogisticOp, MaxPoolOp, MeanOp,
  MulOp, PadOp, ReluOp, ReshapeOp, ResizeNearestOp, SliceOp, SoftmaxOp, TensorId, TransposeOp,
} from '../graph/network.js';
import { OP_STEMS } from '../graph/network.js';
import type { Shape } from '../tensor/tensor.js';

/** A float32 tensor, NHWC with N = 1. An activation, unless it has `constant` values: then an operand that no operator writes. */
export interface FloatTensor {
  readonly id: TensorId;
  readonly name: string;
  readonly shape: Shape;
  readonly constant?: Float32Array;
}

/** float32 weights in OHWI order; depthwise has I = 1, fully connected a kernel of 1 x 1. */
export interface FloatWeights {
  readonly name: string;
  readonly layout: 'OHWI';
  readonly shape: readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];
  readonly data: Float32Array;
  /** Where the file has integers: the weights of output channel o are whole multiples of steps[o]. Quantization keeps such steps. */
  readonly steps?: readonly number[];
}

/** What differs from the integer operator: weights and bias in float32. Clamps and pad values are real; no clamp is -Infinity..Infinity. */
type Weighted<O> = Omit<O, 'weights' | 'bias' | 'legacyUint8'> & { readonly weights: FloatWeights; readonly bias: Float32Array };

type Plain<O> = Omit<O, 'legacyUint8'>;

export type FloatConv2dOp = Weighted<Conv2dOp>;
export type FloatDepthwiseConv2dOp = Weighted<DepthwiseConv2dOp>;
export type FloatFullyConnectedOp = Weighted<FullyConnectedOp>;
export type FloatWeightedOp = FloatConv2dOp | FloatDepthwiseConv2dOp | FloatFullyConnectedOp;

/** scale * (x - mean) / sqrt(variance + epsilon) + offset, one value of each per channel (the last dimension). */
export interface BatchNormOp {
  readonly kind: 'batch-norm';
  readonly name: string;
  readonly inputs: readonly [TensorId];
  readonly outputs: readonly [TensorId];
  readonly scale: Float32Array;
  readonly offset: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** One operand of add and mul may be a constant tensor. */
export type FloatAddOp = Plain<AddOp>;
export type FloatMulOp = Plain<MulOp>;
export type FloatPoolOp = Plain<AveragePoolOp> | Plain<MaxPoolOp>;
export type FloatUnaryOp = Plain<ReluOp> | Plain<LeakyReluOp> | Plain<LogisticOp> | Plain<HardSwishOp>;
export type FloatMovingOp = Plain<ReshapeOp> | Plain<ConcatenationOp> | Plain<PadOp> | Plain<TransposeOp> | Plain<SliceOp> | Plain<ResizeNearestOp>;

export type FloatOp =
  | FloatWeightedOp
  | FloatAddOp
  | FloatMulOp
  | FloatPoolOp
  | FloatUnaryOp
  | FloatMovingOp
  | Plain<MeanOp>
  | Plain<SoftmaxOp>
  | BatchNormOp;

export type FloatOpKind = FloatOp['kind'];

export interface FloatNetwork {
  readonly name: string;
  /** `tensors[id].id === id`. */
  readonly tensors: readonly FloatTensor[];
  /** In execution order. */
  readonly ops: readonly FloatOp[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** The real range that a fused activation leaves. */
export const NO_REAL_CLAMP = { activationMin: -Infinity, activationMax: Infinity } as const;

export const isFloatWeighted = (op: FloatOp): op is FloatWeightedOp =>
  op.kind === 'conv2d' || op.kind === 'depthwise-conv2d' || op.kind === 'fully-connected';

const FLOAT_OP_STEMS: Readonly<Record<FloatOpKind, string>> = { ...OP_STEMS, 'batch-norm': 'batchnorm' };

/** Gives operators their unique names, as in integer networks: `conv2d_1`, `conv2d_2`, `batchnorm_1`. */
export function createFloatOpNamer(): (kind: FloatOpKind) => string {
  const counts = new Map<FloatOpKind, number>();
  return (kind) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${FLOAT_OP_STEMS[kind]}_${count}`;
  };
}

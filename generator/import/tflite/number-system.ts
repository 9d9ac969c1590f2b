// SPDX-License-Identifier: Apache-2.0
/** Owns what integer and float models differ in when an operator is converted: the values of tensors, weights, biases and clamps. */

import type { FloatTensor, FloatWeights } from '../../float/network.js';
import type { ActivationTensor, Clamp, Op, RequantizeOp, Weights } from '../../graph/network.js';
import type { TfliteOperator, TfliteTensor } from './schema.js';

/** The dimension that the scales of a per-channel tensor belong to, and the order of the data. */
export type WeightOrder = 'OHWI' | '1HWO' | 'OI';

export interface Int8Numbers {
  readonly tensor: ActivationTensor;
  readonly weights: Weights;
  readonly bias: Int32Array;
}

export interface Float32Numbers {
  readonly tensor: FloatTensor;
  readonly weights: FloatWeights;
  readonly bias: Float32Array;
}

export type Numbers = Int8Numbers | Float32Numbers;

/** An operator of the integer IR whose weights and bias are of another kind. */
type WithNumbers<O, N extends Numbers> = O extends { readonly weights: Weights }
  ? Omit<O, 'weights' | 'bias'> & { readonly weights: N['weights']; readonly bias: N['bias'] }
  : O;

/** What one conversion gives in both number systems. */
export type ParsedOp<N extends Numbers> = WithNumbers<Exclude<Op, RequantizeOp>, N>;

/** How one number system reads a file. Errors are the importer's. */
export interface NumberSystem<N extends Numbers> {
  /** Whether add and mul take a constant operand. */
  readonly constantOperands: boolean;
  tensor(tensor: TfliteTensor, id: number): N['tensor'];
  weights(tensor: TfliteTensor, order: WeightOrder): N['weights'];
  /** A missing bias is zeros. */
  bias(tensor: TfliteTensor | undefined, outChannels: number): N['bias'];
  /** The range that fused activation number `code` leaves. */
  clamp(operator: TfliteOperator, code: number, output: N['tensor']): Clamp;
  /** The value that PADV2 names, or the one that stands for zero. */
  padValue(value: TfliteTensor | undefined, output: N['tensor']): number;
  /** Throws unless the output has the scale of probabilities. */
  checkProbability(operator: TfliteOperator, output: N['tensor'], isUint8: boolean): void;
}

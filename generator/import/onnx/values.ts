// SPDX-License-Identifier: Apache-2.0
/** Owns what a name of an ONNX graph stands for: a constant, or an activation with the order of its dimensions in memory. */

import type { Quantization, TensorId } from '../../graph/network.js';
import { stridesOf, type Shape } from '../../tensor/tensor.js';
import { valuesOf, type OnnxTensor } from './tensors.js';

/** Where the 8-bit values of a dequantized constant lie: real = scales[c] * (q - zeroPoints[c]), c along `axis`. */
export interface Grid {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** Undefined when one scale holds for all. */
  readonly axis: number | undefined;
  /** Values were uint8. */
  readonly isUnsigned: boolean;
}

export interface ConstantValue {
  readonly kind: 'constant';
  readonly tensor: OnnxTensor;
  readonly grid?: Grid;
  /** The scale or zero point that this output of DynamicQuantizeLinear has when the model runs; its values here are 1 or 0. */
  readonly dynamic?: string;
}

/** No dimension of the ONNX tensor: size 1. */
export const FILLER = -1;

/**
 * A tensor of the network that holds an ONNX tensor. Dimension p of the network's tensor is dimension dims[p] of `shape`, or FILLER;
 * every dimension of more than 1 is named exactly once, others need not be. The first is always of size 1.
 */
export interface ActivationValue {
  readonly kind: 'activation';
  readonly id: TensorId;
  readonly shape: Shape;
  readonly dims: readonly number[];
  /** Between QuantizeLinear and DequantizeLinear, or an input that is not float32. */
  readonly integer?: { readonly type: string; readonly quantization: Quantization | undefined; readonly dynamic?: string };
  /** Sums that the model multiplies by the scale of this output of DynamicQuantizeLinear. */
  readonly unscaled?: string;
}

export type Value = ConstantValue | ActivationValue;

export const sizeAt = (shape: Shape, dim: number): number => (dim === FILLER ? 1 : (shape[dim] as number));

export const physicalShape = (shape: Shape, dims: readonly number[]): Shape => dims.map((dim) => sizeAt(shape, dim));

/** The named dimensions of more than 1, in their order in memory. */
export const wideDims = (shape: Shape, dims: readonly number[]): number[] => dims.filter((dim) => sizeAt(shape, dim) > 1);

/** 0, 1, 2 ... */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The dimensions in their own order, behind a filler unless the first is of size 1; two places at least. */
export const inOwnOrder = (shape: Shape): number[] => {
  const dims = shape[0] === 1 ? upTo(shape.length) : [FILLER, ...upTo(shape.length)];
  return dims.length < 2 ? [FILLER, ...dims] : dims;
};

/** Channels last, as images and rows of samples are here; batch 1. */
export const channelsLast = (rank: number): number[] => (rank === 3 ? [0, FILLER, 2, 1] : [0, ...upTo(rank - 2).map((d) => d + 2), 1]);

/** Numbers from where an output position's value comes: data of `shape` rearranged to the dimensions `dims`. */
export function rearranged<T extends OnnxTensor['data']>(data: T, shape: Shape, dims: readonly number[]): T {
  const own = stridesOf(shape);
  const to = physicalShape(shape, dims);
  const steps = dims.map((dim) => (dim === FILLER ? 0 : (own[dim] as number)));
  const out = new (data.constructor as new (length: number) => T)(data.length);
  const position = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from] as number;
    for (let d = to.length - 1; d >= 0; d--) {
      from += steps[d] as number;
      position[d] = (position[d] as number) + 1;
      if ((position[d] as number) < (to[d] as number)) break;
      from -= (to[d] as number) * (steps[d] as number);
      position[d] = 0;
    }
  }
  return out;
}

/** A constant as float32, rearranged to the dimensions `dims`. */
export const floatValues = ({ shape, data }: OnnxTensor, dims: readonly number[] = upTo(shape.length)): Float32Array =>
  rearranged(valuesOf('float32', data) as Float32Array, shape, dims);

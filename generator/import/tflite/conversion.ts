// SPDX-License-Identifier: Apache-2.0
/** Owns what every conversion of a TFLite operator shares: its context, options and padding. */

import type { Clamp, Op, OpKind, Padding, Stride, TensorId } from '../../graph/network.js';
import { samePadding } from '../../graph/shapes.js';
import { imageSize, type ImageSize, type Shape } from '../../tensor/tensor.js';
import { MalformedTfliteError, UnsupportedOperatorError } from './errors.js';
import type { FlatTable } from './flat-table.js';
import type { Int8Numbers, Numbers, ParsedOp, WeightOrder } from './number-system.js';
import type { TfliteOperator, TfliteTensor } from './schema.js';

/** What a conversion may ask of the model around the operator. */
export interface OperatorContext<N extends Numbers> {
  /** The operator's input tensor number `position`, which must exist in the file. */
  constant(position: number): TfliteTensor;
  /** The same, or undefined when the operator leaves it out (index -1 or a shorter list). */
  optional(position: number): TfliteTensor | undefined;
  /** Input number `position` as an activation of the network. */
  activation(position: number): N['tensor'];
  /** The same; a constant too where the number system has constant operands. */
  operand(position: number): N['tensor'];
  weights(position: number, order: WeightOrder): N['weights'];
  bias(position: number, outChannels: number): N['bias'];
  clamp(code: number): Clamp;
  padValue(position: number): number;
  checkProbability(): void;
  /** All outputs; `output` is the only one, and an operator with several is malformed. */
  readonly outputs: readonly N['tensor'][];
  readonly output: N['tensor'];
  /** Marks an operator on uint8 tensors. */
  readonly legacy: Pick<Op, 'legacyUint8'>;
  /** The unique name of the operator. */
  name(kind: OpKind): string;
}

/** One operator of the file, usually one of the network. */
export type Convert = <N extends Numbers>(operator: TfliteOperator, context: OperatorContext<N>) => ParsedOp<N> | readonly ParsedOp<N>[];

/** An operator that integer models alone have. */
export type Int8Convert = (operator: TfliteOperator, context: OperatorContext<Int8Numbers>) => Op;

/** What every operator of the network has beside its inputs; one output unless another is named. */
export const base = <Kind extends OpKind, N extends Numbers>(
  kind: Kind, context: OperatorContext<N>, output: N['tensor'] = context.output,
): { kind: Kind; name: string; outputs: readonly [TensorId]; legacyUint8?: true } => ({
  kind,
  name: context.name(kind),
  outputs: [output.id],
  ...context.legacy,
});

export function options(operator: TfliteOperator, type: number): FlatTable {
  if (operator.options === undefined || operator.optionsType !== type) {
    throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `options of type ${operator.optionsType}`, `options of type ${type}`);
  }
  return operator.options;
}

/** SAME (0) or VALID (1), as numbers. */
export function paddingOf(operator: TfliteOperator, code: number, input: ImageSize, extents: readonly [number, number], stride: Stride): Padding {
  if (code === 1) return { top: 0, left: 0, bottom: 0, right: 0 };
  // What is no stride or window is said of the stride or window.
  if (![stride.strideHeight, stride.strideWidth, ...extents].every((count) => count >= 1)) return { top: 0, left: 0, bottom: 0, right: 0 };
  if (code !== 0) throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `padding ${code}`, '0 (SAME) or 1 (VALID)');
  const [top, bottom] = samePadding(input.height, extents[0], stride.strideHeight);
  const [left, right] = samePadding(input.width, extents[1], stride.strideWidth);
  return { top, left, bottom, right };
}

/** The image that a spatial operator reads; anything but 1 x H x W x C is unsupported. */
export function spatialInput(operator: TfliteOperator, tensor: { readonly shape: Shape }): ImageSize {
  if (tensor.shape.length !== 4 || tensor.shape[0] !== 1) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `input shape ${tensor.shape.join('x')}`, '1xHxWxC');
  }
  return imageSize(tensor.shape);
}

/** Strides of convolutions and pooling, which lie at the same place in their options. */
export const strideOf = (table: FlatTable): Stride => ({
  strideHeight: table.int32(2, 'stride_h'),
  strideWidth: table.int32(1, 'stride_w'),
});

/** Says that this form of an operator is not supported. */
export const unsupported = (operator: TfliteOperator, found: string, expected: string): UnsupportedOperatorError =>
  new UnsupportedOperatorError(operator.index, operator.name, found, expected);

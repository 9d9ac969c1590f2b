// SPDX-License-Identifier: Apache-2.0
/** Owns what every conversion of a TFLite operator shares: its context, options, clamps and padding. */

import type { ActivationTensor, Clamp, Op, OpKind, Padding, Stride, TensorId } from '../../graph/network.js';
import { samePadding } from '../../graph/shapes.js';
import { activationRange, type FusedActivation } from '../../quantize/activation-range.js';
import { imageSize, type ImageSize } from '../../tensor/tensor.js';
import { MalformedTfliteError, UnsupportedOperatorError } from './errors.js';
import type { FlatTable } from './flat-table.js';
import type { TfliteOperator, TfliteTensor } from './schema.js';

/** What a conversion may ask of the model around the operator. */
export interface OperatorContext {
  /** The operator's input tensor number `position`, which must exist in the file. */
  constant(position: number): TfliteTensor;
  /** The same, or undefined when the operator leaves it out (index -1 or a shorter list). */
  optional(position: number): TfliteTensor | undefined;
  /** Input number `position` as an activation of the network. */
  activation(position: number): ActivationTensor;
  /** All outputs; `output` is the only one, and an operator with several is malformed. */
  readonly outputs: readonly ActivationTensor[];
  readonly output: ActivationTensor;
  /** Marks an operator on uint8 tensors. */
  readonly legacy: Pick<Op, 'legacyUint8'>;
  /** The unique name of the operator. */
  name(kind: OpKind): string;
}

/** One operator of the file, usually one of the network. */
export type Convert = (operator: TfliteOperator, context: OperatorContext) => Op | readonly Op[];

/** What every operator of the network has beside its inputs; one output unless another is named. */
export const base = <Kind extends OpKind>(kind: Kind, context: OperatorContext, output = context.output): { kind: Kind; name: string; outputs: readonly [TensorId]; legacyUint8?: true } => ({
  kind,
  name: context.name(kind),
  outputs: [output.id],
  ...context.legacy,
});

const ACTIVATIONS: readonly FusedActivation[] = ['none', 'relu', 'relu-n1-to-1', 'relu6'];

export function options(operator: TfliteOperator, type: number): FlatTable {
  if (operator.options === undefined || operator.optionsType !== type) {
    throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `options of type ${operator.optionsType}`, `options of type ${type}`);
  }
  return operator.options;
}

export function clampOf(operator: TfliteOperator, code: number, output: ActivationTensor): Clamp {
  const activation = ACTIVATIONS[code];
  if (activation === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `fused activation ${code}`, `0..3 (${ACTIVATIONS.join(', ')})`);
  }
  return activationRange(activation, output.quantization);
}

/** SAME (0) or VALID (1), as numbers. */
export function paddingOf(operator: TfliteOperator, code: number, input: ImageSize, extents: readonly [number, number], stride: Stride): Padding {
  if (code === 1) return { top: 0, left: 0, bottom: 0, right: 0 };
  if (code !== 0) throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `padding ${code}`, '0 (SAME) or 1 (VALID)');
  const [top, bottom] = samePadding(input.height, extents[0], stride.strideHeight);
  const [left, right] = samePadding(input.width, extents[1], stride.strideWidth);
  return { top, left, bottom, right };
}

/** The image that a spatial operator reads; anything but 1 x H x W x C is unsupported. */
export function spatialInput(operator: TfliteOperator, tensor: ActivationTensor): ImageSize {
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

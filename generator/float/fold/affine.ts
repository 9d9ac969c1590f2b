// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of an operator as a * x + b per channel, in float64: batch norm, and add or mul with a constant. */

import { DefectError } from '../../core/errors.js';
import type { Clamp, TensorId } from '../../graph/network.js';
import { elementCount } from '../../tensor/tensor.js';
import { NO_REAL_CLAMP, type FloatNetwork, type FloatOp } from '../network.js';
import { floatTensorById } from '../query.js';

/** clamp(factor[c] * x + offset[c]) for channel c, the last dimension. */
export interface Affine extends Clamp {
  /** The activation that is read. */
  readonly input: TensorId;
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

/** A constant as one value per channel, or undefined when its values differ along another dimension than the last. */
function perChannel(network: FloatNetwork, id: TensorId, channels: number): Float64Array | undefined {
  const { shape, constant } = floatTensorById(network, id);
  if (constant === undefined) throw new DefectError('perChannel', `tensor ${id} is no constant`);
  if (constant.length === 1) return new Float64Array(channels).fill(constant[0] as number);
  return shape.at(-1) === channels && elementCount(shape) === channels ? Float64Array.from(constant) : undefined;
}

/** Undefined for any other operator, and for a constant that is not one value, or one per channel. */
export function affineOf(network: FloatNetwork, op: FloatOp): Affine | undefined {
  if (op.kind === 'batch-norm') {
    const factor = Float64Array.from(op.scale, (scale, c) => scale / Math.sqrt((op.variance[c] as number) + op.epsilon));
    const offset = Float64Array.from(op.offset, (value, c) => value - (op.mean[c] as number) * (factor[c] as number));
    return { input: op.inputs[0], factor, offset, ...NO_REAL_CLAMP };
  }
  if (op.kind !== 'add' && op.kind !== 'mul') return undefined;
  const constantAt = op.inputs.findIndex((id) => floatTensorById(network, id).constant !== undefined);
  if (constantAt < 0) return undefined;
  const [input, other] = constantAt === 0 ? [op.inputs[1], op.inputs[0]] : op.inputs;
  const output = floatTensorById(network, op.outputs[0]).shape;
  // An activation that the constant makes larger has fewer values than the output.
  if (elementCount(floatTensorById(network, input).shape) !== elementCount(output)) return undefined;
  const channels = output.at(-1) ?? 1;
  const values = perChannel(network, other, channels);
  if (values === undefined) return undefined;
  const { activationMin, activationMax } = op;
  const [ones, zeros] = [new Float64Array(channels).fill(1), new Float64Array(channels)];
  return { input, activationMin, activationMax, ...(op.kind === 'add' ? { factor: ones, offset: values } : { factor: values, offset: zeros }) };
}

/** second(first(x)), where `first` has no clamp. */
export function compose(first: Affine, second: Affine): Affine {
  return {
    input: first.input,
    factor: first.factor.map((factor, c) => factor * (second.factor[c] as number)),
    offset: first.offset.map((offset, c) => offset * (second.factor[c] as number) + (second.offset[c] as number)),
    activationMin: second.activationMin,
    activationMax: second.activationMax,
  };
}

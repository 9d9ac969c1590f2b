// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of operators that hand values through, or join them. */

import { formatShape } from '../../../tensor/tensor.js';
import { axisIn, type Convert } from '../context.js';
import { typeName } from '../tensors.js';
import { upTo } from '../values.js';
import { anyValues, handedOn } from './handed-on.js';
import { anyActivation } from './reshaping.js';
import { joinedAlong } from './slicing.js';

export const identity: Convert = (context) => anyActivation(context, 0);

export const dropout: Convert = (context) => {
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the output mask', 'values alone');
  return context.activation(0);
};

/** To float32 alone, from integers without a scale too. */
export const cast: Convert = (context) => {
  const to = context.int('to', 1);
  if (to !== 1 && to !== 11) throw context.unsupported(`a cast of an activation to ${typeName(to)}`, 'float32');
  const value = context.value(0);
  if (value.kind === 'constant' || value.integer === undefined || value.integer.quantization !== undefined) return context.activation(0);
  const { integer: { dynamic, type }, ...real } = value;
  if (dynamic === undefined) return real;
  if (type !== 'int32') throw context.unsupported('a cast of the integers of DynamicQuantizeLinear', 'ConvInteger or MatMulInteger');
  return { ...real, unscaled: dynamic };
};

export const concat: Convert = (context) => {
  const values = upTo(context.inputCount).map((position) => anyValues(context, position));
  const [first] = values;
  if (first === undefined) throw context.malformed('no input', 'at least one');
  const rank = first.shape.length;
  const axis = axisIn(context, context.int('axis', 1), rank);
  const fits = values.every(({ shape }) => shape.length === rank && shape.every((size, d) => d === axis || size === first.shape[d]));
  if (!fits) throw context.malformed(values.map(({ shape }) => formatShape(shape)).join(', '), `shapes that differ along dimension ${axis} alone`);
  if (values.length === 1) return first;
  const quantizations = new Set(values.map(({ integer }) => `${integer?.quantization?.scale} ${integer?.quantization?.zeroPoint} ${integer?.dynamic}`));
  if (quantizations.size > 1) throw context.unsupported('integers of different scales', 'one scale and zero point', 'Use com.microsoft.QLinearConcat, or DequantizeLinear before Concat.');
  return handedOn(context, first, joinedAlong(context, values, axis));
};

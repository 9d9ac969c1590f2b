// SPDX-License-Identifier: Apache-2.0
/** Owns how float32 models are read. */

import { assertNever } from '../../core/errors.js';
import type { FloatTensor, FloatWeights } from '../../float/network.js';
import type { Clamp } from '../../graph/network.js';
import type { FusedActivation } from '../../quantize/activation-range.js';
import { MalformedTfliteError } from './errors.js';
import { fusedActivation } from './fused-activations.js';
import type { Float32Numbers, NumberSystem } from './number-system.js';
import type { TfliteTensor } from './schema.js';
import { checkBiasCount, describe, ohwiOf, requireData, requireType } from './tensors.js';
import { TENSOR_TYPE } from './schema.js';

/** The values of a constant float32 tensor. */
function values(tensor: TfliteTensor): Float32Array {
  requireData(tensor, 4);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  return Float32Array.from({ length: tensor.data.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function toFloatTensor(tensor: TfliteTensor, id: number): FloatTensor {
  const isConstant = tensor.data.length > 0;
  requireType(tensor, TENSOR_TYPE.float32, isConstant ? 'constant' : 'activation');
  return { id, name: tensor.name, shape: tensor.shape, ...(isConstant ? { constant: values(tensor) } : {}) };
}

function toFloatWeights(tensor: TfliteTensor, order: 'OHWI' | '1HWO' | 'OI'): FloatWeights {
  requireType(tensor, TENSOR_TYPE.float32, 'weights');
  const { shape, reorder } = ohwiOf(tensor, order);
  return { name: tensor.name, layout: 'OHWI', shape, data: reorder(values(tensor)) };
}

function toFloatBias(tensor: TfliteTensor | undefined, outChannels: number): Float32Array {
  if (tensor === undefined) return new Float32Array(outChannels);
  requireType(tensor, TENSOR_TYPE.float32, 'bias');
  checkBiasCount(tensor, outChannels);
  return values(tensor);
}

function realRange(activation: FusedActivation): Clamp {
  switch (activation) {
    case 'none':
      return { activationMin: -Infinity, activationMax: Infinity };
    case 'relu':
      return { activationMin: 0, activationMax: Infinity };
    case 'relu6':
      return { activationMin: 0, activationMax: 6 };
    case 'relu-n1-to-1':
      return { activationMin: -1, activationMax: 1 };
    default:
      return assertNever(activation, 'realRange');
  }
}

export const FLOAT32_NUMBERS: NumberSystem<Float32Numbers> = {
  constantOperands: true,
  tensor: toFloatTensor,
  weights: toFloatWeights,
  bias: toFloatBias,
  clamp: (operator, code) => realRange(fusedActivation(operator, code)),
  padValue: (value) => {
    if (value === undefined) return 0;
    requireType(value, TENSOR_TYPE.float32, 'constant');
    const [only, ...more] = values(value);
    if (only === undefined || more.length > 0) throw new MalformedTfliteError(describe(value), `${more.length + 1} values`, '1');
    return only;
  },
  checkProbability: () => undefined,
};

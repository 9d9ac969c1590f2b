// SPDX-License-Identifier: Apache-2.0
/** Owns how int8 (and legacy uint8) models are read. */

import { activationRange } from '../../quantize/activation-range.js';
import { unsupported } from './conversion.js';
import { fusedActivation } from './fused-activations.js';
import type { Int8Numbers, NumberSystem } from './number-system.js';
import { int8Scalar, toActivation, toBias, toWeights } from './tensors.js';

export const INT8_NUMBERS: NumberSystem<Int8Numbers> = {
  constantOperands: false,
  tensor: toActivation,
  weights: toWeights,
  bias: toBias,
  clamp: (operator, code, output) => activationRange(fusedActivation(operator, code), output.quantization),
  padValue: (value, output) => (value === undefined ? output.quantization.zeroPoint : int8Scalar(value)),
  checkProbability: (operator, { quantization: { scale, zeroPoint } }, isUint8) => {
    if (scale === 1 / 256 && zeroPoint === -128) return;
    const shown = isUint8 ? zeroPoint + 128 : zeroPoint;
    throw unsupported(operator, `output scale ${scale}, zero point ${shown}`, `scale 1/256, zero point ${isUint8 ? 0 : -128}`);
  },
};

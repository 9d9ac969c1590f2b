// SPDX-License-Identifier: Apache-2.0
/** Owns the rescaling parameters of multiplication and mean, derived from the scales of a network. */

import type { Clamp, MeanOp, MulOp, Network } from '../graph/network.js';
import { inputOf, outputOf, tensorById } from '../graph/query.js';
import { imageSize } from '../tensor/tensor.js';
import { quantizeMultiplier, type QuantizedMultiplier } from './multiplier.js';

export interface MulRescaling extends QuantizedMultiplier, Clamp {
  readonly inputZeroPoints: readonly [number, number];
  readonly outputZeroPoint: number;
}

/** Both input scales over the output scale, in double as TFLite Micro has it. */
export function mulRescaling(network: Network, op: MulOp): MulRescaling {
  const [a, b] = [tensorById(network, op.inputs[0]).quantization, tensorById(network, op.inputs[1]).quantization];
  const output = outputOf(network, op).quantization;
  return {
    ...quantizeMultiplier((a.scale * b.scale) / output.scale, op.name),
    inputZeroPoints: [a.zeroPoint, b.zeroPoint],
    outputZeroPoint: output.zeroPoint,
    activationMin: op.activationMin,
    activationMax: op.activationMax,
  };
}

/** Sum of (q - input zero point) over all pixels -> output value less its zero point. */
export interface MeanRescaling extends QuantizedMultiplier {
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
}

/** The scales' quotient with 1 / pixels folded into the multiplier, truncated (QuantizedMeanOrSum of 2022 and later). */
export function meanRescaling(network: Network, op: MeanOp): MeanRescaling {
  const [input, output] = [inputOf(network, op), outputOf(network, op)];
  const { height, width } = imageSize(input.shape);
  const { multiplier, shift } = quantizeMultiplier(input.quantization.scale / output.quantization.scale, op.name);
  const pixels = height * width;
  const extra = Math.min(31 - Math.clz32(pixels), 31 + shift);
  return {
    multiplier: Number((BigInt(multiplier) << BigInt(extra)) / BigInt(pixels)),
    shift: shift - extra,
    inputZeroPoint: input.quantization.zeroPoint,
    outputZeroPoint: output.quantization.zeroPoint,
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the integer depthwise convolution reference. */

import type { ConvolutionGeometry, WeightValues } from './convolution.js';

/**
 * int32 accumulators (32-bit wrap, bias included) of a depthwise convolution, NHWC.
 * weights OHWI with I = 1; output channel o reads input channel floor(o / depthMultiplier).
 */
export function depthwiseAccumulators(
  geometry: ConvolutionGeometry,
  depthMultiplier: number,
  input: Int8Array,
  inputZeroPoint: number,
  weights: WeightValues,
  bias: Int32Array,
): Int32Array {
  const { input: image, output, kernelHeight, kernelWidth, padding } = geometry;
  const taps = kernelHeight * kernelWidth;
  const accumulators = new Int32Array(output.height * output.width * output.channels);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      const at = (y * output.width + x) * output.channels;
      for (let channel = 0; channel < output.channels; channel++) accumulators[at + channel] = bias[channel] as number;
      for (let ky = 0; ky < kernelHeight; ky++) {
        const row = y * geometry.strideHeight - padding.top + ky * geometry.dilationHeight;
        if (row < 0 || row >= image.height) continue;
        for (let kx = 0; kx < kernelWidth; kx++) {
          const column = x * geometry.strideWidth - padding.left + kx * geometry.dilationWidth;
          if (column < 0 || column >= image.width) continue;
          const pixel = (row * image.width + column) * image.channels;
          const tap = ky * kernelWidth + kx;
          for (let channel = 0; channel < output.channels; channel++) {
            const value = (input[pixel + Math.floor(channel / depthMultiplier)] as number) - inputZeroPoint;
            const product = Math.imul(value, weights[channel * taps + tap] as number);
            // Int32Array wraps at 32 bits by itself.
            accumulators[at + channel] = (accumulators[at + channel] as number) + product;
          }
        }
      }
    }
  }
  return accumulators;
}

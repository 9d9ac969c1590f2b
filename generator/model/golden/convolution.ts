// SPDX-License-Identifier: Apache-2.0
/** Owns the integer convolution and fully connected reference: plain tensors in, plain tensors out. */

import type { Dilation, Padding, Stride, Weights } from '../../graph/network.js';
import type { Rounding } from '../../quantize/fixed-point.js';
import { requantize, type Requantization } from '../../quantize/requantization.js';
import type { ImageSize } from '../../tensor/tensor.js';

export interface ConvolutionGeometry extends Stride, Dilation {
  readonly input: ImageSize;
  readonly output: ImageSize;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly padding: Padding;
}

/** Weights with their zero point taken off: int8 as they are when it is 0. */
export type WeightValues = Int8Array | Int16Array;

export const weightValues = ({ data, zeroPoint }: Weights): WeightValues =>
  zeroPoint === 0 ? data : Int16Array.from(data, (weight) => weight - zeroPoint);

/**
 * int32 accumulators (32-bit wrap, bias included) of a convolution, NHWC.
 * input NHWC int8, weights OHWI, bias int32 per output channel.
 * Padding holds the input's zero point, so it adds nothing.
 */
export function convolutionAccumulators(
  geometry: ConvolutionGeometry,
  input: Int8Array,
  inputZeroPoint: number,
  weights: WeightValues,
  bias: Int32Array,
): Int32Array {
  const { output, kernelHeight, kernelWidth } = geometry;
  const patch = new Int32Array(kernelHeight * kernelWidth * geometry.input.channels);
  const accumulators = new Int32Array(output.height * output.width * output.channels);
  let at = 0;
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      readPatch(geometry, input, inputZeroPoint, y, x, patch);
      multiplyPatch(patch, weights, bias, accumulators, at);
      at += output.channels;
    }
  }
  return accumulators;
}

/** Copies the window of output pixel (y, x), minus the zero point, into `patch` (H, W, I order). */
function readPatch(g: ConvolutionGeometry, input: Int8Array, zeroPoint: number, y: number, x: number, patch: Int32Array): void {
  const { height, width, channels } = g.input;
  let to = 0;
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    const row = y * g.strideHeight - g.padding.top + ky * g.dilationHeight;
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const column = x * g.strideWidth - g.padding.left + kx * g.dilationWidth;
      const end = to + channels;
      if (row < 0 || row >= height || column < 0 || column >= width) {
        patch.fill(0, to, end);
        to = end;
        continue;
      }
      let from = (row * width + column) * channels;
      while (to < end) patch[to++] = (input[from++] as number) - zeroPoint;
    }
  }
}

/** One dot product per output channel; four at a time so that the patch is read once for all four. */
function multiplyPatch(patch: Int32Array, weights: WeightValues, bias: Int32Array, accumulators: Int32Array, at: number): void {
  const length = patch.length;
  const channels = bias.length;
  let channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    let w0 = channel * length;
    let w1 = w0 + length;
    let w2 = w1 + length;
    let w3 = w2 + length;
    let a0 = bias[channel] as number;
    let a1 = bias[channel + 1] as number;
    let a2 = bias[channel + 2] as number;
    let a3 = bias[channel + 3] as number;
    for (let i = 0; i < length; i++) {
      const value = patch[i] as number;
      a0 = (a0 + Math.imul(value, weights[w0++] as number)) | 0;
      a1 = (a1 + Math.imul(value, weights[w1++] as number)) | 0;
      a2 = (a2 + Math.imul(value, weights[w2++] as number)) | 0;
      a3 = (a3 + Math.imul(value, weights[w3++] as number)) | 0;
    }
    accumulators[at + channel] = a0;
    accumulators[at + channel + 1] = a1;
    accumulators[at + channel + 2] = a2;
    accumulators[at + channel + 3] = a3;
  }
  for (; channel < channels; channel++) {
    let w = channel * length;
    let a = bias[channel] as number;
    for (let i = 0; i < length; i++) a = (a + Math.imul(patch[i] as number, weights[w++] as number)) | 0;
    accumulators[at + channel] = a;
  }
}

/** Accumulators (channel innermost) -> int8, with the parameters of each output channel. */
export function requantizeChannels(accumulators: Int32Array, r: Requantization, rounding: Rounding = 'double'): Int8Array {
  const channels = r.multipliers.length;
  const output = new Int8Array(accumulators.length);
  for (let at = 0; at < accumulators.length; at += channels) {
    for (let channel = 0; channel < channels; channel++) {
      output[at + channel] = requantize(
        accumulators[at + channel] as number,
        r.multipliers[channel] as number,
        r.shifts[channel] as number,
        r.outputZeroPoint,
        r.activationMin,
        r.activationMax,
        rounding,
      );
    }
  }
  return output;
}

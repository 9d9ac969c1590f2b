// SPDX-License-Identifier: Apache-2.0
/** Owns the products of the float reference: convolution as blocked dot products, depthwise, fully connected. Sums are float64. */

import type { Dilation, Padding, Stride } from '../../graph/network.js';
import { addProducts } from '../../tensor/products.js';
import type { ImageSize } from '../../tensor/tensor.js';

export interface WindowGeometry extends Stride {
  readonly input: ImageSize;
  readonly output: ImageSize;
  readonly padding: Padding;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

export interface ConvolutionGeometry extends WindowGeometry, Dilation {}

/** The windows of one output row, one after the other in weight order; 0 outside the image. */
function gatherRow(g: ConvolutionGeometry, y: number, firstChannel: number, channels: number, input: Float32Array, patches: Float64Array): void {
  const { input: image, kernelHeight, kernelWidth } = g;
  patches.fill(0);
  for (let x = 0; x < g.output.width; x++) {
    for (let ky = 0; ky < kernelHeight; ky++) {
      const row = y * g.strideHeight + ky * g.dilationHeight - g.padding.top;
      if (row < 0 || row >= image.height) continue;
      for (let kx = 0; kx < kernelWidth; kx++) {
        const column = x * g.strideWidth + kx * g.dilationWidth - g.padding.left;
        if (column < 0 || column >= image.width) continue;
        const from = (row * image.width + column) * image.channels + firstChannel;
        const to = ((x * kernelHeight + ky) * kernelWidth + kx) * channels;
        for (let c = 0; c < channels; c++) patches[to + c] = input[from + c] as number;
      }
    }
  }
}

/** OHWI weights, in `groups` groups of input and output channels. NHWC out, without bias. */
export function convolve(g: ConvolutionGeometry, groups: number, input: Float32Array, weights: Float32Array): Float64Array {
  const { width, height, channels } = g.output;
  const [groupIn, groupOut] = [g.input.channels / groups, channels / groups];
  const depth = g.kernelHeight * g.kernelWidth * groupIn;
  const patches = new Float64Array(width * depth);
  const columns = Float64Array.from(weights);
  const out = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let group = 0; group < groups; group++) {
      gatherRow(g, y, group * groupIn, groupIn, input, patches);
      const own = columns.subarray(group * groupOut * depth, (group + 1) * groupOut * depth);
      addProducts(patches, width, own, groupOut, depth, out.subarray(y * width * channels + group * groupOut), channels);
    }
  }
  return out;
}

/** Weights O x H x W x 1; output channel o reads input channel floor(o / multiplier). NHWC out, without bias. */
export function convolveDepthwise(g: ConvolutionGeometry, multiplier: number, input: Float32Array, weights: Float32Array): Float64Array {
  const { width, height, channels } = g.output;
  const taps = g.kernelHeight * g.kernelWidth;
  // Tap by tap, so that the innermost loop is over channels in both.
  const byTap = new Float64Array(weights.length);
  for (let o = 0; o < channels; o++) for (let tap = 0; tap < taps; tap++) byTap[tap * channels + o] = weights[o * taps + tap] as number;
  const source = Int32Array.from({ length: channels }, (_, o) => Math.floor(o / multiplier));
  const out = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * channels;
      for (let ky = 0; ky < g.kernelHeight; ky++) {
        const row = y * g.strideHeight + ky * g.dilationHeight - g.padding.top;
        if (row < 0 || row >= g.input.height) continue;
        for (let kx = 0; kx < g.kernelWidth; kx++) {
          const column = x * g.strideWidth + kx * g.dilationWidth - g.padding.left;
          if (column < 0 || column >= g.input.width) continue;
          const from = (row * g.input.width + column) * g.input.channels;
          const tap = (ky * g.kernelWidth + kx) * channels;
          for (let o = 0; o < channels; o++) {
            out[to + o] = (out[to + o] as number) + (input[from + (source[o] as number)] as number) * (byTap[tap + o] as number);
          }
        }
      }
    }
  }
  return out;
}

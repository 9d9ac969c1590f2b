// SPDX-License-Identifier: Apache-2.0
/** Owns the products of the float reference: convolution as blocked dot products, depthwise, fully connected. Sums are float64. */

import type { Dilation, Padding, Stride } from '../../graph/network.js';
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

/**
 * out[p * stride + o] = rows[p] . columns[o] for all p < rowCount and o < columnCount, both of `depth` values.
 * Two rows and four columns at once: each value that is read is used more than once.
 */
function dotProducts(
  rows: Float64Array, rowCount: number, columns: Float64Array, columnCount: number, depth: number, out: Float64Array, at: number, stride: number,
): void {
  for (let p = 0; p < rowCount; p += 2) {
    const r0 = p * depth;
    const r1 = Math.min(p + 1, rowCount - 1) * depth;
    for (let o = 0; o < columnCount; o += 4) {
      const c0 = o * depth;
      const c1 = Math.min(o + 1, columnCount - 1) * depth;
      const c2 = Math.min(o + 2, columnCount - 1) * depth;
      const c3 = Math.min(o + 3, columnCount - 1) * depth;
      let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0; k < depth; k++) {
        const a = rows[r0 + k] as number;
        const b = rows[r1 + k] as number;
        const w0 = columns[c0 + k] as number;
        const w1 = columns[c1 + k] as number;
        const w2 = columns[c2 + k] as number;
        const w3 = columns[c3 + k] as number;
        s00 += a * w0;
        s01 += a * w1;
        s02 += a * w2;
        s03 += a * w3;
        s10 += b * w0;
        s11 += b * w1;
        s12 += b * w2;
        s13 += b * w3;
      }
      // A block over the edge repeats its last row or column, so the same value is written again.
      const [o1, o2, o3] = [Math.min(o + 1, columnCount - 1), Math.min(o + 2, columnCount - 1), Math.min(o + 3, columnCount - 1)];
      const [to0, to1] = [at + p * stride, at + Math.min(p + 1, rowCount - 1) * stride];
      out[to0 + o] = s00;
      out[to0 + o1] = s01;
      out[to0 + o2] = s02;
      out[to0 + o3] = s03;
      out[to1 + o] = s10;
      out[to1 + o1] = s11;
      out[to1 + o2] = s12;
      out[to1 + o3] = s13;
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
      dotProducts(patches, width, own, groupOut, depth, out, y * width * channels + group * groupOut, channels);
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

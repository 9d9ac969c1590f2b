// SPDX-License-Identifier: Apache-2.0
/** Owns the integer grouped convolution reference: one plain convolution per group. */

import { convolutionAccumulators, type ConvolutionGeometry, type WeightValues } from './convolution.js';

/** The channels first .. first + count - 1 of every pixel. */
function takeChannels(data: Int8Array, channels: number, first: number, count: number): Int8Array {
  const taken = new Int8Array((data.length / channels) * count);
  for (let i = 0; i < taken.length; i++) taken[i] = data[Math.floor(i / count) * channels + first + (i % count)] as number;
  return taken;
}

/**
 * int32 accumulators (32-bit wrap, bias included) of a convolution in `groups` groups, NHWC.
 * weights OHWI with I = input channels / groups; group g computes its share of the output channels from its
 * share of the input channels.
 */
export function groupedAccumulators(
  geometry: ConvolutionGeometry,
  groups: number,
  input: Int8Array,
  inputZeroPoint: number,
  weights: WeightValues,
  bias: Int32Array,
): Int32Array {
  const { input: image, output } = geometry;
  const [inShare, outShare] = [image.channels / groups, output.channels / groups];
  const perFilter = geometry.kernelHeight * geometry.kernelWidth * inShare;
  const part = { ...geometry, input: { ...image, channels: inShare }, output: { ...output, channels: outShare } };
  const accumulators = new Int32Array(output.height * output.width * output.channels);
  for (let group = 0; group < groups; group++) {
    const first = group * outShare;
    const sums = convolutionAccumulators(
      part,
      takeChannels(input, image.channels, group * inShare, inShare),
      inputZeroPoint,
      weights.subarray(first * perFilter, (first + outShare) * perFilter),
      bias.subarray(first, first + outShare),
    );
    sums.forEach((sum, i) => {
      accumulators[Math.floor(i / outShare) * output.channels + first + (i % outShare)] = sum;
    });
  }
  return accumulators;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what a layer reads for an output pixel: windows of its input, gathered column by column. */

import type { FloatWeightedOp } from '../../float/network.js';
import { NO_PADDING } from '../../graph/network.js';
import { elementCount, imageSize, type ImageSize, type Shape } from '../../tensor/tensor.js';
import type { ConvolutionGeometry } from '../../float/execute/convolution.js';

export interface LayerWindows extends ConvolutionGeometry {
  /** Filters that read the same channels, group after group. */
  readonly groups: number;
  readonly rowsOfGroup: number;
  readonly channelsOfGroup: number;
  /** kernel rows x kernel columns x channels of the group. */
  readonly columns: number;
}

/** A fully connected layer is a convolution of 1 x 1 on one pixel; a depthwise one has a group for every input channel. */
export function layerWindows(op: FloatWeightedOp, from: Shape, to: Shape): LayerWindows {
  const [outChannels, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
  const pixel = (channels: number): ImageSize => ({ height: 1, width: 1, channels });
  const isFlat = op.kind === 'fully-connected';
  const input = isFlat ? pixel(elementCount(from)) : imageSize(from);
  const groups = op.kind === 'depthwise-conv2d' ? input.channels : op.kind === 'conv2d' ? op.groups : 1;
  const spatial = isFlat ? { padding: NO_PADDING, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 } : op;
  const { padding, strideHeight, strideWidth, dilationHeight, dilationWidth } = spatial;
  return {
    padding, strideHeight, strideWidth, dilationHeight, dilationWidth, kernelHeight, kernelWidth,
    input, output: isFlat ? pixel(outChannels) : imageSize(to),
    groups, rowsOfGroup: outChannels / groups, channelsOfGroup: inChannels, columns: kernelHeight * kernelWidth * inChannels,
  };
}

/** out[column * stride + at + i] = what column reads for pixel i of `pixels` (row x width + column); 0 outside the image. */
export function gatherWindows(g: LayerWindows, group: number, values: Float32Array, pixels: ArrayLike<number>, out: Float64Array, at: number, stride: number): void {
  const first = group * g.channelsOfGroup;
  for (let i = 0; i < pixels.length; i++) {
    const [y, x] = [Math.floor((pixels[i] as number) / g.output.width), (pixels[i] as number) % g.output.width];
    for (let ky = 0, column = 0; ky < g.kernelHeight; ky++) {
      const row = y * g.strideHeight + ky * g.dilationHeight - g.padding.top;
      for (let kx = 0; kx < g.kernelWidth; kx++) {
        const place = x * g.strideWidth + kx * g.dilationWidth - g.padding.left;
        const inside = row >= 0 && row < g.input.height && place >= 0 && place < g.input.width;
        const from = (row * g.input.width + place) * g.input.channels + first;
        for (let c = 0; c < g.channelsOfGroup; c++, column++) out[column * stride + at + i] = inside ? (values[from + c] as number) : 0;
      }
    }
  }
}


// SPDX-License-Identifier: Apache-2.0
/** Owns a small seeded network with everything that a run on the array must get right: chains, strides, a host operator in between, a flat end. */
import { createRandom } from '../../generator/core/random.js';
import type { Network, TensorId } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { samePadding } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';

/** 3 channels, then 10 and 20 (no multiples of 8 or 16), a residual sum on the host, stride 2, pool, fully connected, softmax. */
export function smallNetwork(seed: number): Network {
  const builder = new RandomNetworkBuilder(createRandom(seed));
  const conv = (input: TensorId, outChannels: number, kernel: number, stride: number): TensorId => {
    const [, height = 1, width = 1] = builder.shape(input);
    const [top, bottom] = samePadding(height, kernel, stride);
    const [left, right] = samePadding(width, kernel, stride);
    return builder.conv2d({
      input, outChannels, activation: 'relu', kernelHeight: kernel, kernelWidth: kernel, padding: { top, bottom, left, right },
      strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1,
    });
  };
  const input = builder.input([1, 5, 6, 3], { scale: 1, zeroPoint: -128 });
  const stem = conv(input, 10, 3, 1);
  const sum = builder.addRelu(stem, conv(conv(stem, 20, 3, 1), 10, 1, 1));
  const flat = builder.reshape(builder.globalAveragePool(conv(sum, 18, 3, 2)), [1, 18]);
  const logits = builder.fullyConnected({ input: flat, outChannels: 10, activation: 'none' });
  return validateNetwork(builder.finish(`small-${seed}`, input, builder.softmax(logits)));
}

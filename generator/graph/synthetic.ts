// SPDX-License-Identifier: Apache-2.0
/** Owns seeded networks with random weights: ResNet-8's shape, and single layers for hardware tests. */

import { createRandom } from '../core/random.js';
import type { Network, Padding, TensorId } from './network.js';
import { RandomNetworkBuilder, type SpatialSpec, type WeightedSpec } from './random-layers.js';
import { dilatedExtent, samePadding } from './shapes.js';
import { validateNetwork } from './validate.js';

/** SAME, VALID, or explicit numbers. */
export type PaddingRequest = 'same' | 'valid' | Padding;

type PairRequest = number | readonly [height: number, width: number];

const pair = (value: PairRequest): readonly [number, number] => (typeof value === 'number' ? [value, value] : value);

interface SlideRequest {
  readonly kernel: PairRequest;
  readonly stride: PairRequest;
  readonly padding: PaddingRequest;
  readonly dilation?: PairRequest;
}

/** Kernel, stride, dilation and padding as the builder wants them, for an input of this size. */
function slideFields(request: SlideRequest, height: number, width: number): Omit<SpatialSpec, keyof WeightedSpec> {
  const [kernelHeight, kernelWidth] = pair(request.kernel);
  const [strideHeight, strideWidth] = pair(request.stride);
  const [dilationHeight, dilationWidth] = pair(request.dilation ?? 1);
  let padding: Padding = { top: 0, left: 0, bottom: 0, right: 0 };
  if (request.padding === 'same') {
    const [top, bottom] = samePadding(height, dilatedExtent(kernelHeight, dilationHeight), strideHeight);
    const [left, right] = samePadding(width, dilatedExtent(kernelWidth, dilationWidth), strideWidth);
    padding = { top, left, bottom, right };
  } else if (request.padding !== 'valid') padding = request.padding;
  return { kernelHeight, kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padding };
}

/**
 * A network of the very shape of MLPerf Tiny's ResNet-8 (input 1x32x32x3, 9 convolutions, 3 additions,
 * average pool, fully connected, softmax) with random weights: for hardware tests, without accuracy.
 */
export function syntheticResnet8(seed: number): Network {
  const builder = new RandomNetworkBuilder(createRandom(seed));
  const conv = (input: TensorId, outChannels: number, kernel: number, stride: number, activation: 'relu' | 'none'): TensorId => {
    const [, height = 1, width = 1] = builder.shape(input);
    return builder.conv2d({ input, outChannels, activation, ...slideFields({ kernel, stride, padding: 'same' }, height, width) });
  };
  const input = builder.input([1, 32, 32, 3], { scale: 1, zeroPoint: -128 });
  const stem = conv(input, 16, 3, 1, 'relu');
  let x = builder.addRelu(stem, conv(conv(stem, 16, 3, 1, 'relu'), 16, 3, 1, 'none'));
  for (const channels of [32, 64]) {
    const branch = conv(conv(x, channels, 3, 2, 'relu'), channels, 3, 1, 'none');
    x = builder.addRelu(conv(x, channels, 1, 2, 'none'), branch);
  }
  const flat = builder.reshape(builder.globalAveragePool(x), [1, 64]);
  const logits = builder.fullyConnected({ input: flat, outChannels: 10, activation: 'none' });
  return validateNetwork(builder.finish(`resnet8-synthetic-${seed}`, input, builder.softmax(logits)));
}

export interface RandomLayerRequest extends Partial<SlideRequest> {
  readonly seed: number;
  /** `conv2d` unless said otherwise. */
  readonly kind?: 'conv2d' | 'depthwise-conv2d' | 'fully-connected';
  /** Of the input: height, width, channels. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly outChannels: number;
  /** A seeded choice of the three when absent: no clamp, ReLU, a narrower clamp on both sides. */
  readonly activation?: WeightedSpec['activation'];
  /** Multiplies the effective scale; above about 1000 shifts go left and outputs saturate. Default 1. */
  readonly gain?: number;
  /** Of a `conv2d`. Default 1. */
  readonly groups?: number;
  /** Default 0. */
  readonly weightZeroPoint?: number;
}

/**
 * A network of one weighted layer with random weights, bias, per-channel scales and zero points; outputs
 * spread over the int8 range. Defaults: 3 x 3 kernel, stride 1, SAME padding, dilation 1.
 */
export function randomConvNetwork(request: RandomLayerRequest): Network {
  const random = createRandom(request.seed);
  const activation = request.activation ?? random.pick(['none', 'relu', 'clamp'] as const);
  const zeroPoint = random.integer(-100, 100);
  const scale = Math.fround(0.01 + 0.05 * random.next());
  const builder = new RandomNetworkBuilder(random);
  const [height, width, channels] = request.inputShape;
  const input = builder.input([1, height, width, channels], { scale, zeroPoint });
  const spec = { input, outChannels: request.outChannels, activation, gain: request.gain ?? 1, weightZeroPoint: request.weightZeroPoint ?? 0 };
  const slide = slideFields(
    { kernel: request.kernel ?? 3, stride: request.stride ?? 1, padding: request.padding ?? 'same', dilation: request.dilation ?? 1 },
    height,
    width,
  );
  const kind = request.kind ?? 'conv2d';
  const output =
    kind === 'fully-connected'
      ? builder.fullyConnected(spec)
      : kind === 'conv2d'
        ? builder.conv2d({ ...spec, ...slide, groups: request.groups ?? 1 })
        : builder.depthwise({ ...spec, ...slide });
  return validateNetwork(builder.finish(`random-${kind}-${request.seed}`, input, output));
}

/** Uniform int8 values for a network's input. */
export function randomInput(network: Network, seed: number): Int8Array {
  const random = createRandom(seed);
  const shape = network.tensors[network.inputs[0] ?? 0]?.shape ?? [];
  return Int8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.integer(-128, 127));
}

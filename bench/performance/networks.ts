// SPDX-License-Identifier: Apache-2.0
/** Owns four whole networks on 224 x 224 images with seeded weights: VGG16, AlexNet without LRN, ResNet-50 and MobileNetV1. Synthetic: for hardware, without accuracy. */
import { createRandom } from '../../generator/core/random.js';
import type { Network, TensorId } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { samePadding } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import type { NetworkName } from './subjects.js';

/** Builds with the shorthand that the four networks share. */
class Sketch {
  readonly builder: RandomNetworkBuilder;
  readonly input: TensorId;

  constructor(seed: number, side: number) {
    this.builder = new RandomNetworkBuilder(createRandom(seed));
    this.input = this.builder.input([1, side, side, 3], { scale: 1, zeroPoint: -128 });
  }

  /** Padding SAME unless numbers are given; PyTorch's even padding where a window of 3 or 7 moves by 2. */
  slide(input: TensorId, kernel: number, stride: number, pad: number | 'same' = 'same') {
    const [, side = 1] = this.builder.shape(input);
    const [before, after] = pad === 'same' ? samePadding(side, kernel, stride) : [pad, pad];
    return { strideHeight: stride, strideWidth: stride, padding: { top: before, bottom: after, left: before, right: after } };
  }

  conv(input: TensorId, outChannels: number, kernel: number, { stride = 1, groups = 1, pad = 'same' as number | 'same', relu = true } = {}): TensorId {
    return this.builder.conv2d({
      input, outChannels, kernelHeight: kernel, kernelWidth: kernel, dilationHeight: 1, dilationWidth: 1, groups, activation: relu ? 'relu' : 'none', ...this.slide(input, kernel, stride, pad),
    });
  }

  depthwise(input: TensorId, stride: number): TensorId {
    const [, , , channels = 1] = this.builder.shape(input);
    return this.builder.depthwise({ input, outChannels: channels, kernelHeight: 3, kernelWidth: 3, dilationHeight: 1, dilationWidth: 1, activation: 'relu', ...this.slide(input, 3, stride) });
  }

  pool(input: TensorId, size: number, stride: number, pad: number | 'same' = 0): TensorId {
    return this.builder.maxPool(input, { filterHeight: size, filterWidth: size, ...this.slide(input, size, stride, pad) });
  }

  flat(input: TensorId): TensorId {
    return this.builder.reshape(input, [1, this.builder.shape(input).reduce((a, b) => a * b, 1)]);
  }

  classes(input: TensorId, widths: readonly number[]): TensorId {
    let x = this.flat(input);
    widths.forEach((outChannels, i) => { x = this.builder.fullyConnected({ input: x, outChannels, activation: i === widths.length - 1 ? 'none' : 'relu' }); });
    return x;
  }

  finish(name: string, output: TensorId): Network {
    return validateNetwork(this.builder.finish(name, this.input, output));
  }
}

const VGG_BLOCKS = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]] as const;

/** `convolutions`: without the fully connected layers, as published utilizations count it. */
export function vgg16(seed: number, part: 'whole' | 'convolutions' = 'convolutions'): Network {
  const sketch = new Sketch(seed, 224);
  let x = sketch.input;
  for (const [width, count] of VGG_BLOCKS) {
    for (let i = 0; i < count; i++) x = sketch.conv(x, width, 3);
    x = sketch.pool(x, 2, 2);
  }
  return part === 'convolutions' ? sketch.finish('vgg16-convolutions', x) : sketch.finish('vgg16', sketch.classes(x, [4096, 4096, 1000]));
}

export function alexnet(seed: number): Network {
  const sketch = new Sketch(seed, 227);
  let x = sketch.pool(sketch.conv(sketch.input, 96, 11, { stride: 4, pad: 0 }), 3, 2);
  x = sketch.pool(sketch.conv(x, 256, 5, { groups: 2 }), 3, 2);
  x = sketch.conv(sketch.conv(sketch.conv(x, 384, 3), 384, 3, { groups: 2 }), 256, 3, { groups: 2 });
  return sketch.finish('alexnet', sketch.classes(sketch.pool(x, 3, 2), [4096, 4096, 1000]));
}

const RESNET_STAGES = [[64, 3], [128, 4], [256, 6], [512, 3]] as const;

/** v1: stride 2 in the first 1 x 1 layer of a block. */
export function resnet50(seed: number): Network {
  const sketch = new Sketch(seed, 224);
  let x = sketch.pool(sketch.conv(sketch.input, 64, 7, { stride: 2, pad: 3 }), 3, 2, 'same');
  RESNET_STAGES.forEach(([width, blocks], stage) => {
    for (let i = 0; i < blocks; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const shortcut = i === 0 ? sketch.conv(x, 4 * width, 1, { stride, relu: false }) : x;
      const inner = sketch.conv(sketch.conv(x, width, 1, { stride }), width, 3);
      x = sketch.builder.addRelu(shortcut, sketch.conv(inner, 4 * width, 1, { relu: false }));
    }
  });
  return sketch.finish('resnet50', sketch.classes(sketch.builder.globalAveragePool(x), [1000]));
}

/** Output channels and stride of each depthwise layer with the 1 x 1 layer behind it. */
const MOBILENET_BLOCKS = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]] as const;

export function mobilenetV1(seed: number): Network {
  const sketch = new Sketch(seed, 224);
  let x = sketch.conv(sketch.input, 32, 3, { stride: 2 });
  for (const [width, stride] of MOBILENET_BLOCKS) x = sketch.conv(sketch.depthwise(x, stride), width, 1);
  return sketch.finish('mobilenet-v1', sketch.classes(sketch.builder.globalAveragePool(x), [1000]));
}

export const BIG_NETWORKS: Readonly<Record<NetworkName, (seed: number) => Network>> = { vgg16, 'resnet-50': resnet50, 'mobilenet-v1': mobilenetV1, alexnet };

// SPDX-License-Identifier: Apache-2.0
/** Owns the layer shapes of four networks on 224 x 224 images: VGG16, AlexNet without LRN, ResNet-50, MobileNetV1. */
import type { LawLayer } from '../../generator/model/law.js';

export interface ShapeLayer {
  readonly name: string;
  readonly kind: 'conv2d' | 'depthwise-conv2d' | 'fully-connected';
  readonly kernel: number;
  readonly stride: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Rows and columns of its output. */
  readonly side: number;
  readonly groups: number;
}

export interface ShapeNetwork {
  readonly name: string;
  /** What is to be known of the shapes. */
  readonly note: string;
  readonly layers: readonly ShapeLayer[];
  /** Multiplications of its convolutions on one image, as published; the shapes are held to it. */
  readonly convolutionMacs: number;
}

const conv = (name: string, kernel: number, inChannels: number, outChannels: number, side: number, over: Partial<Pick<ShapeLayer, 'stride' | 'groups'>> = {}): ShapeLayer =>
  ({ name, kind: 'conv2d', kernel, stride: 1, inChannels, outChannels, side, groups: 1, ...over });
const fc = (name: string, inChannels: number, outChannels: number): ShapeLayer => ({ name, kind: 'fully-connected', kernel: 1, stride: 1, inChannels, outChannels, side: 1, groups: 1 });

const VGG_BLOCKS = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]] as const;

function vgg16(): ShapeLayer[] {
  const layers: ShapeLayer[] = [];
  let channels = 3;
  VGG_BLOCKS.forEach(([width, count], block) => {
    for (let i = 0; i < count; i++) {
      layers.push(conv(`conv${block + 1}_${i + 1}`, 3, channels, width, 224 >> block));
      channels = width;
    }
  });
  return [...layers, fc('fc6', 7 * 7 * 512, 4096), fc('fc7', 4096, 4096), fc('fc8', 4096, 1000)];
}

const alexnet = (): ShapeLayer[] => [
  conv('conv1', 11, 3, 96, 55, { stride: 4 }), conv('conv2', 5, 96, 256, 27, { groups: 2 }), conv('conv3', 3, 256, 384, 13),
  conv('conv4', 3, 384, 384, 13, { groups: 2 }), conv('conv5', 3, 384, 256, 13, { groups: 2 }),
  fc('fc6', 6 * 6 * 256, 4096), fc('fc7', 4096, 4096), fc('fc8', 4096, 1000),
];

const RESNET_STAGES = [[64, 3], [128, 4], [256, 6], [512, 3]] as const;

function resnet50(): ShapeLayer[] {
  const layers = [conv('conv1', 7, 3, 64, 112, { stride: 2 })];
  let channels = 64;
  RESNET_STAGES.forEach(([width, blocks], stage) => {
    const side = 56 >> stage;
    for (let i = 0; i < blocks; i++) {
      const name = `conv${stage + 2}_${i + 1}`;
      const stride = i === 0 && stage > 0 ? 2 : 1;
      if (i === 0) layers.push(conv(`${name}_shortcut`, 1, channels, 4 * width, side, { stride }));
      layers.push(conv(`${name}_a`, 1, channels, width, side, { stride }), conv(`${name}_b`, 3, width, width, side), conv(`${name}_c`, 1, width, 4 * width, side));
      channels = 4 * width;
    }
  });
  return [...layers, fc('fc', 2048, 1000)];
}

/** Output channels and stride of each depthwise layer with the 1 x 1 layer behind it. */
const MOBILENET_BLOCKS = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]] as const;

function mobilenetV1(): ShapeLayer[] {
  const layers = [conv('conv1', 3, 3, 32, 112, { stride: 2 })];
  let [channels, side] = [32, 112];
  MOBILENET_BLOCKS.forEach(([width, stride], i) => {
    side /= stride;
    layers.push({ name: `dw${i + 1}`, kind: 'depthwise-conv2d', kernel: 3, stride, inChannels: channels, outChannels: channels, side, groups: 1 });
    layers.push(conv(`pw${i + 1}`, 1, channels, width, side));
    channels = width;
  });
  return [...layers, fc('fc', 1024, 1000)];
}

export const NETWORKS: readonly ShapeNetwork[] = [
  { name: 'VGG16', note: '13 convolutions, 3 fully connected layers', layers: vgg16(), convolutionMacs: 15_346_630_656 },
  { name: 'AlexNet', note: 'without LRN; conv2, conv4 and conv5 in two convolution groups, 227 x 227 input pixels', layers: alexnet(), convolutionMacs: 665_784_864 },
  { name: 'ResNet-50', note: 'v1: stride 2 in the first 1 x 1 layer of a block', layers: resnet50(), convolutionMacs: 3_855_925_248 },
  { name: 'MobileNetV1', note: 'width 1.0; depthwise layers stay dense', layers: mobilenetV1(), convolutionMacs: 567_716_352 },
];

export const isConvolution = ({ kind }: ShapeLayer): boolean => kind !== 'fully-connected';

/** Input channels that a filter reads. */
export const filterChannels = ({ kind, inChannels, groups }: ShapeLayer): number => (kind === 'depthwise-conv2d' ? 1 : inChannels / groups);

export const weightsOf = (layer: ShapeLayer): number => layer.outChannels * layer.kernel ** 2 * filterChannels(layer);

export const macsOf = (layer: ShapeLayer): number => weightsOf(layer) * layer.side ** 2;

/** The layer as the cycle law takes it. */
export function lawOf({ kind, kernel, inChannels, outChannels, side, groups }: ShapeLayer, keep: LawLayer['keep']): LawLayer {
  const reads: Pick<LawLayer, 'reads'> = kind === 'depthwise-conv2d' ? { reads: { kind: 'own', multiplier: 1 } } : groups > 1 ? { reads: { kind: 'groups', groups } } : {};
  return { kernelHeight: kernel, kernelWidth: kernel, inChannels, outChannels, pixels: side ** 2, keep, ...reads };
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns CMSIS-NN cases as networks: scales are chosen so that the rescalings derived from them are the recorded multipliers and
 * shifts. A batch is several images.
 */
import { NO_CLAMP, type ActivationTensor, type Clamp, type Network, type Op, type Padding, type Quantization, type Weights } from '../../generator/graph/network.js';
import { dilatedExtent } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { softmaxRescalingOf } from '../../generator/quantize/requantization.js';
import { elementCount, type Shape } from '../../generator/tensor/tensor.js';
import { cmsisCase, cmsisKind, cmsisMultipliers, toOhw, type CmsisReader } from './cmsis-cases.js';

export interface CmsisNetwork {
  readonly network: Network;
  readonly images: readonly Int8Array[];
  /** One recorded output an image. */
  readonly expected: readonly Int8Array[];
}

/** value = multiplier * 2^(shift - 31), exact in a double. */
const real = (multiplier: number, shift: number): number => multiplier * 2 ** (shift - 31);

/** Tensors and operators in the order in which they are made; operators read the tensor before them. */
class Chain {
  readonly tensors: ActivationTensor[] = [];
  readonly ops: Op[] = [];

  constructor(shape: Shape, quantization: Quantization) {
    this.#tensor(shape, quantization);
  }

  get last(): ActivationTensor {
    return this.tensors.at(-1) as ActivationTensor;
  }

  /** Adds an operator; quantization default: that of its first input. */
  add(fields: { readonly kind: Op['kind'] } & Readonly<Record<string, unknown>>, shape: Shape, quantization?: Quantization, inputs: readonly number[] = [this.last.id]): number {
    const id = this.#tensor(shape, quantization ?? (this.tensors[inputs[0] as number] as ActivationTensor).quantization);
    this.ops.push({ name: `${fields.kind}_${id}`, inputs, outputs: [id], ...fields } as unknown as Op);
    return id;
  }

  /** The network, its images cut out of `input`, its outputs out of `expected`. */
  finish(name: string, input: readonly number[], expected: readonly number[]): CmsisNetwork {
    const network = validateNetwork({ name, synthetic: false, tensors: this.tensors, ops: this.ops, inputs: [0], outputs: [this.last.id] });
    const cut = (data: readonly number[], { shape }: ActivationTensor): Int8Array[] => {
      const size = elementCount(shape);
      if (data.length % size !== 0) throw new Error(`${name}: ${data.length} values for tensors of ${size}`);
      return Array.from({ length: data.length / size }, (_, i) => Int8Array.from(data.slice(i * size, (i + 1) * size)));
    };
    const images = cut(input, this.tensors[0] as ActivationTensor);
    const outputs = cut(expected, this.last);
    if (images.length !== outputs.length) throw new Error(`${name}: ${images.length} inputs, ${outputs.length} outputs`);
    return { network, images, expected: outputs };
  }

  #tensor(shape: Shape, quantization: Quantization): number {
    const id = this.tensors.length;
    this.tensors.push({ id, name: `tensor_${id}`, shape, quantization });
    return id;
  }
}

/** Weights whose scales give the recorded multipliers between these input and output scales. */
function weightsOf(r: CmsisReader, shape: Weights['shape'], data: Int8Array, inputScale: number, outputScale: number, zeroPoint = 0): { weights: Weights; bias: Int32Array } {
  const [channels] = shape;
  const { multipliers, shifts } = cmsisMultipliers(r, channels);
  const scales = Array.from({ length: channels }, (_, c) => (real(multipliers[c] as number, shifts[c] as number) * outputScale) / inputScale);
  const bias = r.has('biases') || r.has('bias') ? Int32Array.from(r.array('biases', 'bias')) : new Int32Array(channels);
  return { weights: { name: 'weights', layout: 'OHWI', shape, data, scales, zeroPoint }, bias };
}

/** What is missing after the input so that the last window fits. */
const after = (input: number, before: number, extent: number, outputs: number, stride: number): number => Math.max(0, (outputs - 1) * stride + extent - input - before);

function windowPadding([height, width]: readonly [number, number], [rows, columns]: readonly [number, number], [top, left]: readonly [number, number], extents: readonly [number, number], strides: readonly [number, number]): Padding {
  return { top, left, bottom: after(height, top, extents[0], rows, strides[0]), right: after(width, left, extents[1], columns, strides[1]) };
}

/** A convolution of any kind behind the chain's last tensor. `multiplier` above 0: depthwise. */
function addConvolution(chain: Chain, r: CmsisReader, multiplier: number): void {
  const [height, width, channels, outChannels] = [r.number('INPUT_H'), r.number('INPUT_W'), r.number('IN_CH'), r.number('OUT_CH')];
  const [rows, columns, kernelHeight, kernelWidth] = [r.number('OUTPUT_H'), r.number('OUTPUT_W'), r.number('FILTER_Y'), r.number('FILTER_X')];
  const stride = { strideHeight: r.number('STRIDE_Y'), strideWidth: r.number('STRIDE_X') };
  const dilation = { dilationHeight: r.number('DILATION_Y'), dilationWidth: r.number('DILATION_X') };
  const extents = [dilatedExtent(kernelHeight, dilation.dilationHeight), dilatedExtent(kernelWidth, dilation.dilationWidth)] as const;
  const perFilter = multiplier > 0 ? 1 : r.number('FILTER_CH', channels);
  const shape = [outChannels, kernelHeight, kernelWidth, perFilter] as const;
  const data = multiplier > 0 ? toOhw(r.array('weights'), outChannels) : Int8Array.from(r.array('weights'));
  const common = {
    ...stride, ...dilation, ...r.range,
    padding: windowPadding([height, width], [rows, columns], [r.number('PAD_Y'), r.number('PAD_X')], extents, [stride.strideHeight, stride.strideWidth]),
    ...weightsOf(r, shape, data, chain.last.quantization.scale, 1),
  };
  chain.add(
    multiplier > 0 ? { kind: 'depthwise-conv2d', depthMultiplier: multiplier, ...common } : { kind: 'conv2d', groups: channels / perFilter, ...common },
    [1, rows, columns, outChannels],
    { scale: 1, zeroPoint: r.number('OUTPUT_OFFSET') },
  );
}

function addFullyConnected(chain: Chain, r: CmsisReader, inputs: number, channels: number, outputScale: number): void {
  const weights = weightsOf(r, [channels, 1, 1, inputs], Int8Array.from(r.array('weights')), chain.last.quantization.scale, outputScale, -r.number('FILTER_OFFSET', 0));
  chain.add({ kind: 'fully-connected', ...r.range, ...weights }, [1, channels], { scale: outputScale, zeroPoint: r.number('OUTPUT_OFFSET') });
}

interface PoolRequest extends Clamp {
  readonly kind: 'average-pool' | 'max-pool';
  readonly filter: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly before: readonly [number, number];
  readonly outputs: readonly [number, number];
}

function addPool(chain: Chain, { kind, filter, strides, before, outputs, activationMin, activationMax }: PoolRequest): void {
  const [, height = 1, width = 1, channels = 1] = chain.last.shape;
  chain.add({
    kind, activationMin, activationMax, padding: windowPadding([height, width], outputs, before, filter, strides),
    filterHeight: filter[0], filterWidth: filter[1], strideHeight: strides[0], strideWidth: strides[1],
  }, [1, ...outputs, channels]);
}

function convolution(r: CmsisReader): CmsisNetwork {
  const chain = new Chain([1, r.number('INPUT_H'), r.number('INPUT_W'), r.number('IN_CH')], { scale: 1, zeroPoint: -r.number('INPUT_OFFSET') });
  addConvolution(chain, r, r.number('CH_MULT', 0));
  return chain.finish(r.name, r.array('input'), r.expected);
}

function fullyConnected(r: CmsisReader): CmsisNetwork {
  const inputs = r.number('ACCUMULATION_DEPTH');
  const chain = new Chain([1, inputs], { scale: 1, zeroPoint: -r.number('INPUT_OFFSET') });
  addFullyConnected(chain, r, inputs, r.number('OUT_CH'), 1);
  return chain.finish(r.name, r.array('input'), r.expected);
}

function pool(r: CmsisReader, kind: PoolRequest['kind']): CmsisNetwork {
  const both = (key: string): [number, number] => [r.number(`${key}_H`), r.number(`${key}_W`)];
  const chain = new Chain([1, ...both('INPUT'), r.number('INPUT_C')], { scale: 1, zeroPoint: 0 });
  addPool(chain, {
    kind, filter: both('FILTER'), strides: both('STRIDE'), before: both('PADDING'), outputs: both('OUTPUT'),
    activationMin: r.number('ACTIVATION_MIN'), activationMax: r.number('ACTIVATION_MAX'),
  });
  return chain.finish(r.name, r.array('input_tensor'), r.expected);
}

/** Two operands as upper and lower half of one image, cut apart by slices: both have one scale and zero point in these cases. */
function elementwise(r: CmsisReader, kind: 'add' | 'mul'): CmsisNetwork {
  const size = r.number('DST_SIZE');
  const half = [1, 4, 4, size / 16] as const;
  if (r.number('INPUT1_OFFSET') !== r.number('INPUT2_OFFSET')) throw new Error(`${r.name}: two input offsets`);
  const chain = new Chain([1, 8, 4, half[3]], { scale: 1, zeroPoint: -r.number('INPUT1_OFFSET') });
  const slice = (row: number): number => chain.add({ kind: 'slice', begin: [0, row, 0, 0], strides: [1, 1, 1, 1] }, half, undefined, [0]);
  const inputs = [slice(0), slice(4)];
  // mul: 1 * 1 / scale; add: twice the larger scale / (2^20 scale), where both inputs are halved first.
  const factor = real(r.number('OUTPUT_MULT'), r.number('OUTPUT_SHIFT'));
  const scale = kind === 'mul' ? 1 / factor : 2 / (2 ** r.number('LEFT_SHIFT') * factor);
  chain.add({ kind, ...r.range }, half, { scale, zeroPoint: r.number('OUTPUT_OFFSET') }, inputs);
  return chain.finish(r.name, [...r.array('input1'), ...r.array('input2')], r.expected);
}

function pad(r: CmsisReader): CmsisNetwork {
  const [shape, before, ends] = ['INPUT', 'PRE_PAD', 'POST_PAD'].map((what) => ['N', 'H', 'W', 'C'].map((d) => r.number(`${what}_${d}`))) as [number[], number[], number[]];
  const chain = new Chain(shape, { scale: 1, zeroPoint: 0 });
  chain.add({ kind: 'pad', before, after: ends, value: r.number('PAD_VALUE') }, shape.map((dim, d) => dim + before[d]! + ends[d]!));
  return chain.finish(r.name, r.array('input_tensor'), r.expected);
}

/** The input scale that gives multiplier and shift. Throws unless `diffMin` follows too. */
function softmaxScale(r: CmsisReader, multiplier: number, shift: number): number {
  const scale = real(multiplier, shift) / 2 ** 26;
  const { diffMin } = softmaxRescalingOf(scale, 1, r.name);
  if (diffMin !== r.number('DIFF_MIN')) throw new Error(`${r.name}: smallest difference ${diffMin}, recorded ${r.number('DIFF_MIN')}`);
  return scale;
}

const PROBABILITY: Quantization = { scale: 1 / 256, zeroPoint: -128 };

function softmax(r: CmsisReader): CmsisNetwork {
  const shape = [1, r.number('ROW_SIZE')];
  const chain = new Chain(shape, { scale: softmaxScale(r, r.number('INPUT_MULT'), r.number('INPUT_LEFT_SHIFT')), zeroPoint: 0 });
  chain.add({ kind: 'softmax', beta: 1 }, shape, PROBABILITY);
  return chain.finish(r.name, r.array('input'), r.expected);
}

/** The whole keyword spotting network. */
function dsCnn(r: CmsisReader): CmsisNetwork {
  const first = r.part('conv_2d_1', 'layer_1_conv_2d');
  const chain = new Chain([1, first.number('INPUT_H'), first.number('INPUT_W'), 1], { scale: 1, zeroPoint: -first.number('INPUT_OFFSET') });
  for (let layer = 1; layer <= 9; layer++) {
    const kind = layer % 2 === 0 ? 'depthwise_conv_2d' : 'conv_2d';
    addConvolution(chain, r.part(`${kind}_${layer}`, `layer_${layer}_${kind}`), layer % 2 === 0 ? 1 : 0);
  }
  const p = r.part('average_pool_2d_10', '');
  addPool(chain, { kind: 'average-pool', filter: [p.number('FILTER_Y'), p.number('FILTER_X')], strides: [1, 1], before: [0, 0], outputs: [1, 1], ...NO_CLAMP });
  chain.add({ kind: 'reshape' }, [1, 64]);
  const s = r.part('softmax_13', '');
  addFullyConnected(chain, r.part('fully_connected_12', 'layer_12_fully_connected'), 64, 12, softmaxScale(s, s.number('MULT'), s.number('SHIFT')));
  chain.add({ kind: 'softmax', beta: 1 }, [1, 12], PROBABILITY);
  return chain.finish(r.name, r.array('input'), r.expected);
}

export function cmsisNetwork(name: string): CmsisNetwork {
  const r = cmsisCase(name);
  const kind = cmsisKind(name);
  switch (kind) {
    case 'whole network':
      return dsCnn(r);
    case 'add':
    case 'mul':
      return elementwise(r, kind);
    case 'pad':
      return pad(r);
    case 'softmax':
      return softmax(r);
    case 'average-pool':
    case 'max-pool':
      return pool(r, kind);
    case 'fully-connected':
      return fullyConnected(r);
    case 'convolution':
      return convolution(r);
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Holds the golden kernels to the operator cases that CMSIS-NN recorded from the TFLite interpreter. */

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { addInt8 } from '../../generator/model/golden/add.js';
import { convolutionAccumulators, requantizeChannels, type ConvolutionGeometry } from '../../generator/model/golden/convolution.js';
import { depthwiseAccumulators } from '../../generator/model/golden/depthwise.js';
import { mulInt8 } from '../../generator/model/golden/elementwise.js';
import { groupedAccumulators } from '../../generator/model/golden/grouped.js';
import { moveInt8 } from '../../generator/model/golden/moving.js';
import { averagePoolInt8, maxPoolInt8 } from '../../generator/model/golden/pool.js';
import { softmaxInt8 } from '../../generator/model/golden/softmax.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';
import { dataPath, readData } from '../support/data.js';

const FILE = 'cmsis-nn/vectors_dev.json.gz';

interface Case {
  readonly config: Readonly<Record<string, number>>;
  readonly arrays: Readonly<Record<string, { readonly data: readonly number[] }>>;
}

const cases: Readonly<Record<string, Case>> =
  dataPath(FILE) === undefined ? {} : (JSON.parse(gunzipSync(readData(FILE)).toString()) as Record<string, Case>);

/** One case with its name taken off keys and arrays; `layer` is the name in the keys where they have another. */
class Reader {
  constructor(private readonly name: string, private readonly item: Case, private readonly layer = name) {}

  number(key: string, absent?: number): number {
    const value = this.item.config[`${this.layer.toUpperCase()}_${key}`] ?? absent;
    if (value === undefined) throw new Error(`${this.name}: no ${key}`);
    return value;
  }

  array(...keys: string[]): readonly number[] {
    for (const key of keys) {
      const found = this.item.arrays[`${this.name}_${key}`];
      if (found !== undefined) return found.data;
    }
    throw new Error(`${this.name}: no ${keys.join(' or ')}`);
  }

  has(key: string): boolean {
    return this.item.arrays[`${this.name}_${key}`] !== undefined;
  }

  /** A layer of a whole network: its keys and arrays begin with other names. */
  part(layer: string, arrays: string): Reader {
    return new Reader(`${this.name}_${arrays}`, this.item, layer);
  }

  get range(): { activationMin: number; activationMax: number } {
    return { activationMin: this.number('OUT_ACTIVATION_MIN', -128), activationMax: this.number('OUT_ACTIVATION_MAX', 127) };
  }
}

function geometryOf(r: Reader): ConvolutionGeometry {
  const [pad, right] = [r.number('PAD_Y'), r.number('PAD_X')];
  return {
    input: { height: r.number('INPUT_H'), width: r.number('INPUT_W'), channels: r.number('IN_CH') },
    output: { height: r.number('OUTPUT_H'), width: r.number('OUTPUT_W'), channels: r.number('OUT_CH') },
    kernelHeight: r.number('FILTER_Y'),
    kernelWidth: r.number('FILTER_X'),
    padding: { top: pad, bottom: pad, left: right, right },
    strideHeight: r.number('STRIDE_Y'),
    strideWidth: r.number('STRIDE_X'),
    dilationHeight: r.number('DILATION_Y'),
    dilationWidth: r.number('DILATION_X'),
  };
}

function requantizationOf(r: Reader, channels: number): Parameters<typeof requantizeChannels>[1] {
  // Fully connected cases give one number in the configuration, the others one per channel in an array.
  const single = r.number('OUTPUT_MULTIPLIER', NaN);
  const perChannel = Number.isNaN(single);
  return {
    multipliers: perChannel ? Int32Array.from(r.array('output_mult', 'output_multiplier')) : new Int32Array(channels).fill(single),
    shifts: perChannel ? Int32Array.from(r.array('output_shift')) : new Int32Array(channels).fill(r.number('OUTPUT_SHIFT')),
    inputZeroPoint: -r.number('INPUT_OFFSET'),
    outputZeroPoint: r.number('OUTPUT_OFFSET'),
    ...r.range,
  };
}

/** HWO -> OHW, the order of the network IR. */
const transpose = (data: readonly number[], outChannels: number): Int8Array => {
  const taps = data.length / outChannels;
  return Int8Array.from(data, (_, i) => data[(i % taps) * outChannels + Math.floor(i / taps)]!);
};

/** Runs a case over its batches with one image at a time. */
function batches(r: Reader, input: readonly number[], run: (image: Int8Array) => Int8Array): number[] {
  const count = r.number('INPUT_BATCHES', r.number('INPUT_N', 1));
  const size = input.length / count;
  return Array.from({ length: count }, (_, i) => [...run(Int8Array.from(input.slice(i * size, (i + 1) * size)))]).flat();
}

function convolution(r: Reader, input = r.array('input'), multiplier = r.number('CH_MULT', 0)): number[] {
  const geometry = geometryOf(r);
  const { channels } = geometry.input;
  const zeroPoint = -r.number('INPUT_OFFSET');
  const bias = Int32Array.from(r.array('biases', 'bias'));
  const weights = Int8Array.from(r.array('weights'));
  const requantization = requantizationOf(r, geometry.output.channels);
  const groups = channels / r.number('FILTER_CH', channels);
  return batches(r, input, (image) => {
    const accumulators =
      multiplier > 0
        ? depthwiseAccumulators(geometry, multiplier, image, zeroPoint, transpose(r.array('weights'), geometry.output.channels), bias)
        : groups > 1
          ? groupedAccumulators(geometry, groups, image, zeroPoint, weights, bias)
          : convolutionAccumulators(geometry, image, zeroPoint, weights, bias);
    return requantizeChannels(accumulators, requantization);
  });
}

function fullyConnected(r: Reader, input = r.array('input'), inputs = r.number('ACCUMULATION_DEPTH'), channels = r.number('OUT_CH')): number[] {
  const geometry: ConvolutionGeometry = {
    input: { height: 1, width: 1, channels: inputs }, output: { height: 1, width: 1, channels }, kernelHeight: 1, kernelWidth: 1,
    padding: { top: 0, left: 0, bottom: 0, right: 0 }, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
  };
  const bias = r.has('biases') || r.has('bias') ? Int32Array.from(r.array('biases', 'bias')) : new Int32Array(channels);
  const weights = Int16Array.from(r.array('weights'), (weight) => weight + r.number('FILTER_OFFSET', 0));
  return batches(r, input, (image) =>
    requantizeChannels(
      convolutionAccumulators(geometry, image, -r.number('INPUT_OFFSET'), weights, bias),
      requantizationOf(r, channels),
    ));
}

function pool(r: Reader, run: typeof maxPoolInt8): number[] {
  const [vertical, horizontal] = [r.number('PADDING_H'), r.number('PADDING_W')];
  const channels = r.number('INPUT_C');
  const geometry = {
    input: { height: r.number('INPUT_H'), width: r.number('INPUT_W'), channels },
    output: { height: r.number('OUTPUT_H'), width: r.number('OUTPUT_W'), channels },
    filterHeight: r.number('FILTER_H'), filterWidth: r.number('FILTER_W'), strideHeight: r.number('STRIDE_H'), strideWidth: r.number('STRIDE_W'),
    padding: { top: vertical, bottom: vertical, left: horizontal, right: horizontal },
    activationMin: r.number('ACTIVATION_MIN'), activationMax: r.number('ACTIVATION_MAX'),
  };
  return batches(r, r.array('input_tensor'), (image) => run(geometry, image));
}

function add(r: Reader): number[] {
  const input = (n: number): { multiplier: number; shift: number; zeroPoint: number } =>
    ({ multiplier: r.number(`INPUT${n}_MULT`), shift: r.number(`INPUT${n}_SHIFT`), zeroPoint: -r.number(`INPUT${n}_OFFSET`) });
  const rescaling = {
    inputs: [input(1), input(2)] as const,
    output: { multiplier: r.number('OUTPUT_MULT'), shift: r.number('OUTPUT_SHIFT') },
    outputZeroPoint: r.number('OUTPUT_OFFSET'),
    ...r.range,
  };
  return [...addInt8(Int8Array.from(r.array('input1')), Int8Array.from(r.array('input2')), rescaling)];
}

function mul(r: Reader): number[] {
  const rescaling = {
    multiplier: r.number('OUTPUT_MULT'), shift: r.number('OUTPUT_SHIFT'), outputZeroPoint: r.number('OUTPUT_OFFSET'),
    inputZeroPoints: [-r.number('INPUT1_OFFSET'), -r.number('INPUT2_OFFSET')] as const,
    ...r.range,
  };
  return [...mulInt8(Int8Array.from(r.array('input1')), Int8Array.from(r.array('input2')), rescaling)];
}

function pad(r: Reader): number[] {
  const dimensions = ['N', 'H', 'W', 'C'];
  const [shape, before, after] = ['INPUT', 'PRE_PAD', 'POST_PAD'].map((what) => dimensions.map((d) => r.number(`${what}_${d}`))) as [number[], number[], number[]];
  const op = { kind: 'pad', name: 'pad', inputs: [0], outputs: [1], before, after, value: r.number('PAD_VALUE') } as const;
  return [...moveInt8(op, [int8Tensor(shape, Int8Array.from(r.array('input_tensor')))], shape.map((dim, d) => dim + before[d]! + after[d]!)).data];
}

const softmax = (r: Reader): number[] => [
  ...softmaxInt8(Int8Array.from(r.array('input')), r.number('ROW_SIZE'), {
    multiplier: r.number('INPUT_MULT'), shift: r.number('INPUT_LEFT_SHIFT'), diffMin: r.number('DIFF_MIN'),
  }),
];

/** The whole keyword spotting network: ten layers from recorded weights, compared at its end. */
function dsCnn(r: Reader): number[] {
  let data = r.array('input');
  for (let layer = 1; layer <= 9; layer++) {
    const depthwise = layer % 2 === 0;
    const kind = depthwise ? 'depthwise_conv_2d' : 'conv_2d';
    data = convolution(r.part(`${kind}_${layer}`, `layer_${layer}_${kind}`), data, depthwise ? 1 : 0);
  }
  const p = r.part('average_pool_2d_10', '');
  const pool = geometryOf(p);
  data = [...averagePoolInt8({ ...pool, filterHeight: pool.kernelHeight, filterWidth: pool.kernelWidth, ...p.range }, Int8Array.from(data))];
  data = fullyConnected(r.part('fully_connected_12', 'layer_12_fully_connected'), data, 64, 12);
  const s = r.part('softmax_13', '');
  return [...softmaxInt8(Int8Array.from(data), 12, { multiplier: s.number('MULT'), shift: s.number('SHIFT'), diffMin: s.number('DIFF_MIN') })];
}

function runCase(name: string, r: Reader): number[] {
  if (name === 'ds_cnn_s') return dsCnn(r);
  if (name === 'add') return add(r);
  if (name === 'mul') return mul(r);
  if (name === 'pad_int8_1') return pad(r);
  if (name === 'softmax') return softmax(r);
  if (name.startsWith('avgpooling')) return pool(r, averagePoolInt8);
  if (name.startsWith('maxpooling')) return pool(r, maxPoolInt8);
  if (name.startsWith('fc_') || name.startsWith('fully_connected')) return fullyConnected(r);
  return convolution(r);
}

describe.skipIf(dataPath(FILE) === undefined)('golden kernels equal the TFLite results that CMSIS-NN recorded', () => {
  const names = Object.keys(cases);

  it.each(names)('%s', (name) => {
    const r = new Reader(name, cases[name]!);
    expect(runCase(name, r)).toEqual(r.array('output_ref', 'output'));
  });

  it('covers all 48 cases', () => {
    expect(names.length).toBe(48);
  });
});

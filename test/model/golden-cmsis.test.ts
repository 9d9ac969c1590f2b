// SPDX-License-Identifier: Apache-2.0
/** Holds the golden kernels to the operator cases that CMSIS-NN recorded from the TFLite interpreter. */

import { describe, expect, it } from 'vitest';
import { isWeighted } from '../../generator/graph/network.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { addInt8 } from '../../generator/model/golden/add.js';
import { convolutionAccumulators, requantizeChannels, type ConvolutionGeometry } from '../../generator/model/golden/convolution.js';
import { depthwiseAccumulators } from '../../generator/model/golden/depthwise.js';
import { mulInt8 } from '../../generator/model/golden/elementwise.js';
import { groupedAccumulators } from '../../generator/model/golden/grouped.js';
import { moveInt8 } from '../../generator/model/golden/moving.js';
import { averagePoolInt8, maxPoolInt8 } from '../../generator/model/golden/pool.js';
import { softmaxInt8 } from '../../generator/model/golden/softmax.js';
import { requantization } from '../../generator/quantize/requantization.js';
import { int8Tensor } from '../../generator/tensor/tensor.js';
import { CMSIS_CASES, cmsisCase, cmsisKind, cmsisMultipliers, cmsisNames, hasCmsisCases, toOhw, type CmsisReader } from '../support/cmsis-cases.js';
import { cmsisNetwork } from '../support/cmsis-networks.js';

function geometryOf(r: CmsisReader): ConvolutionGeometry {
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

const requantizationOf = (r: CmsisReader, channels: number): Parameters<typeof requantizeChannels>[1] =>
  ({ ...cmsisMultipliers(r, channels), inputZeroPoint: -r.number('INPUT_OFFSET'), outputZeroPoint: r.number('OUTPUT_OFFSET'), ...r.range });

/** Runs a case over its batches with one image at a time. */
function batches(r: CmsisReader, input: readonly number[], run: (image: Int8Array) => Int8Array): number[] {
  const count = r.number('INPUT_BATCHES', r.number('INPUT_N', 1));
  const size = input.length / count;
  return Array.from({ length: count }, (_, i) => [...run(Int8Array.from(input.slice(i * size, (i + 1) * size)))]).flat();
}

function convolution(r: CmsisReader, input = r.array('input'), multiplier = r.number('CH_MULT', 0)): number[] {
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
        ? depthwiseAccumulators(geometry, multiplier, image, zeroPoint, toOhw(r.array('weights'), geometry.output.channels), bias)
        : groups > 1
          ? groupedAccumulators(geometry, groups, image, zeroPoint, weights, bias)
          : convolutionAccumulators(geometry, image, zeroPoint, weights, bias);
    return requantizeChannels(accumulators, requantization);
  });
}

function fullyConnected(r: CmsisReader, input = r.array('input'), inputs = r.number('ACCUMULATION_DEPTH'), channels = r.number('OUT_CH')): number[] {
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

function pool(r: CmsisReader, run: typeof maxPoolInt8): number[] {
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

function add(r: CmsisReader): number[] {
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

function mul(r: CmsisReader): number[] {
  const rescaling = {
    multiplier: r.number('OUTPUT_MULT'), shift: r.number('OUTPUT_SHIFT'), outputZeroPoint: r.number('OUTPUT_OFFSET'),
    inputZeroPoints: [-r.number('INPUT1_OFFSET'), -r.number('INPUT2_OFFSET')] as const,
    ...r.range,
  };
  return [...mulInt8(Int8Array.from(r.array('input1')), Int8Array.from(r.array('input2')), rescaling)];
}

function pad(r: CmsisReader): number[] {
  const dimensions = ['N', 'H', 'W', 'C'];
  const [shape, before, after] = ['INPUT', 'PRE_PAD', 'POST_PAD'].map((what) => dimensions.map((d) => r.number(`${what}_${d}`))) as [number[], number[], number[]];
  const op = { kind: 'pad', name: 'pad', inputs: [0], outputs: [1], before, after, value: r.number('PAD_VALUE') } as const;
  return [...moveInt8(op, [int8Tensor(shape, Int8Array.from(r.array('input_tensor')))], shape.map((dim, d) => dim + before[d]! + after[d]!)).data];
}

const softmax = (r: CmsisReader): number[] => [
  ...softmaxInt8(Int8Array.from(r.array('input')), r.number('ROW_SIZE'), {
    multiplier: r.number('INPUT_MULT'), shift: r.number('INPUT_LEFT_SHIFT'), diffMin: r.number('DIFF_MIN'),
  }),
];

/** The whole keyword spotting network: ten layers from recorded weights, compared at its end. */
function dsCnn(r: CmsisReader): number[] {
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

function runCase(r: CmsisReader): number[] {
  const kind = cmsisKind(r.name);
  switch (kind) {
    case 'whole network':
      return dsCnn(r);
    case 'add':
      return add(r);
    case 'mul':
      return mul(r);
    case 'pad':
      return pad(r);
    case 'softmax':
      return softmax(r);
    case 'average-pool':
      return pool(r, averagePoolInt8);
    case 'max-pool':
      return pool(r, maxPoolInt8);
    case 'fully-connected':
      return fullyConnected(r);
    case 'convolution':
      return convolution(r);
  }
}

describe.skipIf(!hasCmsisCases)('CMSIS-NN cases recorded from the TFLite interpreter', () => {
  it.each(cmsisNames)('%s: the golden kernels give the recorded output from the recorded multipliers', (name) => {
    const r = cmsisCase(name);
    expect(runCase(r)).toEqual(r.expected);
  });

  it.each(cmsisNames)('%s: so does the golden model of a network, from its scales', (name) => {
    const { network, images, expected } = cmsisNetwork(name);
    const [first] = network.ops;
    if (name !== 'ds_cnn_s' && isWeighted(first!)) expect(requantization(network, first)).toMatchObject(cmsisMultipliers(cmsisCase(name), first.bias.length));
    expect(images.map((image) => goldenOutput(network, runGolden(network, image)).data)).toEqual(expected);
  });

  it('are all there', () => {
    expect(cmsisNames.length).toBe(CMSIS_CASES);
  });
});

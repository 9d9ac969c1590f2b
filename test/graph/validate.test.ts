// SPDX-License-Identifier: Apache-2.0
/** Holds shape inference and validation to TensorFlow's rules and to networks broken one field at a time. */

import { describe, expect, it } from 'vitest';
import { InvalidNetworkError, UnknownOpError } from '../../generator/graph/errors.js';
import type { ActivationTensor, Conv2dOp, Network, Op } from '../../generator/graph/network.js';
import { arrayInputSize, createOpNamer, opByName, outputPixels, weightedOps } from '../../generator/graph/query.js';
import { samePadding, windowCount } from '../../generator/graph/shapes.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';

describe('shape inference', () => {
  it('pads SAME so that there are ceil(input / stride) outputs, the odd row after', () => {
    for (let input = 1; input <= 40; input++) for (let extent = 1; extent <= 9; extent++) for (let stride = 1; stride <= 4; stride++) {
      const [before, after] = samePadding(input, extent, stride);
      expect([0, 1]).toContain(after - before);
      expect(windowCount(input, before, after, extent, stride)).toBe(Math.ceil(input / stride));
    }
    expect([samePadding(32, 3, 2), samePadding(32, 3, 1), samePadding(32, 1, 2)]).toEqual([[0, 1], [1, 1], [0, 0]]);
  });
});

const base = (): Network => randomConvNetwork({ inputShape: [6, 5, 3], outChannels: 4, activation: 'none', seed: 1 });

const withOp = (change: Partial<Conv2dOp>): Network => {
  const network = base();
  return { ...network, ops: [{ ...(network.ops[0] as Conv2dOp), ...change }] };
};

const withTensor = (id: number, change: Partial<ActivationTensor>): Network => {
  const network = base();
  return { ...network, tensors: network.tensors.map((tensor) => (tensor.id === id ? { ...tensor, ...change } : tensor)) };
};

const weights = (change: object): Partial<Conv2dOp> => ({ weights: { ...(base().ops[0] as Conv2dOp).weights, ...change } });

describe('validateNetwork', () => {
  it('accepts sound networks and returns them', () => {
    const network = syntheticResnet8(1);
    expect(validateNetwork(network)).toBe(network);
  });

  it.each<[string, Network, string]>([
    ['a stride of 0', withOp({ strideHeight: 0 }), 'conv2d_1: stride height is 0'],
    ['negative padding', withOp({ padding: { top: -1, left: 0, bottom: 0, right: 0 } }), 'conv2d_1: top padding is -1'],
    ['a fractional dilation', withOp({ dilationWidth: 1.5 }), 'conv2d_1: dilation width is 1.5'],
    ['an empty clamp', withOp({ activationMin: 5, activationMax: 4 }), 'conv2d_1: clamp 5..4 is not a range within -128..127'],
    ['a short bias', withOp({ bias: new Int32Array(3) }), 'conv2d_1: 3 biases for 4 output channels'],
    ['too few weights', withOp(weights({ data: new Int8Array(5) })), 'conv2d_1: 5 weights for shape 4x3x3x3'],
    ['a missing scale', withOp(weights({ scales: [1, 1] })), 'conv2d_1: 2 weight scales for 4 output channels'],
    ['an infinite scale', withOp(weights({ scales: [Infinity] })), 'conv2d_1: weight scale Infinity is not a positive number'],
    ['weights of other channels', withTensor(0, { shape: [1, 6, 5, 2] }), 'conv2d_1: weights read 3 input channels, the input has 2'],
    ['groups of other channels', withOp({ groups: 2 }), 'conv2d_1: weights read 2 groups of 3 input channels, the input has 3'],
    ['groups that do not divide the output channels', { ...withTensor(0, { shape: [1, 6, 5, 9] }), ops: withOp({ groups: 3 }).ops }, 'conv2d_1: 4 output channels do not divide into 3 groups'],
    ['half a group', withOp({ groups: 0.5 }), 'conv2d_1: number of groups is 0.5'],
    ['a weight zero point outside int8', withOp(weights({ zeroPoint: 200 })), 'conv2d_1: weight zero point 200 is not in -128..127'],
    ['another output shape', withTensor(1, { shape: [1, 6, 6, 4] }), 'conv2d_1: gives 1x6x5x4, its output tensor says 1x6x6x4'],
    ['a window that does not fit', withOp({ padding: { top: 0, left: 0, bottom: 0, right: 0 }, dilationHeight: 3 }), 'conv2d_1: a window of 7x3 does not fit the padded input 1x6x5x3'],
    ['a batch of 2', withTensor(0, { shape: [2, 6, 5, 3] }), 'tensor 0 (input): shape 2x6x5x3 has batch 2, only 1 is supported'],
    ['a dimension of 0', withTensor(0, { shape: [1, 0, 5, 3] }), 'tensor 0 (input): shape 1x0x5x3 has a dimension below 1'],
    ['a zero point outside int8', withTensor(1, { quantization: { scale: 1, zeroPoint: 128 } }), 'tensor 1 (conv2d_1): zero point 128 is not in -128..127'],
    ['an unwritten output', { ...base(), ops: [] }, 'network output 1 is never written'],
    ['a name used twice', { ...base(), ops: [base().ops[0] as Op, base().ops[0] as Op] }, 'conv2d_1: the name is used twice'],
    ['an input from nowhere', withOp({ inputs: [9] }), 'conv2d_1: reads tensor 9 before anything wrote it'],
  ])('refuses %s', (_what, network, problem) => {
    expect(() => validateNetwork(network)).toThrow(InvalidNetworkError);
    expect(() => validateNetwork(network)).toThrow(problem);
  });

  it('reports all problems together', () => {
    const broken = { ...withOp({ strideHeight: 0, bias: new Int32Array(0) }), outputs: [7] };
    try {
      validateNetwork(broken);
      expect.fail('it was accepted');
    } catch (error) {
      expect((error as InvalidNetworkError).problems).toEqual([
        'network input or output 7 does not exist',
        'conv2d_1: stride height is 0',
        'conv2d_1: 0 biases for 4 output channels',
        'network output 7 is never written',
      ]);
    }
  });
});

describe('queries', () => {
  it('name operators per kind, from 1', () => {
    const name = createOpNamer();
    expect([name('conv2d'), name('add'), name('conv2d'), name('fully-connected')]).toEqual(['conv2d_1', 'add_1', 'conv2d_2', 'fc_1']);
  });

  it('list the names when one is unknown', () => {
    expect(opByName(base(), 'conv2d_1').kind).toBe('conv2d');
    expect(() => opByName(base(), 'conv9', '--keep')).toThrow(UnknownOpError);
    expect(() => opByName(base(), 'conv9', '--keep')).toThrow('--keep: no layer is named "conv9"; expected one of conv2d_1. Use one of these names.');
  });

  it('see fully connected as one pixel', () => {
    const network = syntheticResnet8(1);
    const ops = weightedOps(network);
    expect(ops.map((op) => outputPixels(network, op))).toEqual([1024, 1024, 1024, 256, 256, 256, 64, 64, 64, 1]);
    expect(arrayInputSize(network, ops[9]!)).toEqual({ height: 1, width: 1, channels: 64 });
    expect(arrayInputSize(network, ops[3]!)).toEqual({ height: 32, width: 32, channels: 16 });
  });
});

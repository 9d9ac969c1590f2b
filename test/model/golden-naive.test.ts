// SPDX-License-Identifier: Apache-2.0
/** Holds the golden kernels to definitions written another way: real arithmetic, scattering, BigInt. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import type { Conv2dOp, DepthwiseConv2dOp, Network } from '../../generator/graph/network.js';
import { randomConvNetwork, randomInput, syntheticResnet8, type RandomLayerRequest } from '../../generator/graph/synthetic.js';
import { goldenAccumulators, goldenOutput, runGolden } from '../../generator/model/golden.js';
import { addInt8 } from '../../generator/model/golden/add.js';
import { roundedMean } from '../../generator/model/golden/pool.js';
import { softmaxInt8 } from '../../generator/model/golden/softmax.js';
import { quantizeMultiplier } from '../../generator/quantize/multiplier.js';
import { softmaxRescalingOf } from '../../generator/quantize/requantization.js';
import { expOnNegative, reciprocalOfOnePlus } from '../../generator/quantize/transcendental.js';
import { imageSize, int8Tensor, TensorShapeError } from '../../generator/tensor/tensor.js';
import { expectSame } from '../support/mismatch.js';

/** Scatters every input value to the outputs it reaches; the golden model gathers. */
function scatter(network: Network, op: Conv2dOp | DepthwiseConv2dOp, input: Int8Array): number[] {
  const inputTensor = network.tensors[op.inputs[0]]!;
  const image = imageSize(inputTensor.shape);
  const output = imageSize(network.tensors[op.outputs[0]]!.shape);
  const [, kernelHeight, kernelWidth, inChannels] = op.weights.shape;
  const sums = Array.from({ length: output.height * output.width * output.channels }, (_, i) => BigInt(op.bias[i % output.channels]!));
  for (let row = 0; row < image.height; row++) for (let column = 0; column < image.width; column++) for (let c = 0; c < image.channels; c++) {
    const value = input[(row * image.width + column) * image.channels + c]! - inputTensor.quantization.zeroPoint;
    for (let ky = 0; ky < kernelHeight; ky++) for (let kx = 0; kx < kernelWidth; kx++) {
      const y = (row + op.padding.top - ky * op.dilationHeight) / op.strideHeight;
      const x = (column + op.padding.left - kx * op.dilationWidth) / op.strideWidth;
      if (!Number.isInteger(y) || !Number.isInteger(x) || y < 0 || x < 0 || y >= output.height || x >= output.width) continue;
      for (let o = 0; o < output.channels; o++) {
        // The input channel in the filter's own count; a depthwise filter is a group of one channel.
        const perGroup = output.channels / (op.kind === 'conv2d' ? op.groups : image.channels);
        const local = c - Math.floor(o / perGroup) * inChannels;
        if (local < 0 || local >= inChannels) continue;
        const weight = op.weights.data[((o * kernelHeight + ky) * kernelWidth + kx) * inChannels + local]! - op.weights.zeroPoint;
        const at = (y * output.width + x) * output.channels + o;
        sums[at] = sums[at]! + BigInt(value * weight);
      }
    }
  }
  return sums.map((sum) => Number(BigInt.asIntN(32, sum)));
}

const REQUESTS: readonly Omit<RandomLayerRequest, 'seed'>[] = [
  { inputShape: [6, 7, 5], outChannels: 9 },
  { inputShape: [9, 9, 3], outChannels: 4, kernel: [5, 3], stride: [2, 1], padding: 'valid' },
  { inputShape: [8, 6, 17], outChannels: 6, kernel: 1, stride: 2 },
  { inputShape: [10, 11, 4], outChannels: 7, kernel: [2, 3], stride: 3, dilation: [2, 3], padding: 'same' },
  { inputShape: [5, 5, 2], outChannels: 1, kernel: 4, padding: { top: 3, left: 0, bottom: 1, right: 2 } },
  { inputShape: [6, 7, 6], outChannels: 9, groups: 3, stride: [1, 2] },
  { inputShape: [5, 7, 8], outChannels: 8, groups: 8, kernel: 2, dilation: 2, weightZeroPoint: 5 },
  { inputShape: [5, 6, 5], outChannels: 6, weightZeroPoint: -17 },
  { kind: 'depthwise-conv2d', inputShape: [7, 5, 6], outChannels: 6 },
  { kind: 'depthwise-conv2d', inputShape: [6, 5, 4], outChannels: 8, weightZeroPoint: 30 },
  { kind: 'depthwise-conv2d', inputShape: [9, 8, 3], outChannels: 9, kernel: [3, 2], stride: 2, dilation: 2, padding: 'same' },
];

describe('golden convolution', () => {
  it.each(REQUESTS)('equals a scattering BigInt convolution: %o, seeds 1..4', (request) => {
    for (let seed = 1; seed <= 4; seed++) {
      const network = randomConvNetwork({ ...request, seed });
      const op = network.ops[0] as Conv2dOp | DepthwiseConv2dOp;
      const input = randomInput(network, seed);
      const tensor = int8Tensor(network.tensors[0]!.shape, input);
      expectSame(goldenAccumulators(network, op, tensor), scatter(network, op, input), `seed ${seed}`);
    }
  });

  it.each(REQUESTS)('is within one step of real arithmetic: %o', (request) => {
    const network = randomConvNetwork({ ...request, seed: 5 });
    const op = network.ops[0] as Conv2dOp | DepthwiseConv2dOp;
    const input = randomInput(network, 6);
    const output = network.tensors[1]!;
    const sums = scatter(network, op, input);
    const found = goldenOutput(network, runGolden(network, input)).data;
    sums.forEach((sum, i) => {
      const scale = op.weights.scales[i % op.bias.length]! * network.tensors[0]!.quantization.scale;
      const real = (sum * scale) / output.quantization.scale + output.quantization.zeroPoint;
      const expected = Math.min(op.activationMax, Math.max(op.activationMin, real));
      expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(1);
    });
  });

  it('refuses an image of another size', () => {
    const network = randomConvNetwork({ inputShape: [4, 4, 3], outChannels: 2, seed: 1 });
    expect(() => runGolden(network, new Int8Array(47))).toThrow(TensorShapeError);
    expect(() => runGolden(network, new Int8Array(47))).toThrow(
      'int8 tensor: 47 elements; expected 48 (1x4x4x3). Pass data and shape that belong together.',
    );
  });
});

describe('golden addition, pooling and softmax', () => {
  it('adds within one step of real arithmetic for all pairs of int8 values', () => {
    const [sa, za, sb, zb, so, zo] = [0.031, -7, 0.058, 20, 0.07, -3];
    const twice = 2 * Math.max(sa, sb);
    const rescaling = {
      inputs: [{ ...quantizeMultiplier(sa / twice), zeroPoint: za }, { ...quantizeMultiplier(sb / twice), zeroPoint: zb }] as const,
      output: quantizeMultiplier(twice / (2 ** 20 * so)), outputZeroPoint: zo, activationMin: -128, activationMax: 127,
    };
    const a = Int8Array.from({ length: 65536 }, (_, i) => (i & 255) - 128);
    const b = Int8Array.from({ length: 65536 }, (_, i) => (i >> 8) - 128);
    addInt8(a, b, rescaling).forEach((found, i) => {
      const real = ((a[i]! - za) * sa + (b[i]! - zb) * sb) / so + zo;
      const error = Math.abs(found - Math.min(127, Math.max(-128, real)));
      if (error > 0.501) expect.fail(`${a[i]} + ${b[i]}: ${found}, real ${real}`);
    });
  });

  it('rounds means half away from zero', () => {
    expect([[5, 2], [-5, 2], [4, 3], [-4, 3], [-1, 64], [32, 64], [-32, 64], [0, 9]].map(([sum, count]) => roundedMean(sum!, count!)))
      .toEqual([3, -3, 1, -1, 0, 1, -1, 0]);
  });

  it('computes e^x and 1 / (1 + x) in fixed point to 22 and 28 bits, the precision of gemmlowp', () => {
    for (let i = 0; i <= 20_000; i++) {
      const a = -Math.floor((i / 20_000) * 2 ** 31);
      const exp = Math.abs(expOnNegative(a, 5) / 2 ** 31 - Math.exp(a / 2 ** 26));
      const x = Math.floor((i / 20_001) * 2 ** 31);
      const reciprocal = Math.abs(reciprocalOfOnePlus(x) / 2 ** 31 - 1 / (1 + x / 2 ** 31));
      if (exp > 2 ** -22 || reciprocal > 2 ** -28) expect.fail(`at ${i}: errors ${exp} and ${reciprocal}`);
    }
  });

  it('computes softmax within one step of real arithmetic (seed 1)', () => {
    const random = createRandom(1);
    for (let row = 0; row < 500; row++) {
      const scale = Math.fround(0.005 + 0.3 * random.next());
      const input = Int8Array.from({ length: random.integer(1, 40) }, () => random.integer(-128, 127));
      const exps = Array.from(input, (value) => Math.exp((value - Math.max(...input)) * scale));
      const total = exps.reduce((x, y) => x + y, 0);
      const output = softmaxInt8(input, input.length, softmaxRescalingOf(scale, 1, 'test'));
      output.forEach((found, i) => {
        expect(Math.abs(found - Math.min(127, (256 * exps[i]!) / total - 128))).toBeLessThanOrEqual(1);
      });
    }
  });
});

describe('the synthetic ResNet-8', () => {
  it('has the shape of the real one and neither saturates nor dies (seeds 1..3)', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const network = syntheticResnet8(seed);
      expect(network.synthetic).toBe(true);
      expect(network.ops.map((op) => op.kind).join(' ')).toBe(
        'conv2d conv2d conv2d add conv2d conv2d conv2d add conv2d conv2d conv2d add average-pool reshape fully-connected softmax',
      );
      const tensors = runGolden(network, randomInput(network, seed));
      for (const op of network.ops.filter(({ kind }) => kind === 'conv2d' || kind === 'add')) {
        const { data } = tensors.get(op.outputs[0])!;
        const share = (value: number): number => data.filter((found) => found === value).length / data.length;
        expect(share(127), `${op.name} saturates`).toBeLessThan(0.1);
        expect(share(-128), `${op.name} is dead`).toBeLessThan(0.8);
        expect(new Set(data).size, `${op.name} hardly varies`).toBeGreaterThan(60);
      }
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(syntheticResnet8(4)).toEqual(syntheticResnet8(4));
    expect(syntheticResnet8(4).ops[0]).not.toEqual(syntheticResnet8(5).ops[0]);
  });
});

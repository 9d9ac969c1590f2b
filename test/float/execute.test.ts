// SPDX-License-Identifier: Apache-2.0
/** Holds the float reference to values by hand, and to the golden model on the integer networks that approximate it. */

import { describe, expect, it } from 'vitest';
import { floatOutput, runFloat, runFloatOp } from '../../generator/float/execute.js';
import type { FloatOp } from '../../generator/float/network.js';
import { outputOf } from '../../generator/graph/query.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import type { Network } from '../../generator/graph/network.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { TensorShapeError, type Shape } from '../../generator/tensor/tensor.js';
import { dequantize, floatChain, realNetwork, type FloatOpRequest } from '../support/float-network.js';
import { opNetwork, type OpRequest, type TensorRequest } from '../support/op-network.js';
import { smallNetwork } from '../support/small-network.js';

/** The output of one operator on these values. */
const one = (input: Shape, values: readonly number[], request: FloatOpRequest): number[] => {
  const network = floatChain(input, [request]);
  return [...floatOutput(network, runFloat(network, Float32Array.from(values)))];
};

const window = { strideHeight: 1, strideWidth: 1, padding: { top: 0, left: 0, bottom: 0, right: 0 } };

describe('values by hand', () => {
  it('a convolution of 2 x 2 over 2 x 3 with bias and clamp', () => {
    const weights = { name: 'w', layout: 'OHWI', shape: [1, 2, 2, 1], data: Float32Array.of(1, 2, 3, 4) };
    const conv = { kind: 'conv2d', shape: [1, 1, 2, 1], weights, bias: Float32Array.of(0.5), ...window, dilationHeight: 1, dilationWidth: 1, groups: 1 } as const;
    // 1*1 + 2*2 + 3*4 + 4*5 + 0.5, 1*2 + 2*3 + 3*5 + 4*6 + 0.5
    expect(one([1, 2, 3, 1], [1, 2, 3, 4, 5, 6], conv)).toEqual([37.5, 47.5]);
    expect(one([1, 2, 3, 1], [1, 2, 3, 4, 5, 6], { ...conv, activationMax: 40 })).toEqual([37.5, 40]);
  });

  it('padding is zero, and does not count in an average', () => {
    const pool = { filterHeight: 2, filterWidth: 2, strideHeight: 2, strideWidth: 2, padding: { top: 0, left: 0, bottom: 0, right: 1 } };
    expect(one([1, 2, 3, 1], [1, 2, 3, 4, 5, 6], { kind: 'average-pool', shape: [1, 1, 2, 1], ...pool })).toEqual([3, 4.5]);
    expect(one([1, 2, 3, 1], [-1, -2, -3, -4, -5, -6], { kind: 'max-pool', shape: [1, 1, 2, 1], ...pool })).toEqual([-1, -3]);
  });

  it('batch norm, activations, softmax', () => {
    const norm = { scale: Float32Array.of(2, 3), offset: Float32Array.of(1, 0), mean: Float32Array.of(4, 1), variance: Float32Array.of(0.2, 15.95), epsilon: 0.05 };
    expect(one([1, 1, 1, 2], [5, 9], { kind: 'batch-norm', shape: [1, 1, 1, 2], ...norm }).map((v) => Number(v.toFixed(5)))).toEqual([5, 6]);
    expect(one([1, 4], [-4, -1, 0, 8], { kind: 'hard-swish', shape: [1, 4] }).map((v) => Number(v.toFixed(5)))).toEqual([0, -0.33333, 0, 8]);
    expect(one([1, 2], [-4, 3], { kind: 'leaky-relu', alpha: 0.25, shape: [1, 2] })).toEqual([-1, 3]);
    expect(one([1, 2], [0, 2], { kind: 'logistic', shape: [1, 2] }).map((v) => Number(v.toFixed(4)))).toEqual([0.5, 0.8808]);
    expect(one([1, 3], [1000, 1000 + Math.log(2), 1000], { kind: 'softmax', beta: 1, shape: [1, 3] }).map((v) => Number(v.toFixed(3)))).toEqual([0.25, 0.5, 0.25]);
  });

  it('a constant per channel is repeated over the positions', () => {
    const constant = { shape: [2], values: [10, 100] };
    expect(one([1, 2, 1, 2], [1, 2, 3, 4], { kind: 'add', shape: [1, 2, 1, 2], constant })).toEqual([11, 102, 13, 104]);
    expect(one([1, 2, 1, 2], [1, 2, 3, 4], { kind: 'mul', shape: [1, 2, 1, 2], constant, activationMax: 300 })).toEqual([10, 200, 30, 300]);
  });

  it('refuses an input of another size', () => {
    const network = floatChain([1, 2], [{ kind: 'relu', shape: [1, 2] }]);
    expect(() => runFloat(network, new Float32Array(3))).toThrow(TensorShapeError);
    expect(() => runFloat(network, new Float32Array(3))).toThrow('input 0 of chain: 3 values; expected 2 (1x2)');
  });
});

/** The real output is at most `steps` int8 steps from the golden one, in every element. */
function expectNearGolden(network: Network, inputs: readonly Int8Array[], steps: number): void {
  const real = realNetwork(network);
  const values = inputs.map((input, i) => dequantize(input, network.tensors[network.inputs[i]!]!.quantization));
  const [op] = network.ops;
  const golden = network.inputs.length === 1 && network.ops.length === 1 ? goldenOutput(network, runGolden(network, inputs[0]!)) : undefined;
  const { quantization, shape } = outputOf(network, op!);
  const found = runFloatOp(real.ops[0] as FloatOp, values.map((data, i) => ({ data, shape: network.tensors[network.inputs[i]!]!.shape })), shape);
  const expected = dequantize(golden!.data, quantization);
  const [low, high] = [(-128 - quantization.zeroPoint) * quantization.scale, (127 - quantization.zeroPoint) * quantization.scale];
  found.forEach((value, i) => {
    const off = Math.abs(Math.min(high, Math.max(low, value)) - expected[i]!) / quantization.scale;
    if (!(off <= steps)) expect.fail(`element ${i}: ${value}, golden ${expected[i]}, ${off} steps apart`);
  });
}

describe('against the golden model', () => {
  it.each([
    { inputShape: [9, 8, 3], outChannels: 9, kind: 'depthwise-conv2d', kernel: [3, 2], stride: [2, 1], dilation: [1, 2], padding: 'same' },
    { inputShape: [9, 8, 6], outChannels: 7, kernel: [2, 3], stride: [1, 2], padding: 'valid' },
    { inputShape: [7, 5, 8], outChannels: 12, kernel: [3, 3], groups: 4 },
    { inputShape: [11, 9, 2], outChannels: 3, kernel: [3, 2], dilation: [2, 3] },
    { inputShape: [1, 1, 12], outChannels: 5, kind: 'fully-connected' },
  ] as const)('%o is within 3/4 of a step', (request) => {
    for (const seed of [1, 2]) {
      const network = randomConvNetwork({ ...request, seed });
      expectNearGolden(network, [randomInput(network, seed)], 0.76);
    }
  });

  const IMAGE = { shape: [1, 4, 6, 3] };
  it.each<[OpRequest, TensorRequest, number]>([
    [{ kind: 'mean' }, { shape: [1, 3], scale: 0.01 }, 1.01],
    [{ kind: 'relu', activationMin: 3 }, { ...IMAGE, zeroPoint: 3 }, 0.51],
    [{ kind: 'leaky-relu', alpha: Math.fround(0.2) }, IMAGE, 0.76],
    [{ kind: 'logistic' }, { ...IMAGE, scale: 1 / 256, zeroPoint: -128 }, 1.01],
    [{ kind: 'hard-swish' }, IMAGE, 1.01],
    [{ kind: 'average-pool', ...window, filterHeight: 3, filterWidth: 2 }, { shape: [1, 2, 5, 3] }, 0.51],
    [{ kind: 'max-pool', ...window, filterHeight: 2, filterWidth: 3 }, { shape: [1, 3, 4, 3] }, 1e-3],
    [{ kind: 'pad', before: [0, 1, 2, 0], after: [0, 0, 1, 0], value: -9 }, { shape: [1, 5, 9, 3] }, 1e-3],
    [{ kind: 'transpose', permutation: [0, 2, 3, 1] }, { shape: [1, 6, 3, 4] }, 1e-3],
    [{ kind: 'slice', begin: [0, 1, 0, 1], strides: [1, 1, 2, 1] }, { shape: [1, 2, 3, 2] }, 1e-3],
    [{ kind: 'resize-nearest', alignCorners: true, halfPixelCenters: false }, { shape: [1, 8, 9, 3] }, 1e-3],
    [{ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: true }, { shape: [1, 2, 3, 3] }, 1e-3],
    [{ kind: 'softmax', beta: 1 }, { ...IMAGE, scale: 1 / 256, zeroPoint: -128 }, 1.5],
  ])('%o, output %o: within %d steps', (op, output, steps) => {
    const network = opNetwork(op, [IMAGE], output);
    for (const seed of [1, 2]) expectNearGolden(network, [randomInput(network, seed)], steps);
  });

  it('joins tensors along any dimension', () => {
    const cases: [number, Shape[], Shape][] = [[3, [[1, 2, 2, 1], [1, 2, 2, 2]], [1, 2, 2, 3]], [1, [[1, 1, 2, 2], [1, 2, 2, 2]], [1, 3, 2, 2]]];
    for (const [axis, shapes, out] of cases) {
      const op: FloatOp = { kind: 'concatenation', name: 'concat', inputs: [0, 1], outputs: [2], axis };
      const [a, b] = shapes.map((shape, i) => ({ shape, data: Float32Array.from({ length: shape.reduce((x, y) => x * y, 1) }, (_, j) => 10 * (i + 1) + j) }));
      const expected = axis === 3 ? [10, 20, 21, 11, 22, 23, 12, 24, 25, 13, 26, 27] : [10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27];
      expect([...runFloatOp(op, [a!, b!], out)]).toEqual(expected);
    }
  });

  it('a whole network agrees on the winner, and is within some steps', () => {
    const network = smallNetwork(3);
    const real = realNetwork(network);
    const input = randomInput(network, 1);
    const golden = goldenOutput(network, runGolden(network, input)).data;
    const found = floatOutput(real, runFloat(real, dequantize(input, network.tensors[network.inputs[0]!]!.quantization)));
    expect(found.indexOf(Math.max(...found))).toBe(golden.indexOf(Math.max(...golden)));
    found.forEach((value, i) => expect(Math.abs(value - (golden[i]! + 128) / 256)).toBeLessThan(0.05));
  });
});

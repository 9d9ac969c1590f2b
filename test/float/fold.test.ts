// SPDX-License-Identifier: Apache-2.0
/** Holds folding to the unfolded network, in float64, and to what may not be folded. */

import { describe, expect, it } from 'vitest';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import { affineOf, compose } from '../../generator/float/fold/affine.js';
import { foldInto } from '../../generator/float/fold/fold-affines.js';
import { foldNetwork } from '../../generator/float/fold/fold-network.js';
import { isFloatWeighted, type FloatConv2dOp, type FloatNetwork } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import { InvalidNetworkError } from '../../generator/graph/errors.js';
import { floatChain, randomConv, randomValues, seeded, type FloatOpRequest } from '../support/float-network.js';

const random = seeded(5);
const SHAPE = [1, 6, 5, 7] as const;
const conv = (): FloatOpRequest => ({ kind: 'conv2d', shape: SHAPE, ...randomConv(random, 3, 7) });
const norm = (channels = 7): FloatOpRequest => ({
  kind: 'batch-norm', shape: [1, 6, 5, channels], epsilon: 1e-3,
  scale: randomValues(random, channels), offset: randomValues(random, channels), mean: randomValues(random, channels),
  variance: randomValues(random, channels).map((value) => 0.1 + value * value),
});
const constant = (kind: 'add' | 'mul', shape: readonly number[] = [7]): FloatOpRequest =>
  ({ kind, shape: SHAPE, constant: { shape, values: [...randomValues(random, shape.reduce((a, b) => a * b, 1))] } });
const relu: FloatOpRequest = { kind: 'relu', shape: SHAPE, activationMin: 0 };

const kinds = (network: FloatNetwork): string => network.ops.map(({ kind }) => kind).join(' ');

/** Both networks give the same within float32's rounding. */
function expectSameFunction(a: FloatNetwork, b: FloatNetwork): void {
  const [, height = 1, width = 1, channels = 1] = a.tensors[a.inputs[0]!]!.shape;
  for (let run = 0; run < 3; run++) {
    const input = randomValues(random, height * width * channels, 3);
    const [x, y] = [floatOutput(a, runFloat(a, input)), floatOutput(b, runFloat(b, input))];
    const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    x.forEach((value, i) => expect(Math.abs(value - y[i]!)).toBeLessThan(4e-6 * largest));
  }
}

describe('folding', () => {
  it.each<[string, readonly FloatOpRequest[], string]>([
    ['batch norm', [conv(), norm()], 'conv2d'],
    ['batch norm and ReLU', [conv(), norm(), relu], 'conv2d'],
    ['mul and add per channel, and one value', [conv(), constant('mul'), constant('add', [1, 1, 1, 7]), constant('mul', [])], 'conv2d'],
    ['batch norm after batch norm', [conv(), norm(), norm(), constant('add')], 'conv2d'],
    ['batch norm before a ReLU and one after it', [conv(), norm(), relu, norm()], 'conv2d depthwise-conv2d'],
    ['batch norm with nothing before it', [{ ...norm(3) }, conv()], 'depthwise-conv2d conv2d'],
    ['a clamped add ends what is folded', [conv(), { ...constant('add'), activationMin: 0 }, constant('mul')], 'conv2d depthwise-conv2d'],
    ['a ReLU within a ReLU', [conv(), relu, { ...relu, activationMin: -1, activationMax: 6 }], 'conv2d'],
    ['a constant per position stays', [conv(), constant('add', [1, 6, 5, 7])], 'conv2d add'],
  ])('%s', (_what, requests, expected) => {
    const network = floatChain([1, 6, 5, 3], requests);
    const folded = foldNetwork(network);
    expect(kinds(folded)).toBe(expected);
    expectSameFunction(network, folded);
  });

  it('into depthwise and fully connected layers', () => {
    const depthwise = floatChain([1, 6, 5, 7], [{ ...conv(), ...randomConv(random, 1, 7), kind: 'depthwise-conv2d', depthMultiplier: 1 }, norm()]);
    expect(kinds(foldNetwork(depthwise))).toBe('depthwise-conv2d');
    expectSameFunction(depthwise, foldNetwork(depthwise));
    const flat = floatChain([1, 1, 1, 4], [
      { kind: 'fully-connected', shape: [1, 7], weights: { name: 'w', layout: 'OHWI', shape: [7, 1, 1, 4], data: randomValues(random, 28) }, bias: new Float32Array(7) },
      { ...norm(), shape: [1, 7] },
    ]);
    expect(kinds(foldNetwork(flat))).toBe('fully-connected');
    expectSameFunction(flat, foldNetwork(flat));
  });

  it.each<[string, readonly number[]]>([['a vector', [1, 7]], ['rows', [1, 4, 7]], ['five dimensions', [1, 2, 2, 3, 7]]])('of %s that nothing before it takes up, as an image', (_what, shape) => {
    const network = floatChain(shape, [{ kind: 'mul', shape, constant: { shape: [1], values: [-1.5] } }, { ...norm(), shape }, { kind: 'relu', shape, activationMin: 0 }]);
    const folded = foldNetwork(network);
    expect(kinds(folded)).toBe('reshape depthwise-conv2d reshape relu');
    const input = randomValues(random, shape.reduce((a, b) => a * b, 1), 3);
    const [x, y] = [floatOutput(network, runFloat(network, input)), floatOutput(folded, runFloat(folded, input))];
    x.forEach((value, i) => expect(Math.abs(value - y[i]!)).toBeLessThan(1e-5));
  });

  it('is exact in float64, and rounds once: every folded weight is the nearest float32', () => {
    const network = floatChain([1, 6, 5, 3], [conv(), norm(), constant('mul'), constant('add')]);
    const [op, first, ...more] = network.ops;
    const affine = more.reduce((sum, next) => compose(sum, affineOf(network, next)!), affineOf(network, first!)!);
    const before = op as FloatConv2dOp;
    const after = foldInto(before, affine);
    const folded = foldNetwork(network).ops[0] as FloatConv2dOp;
    expect(folded.weights.data).toEqual(after.weights.data);
    const { scale, variance, epsilon, mean, offset } = first as unknown as Record<'scale' | 'variance' | 'mean' | 'offset', Float32Array> & { epsilon: number };
    const [factor, addend] = network.tensors.filter(({ constant: values }) => values !== undefined).map(({ constant: values }) => values!);
    after.weights.data.forEach((weight, i) => {
      const c = Math.floor(i / 27);
      const exact = before.weights.data[i]! * (scale[c]! / Math.sqrt(variance[c]! + epsilon)) * factor![c]!;
      expect(Math.abs(weight - exact)).toBeLessThanOrEqual(Math.abs(exact) * (2 ** -24 + 1e-15));
    });
    after.bias.forEach((bias, c) => {
      const exact = (((before.bias[c]! - mean[c]!) * scale[c]!) / Math.sqrt(variance[c]! + epsilon) + offset[c]!) * factor![c]! + addend![c]!;
      expect(Math.abs(bias - exact)).toBeLessThan(1e-7 * (1 + Math.abs(exact)));
    });
  });

  it('leaves a layer alone whose output is read twice, or is an output of the network', () => {
    const chain = floatChain([1, 6, 5, 3], [conv(), norm(), relu]);
    const twice = validateFloatNetwork({ ...chain, outputs: [...chain.outputs, chain.ops[0]!.outputs[0], chain.ops[1]!.outputs[0]] });
    const folded = foldNetwork(twice);
    expect(kinds(folded)).toBe('conv2d depthwise-conv2d relu');
    expect(folded.outputs).toHaveLength(3);
    expect((folded.ops.filter(isFloatWeighted)[0] as FloatConv2dOp).bias).toEqual((chain.ops[0] as FloatConv2dOp).bias);
  });

  it('leaves no tensor that nothing names', () => {
    const folded = foldNetwork(floatChain([1, 6, 5, 3], [conv(), norm(), constant('mul'), relu]));
    expect(folded.tensors.map(({ id, name }) => [id, name])).toEqual([[0, 'input'], [1, 'tensor_3']]);
  });
});

describe('validation', () => {
  it('lists weights that are not finite and shapes that do not fit', () => {
    const good = floatChain([1, 6, 5, 3], [conv()]);
    const [op] = good.ops as [FloatConv2dOp];
    const broken = { ...good, ops: [{ ...op, weights: { ...op.weights, data: op.weights.data.map((w, i) => (i === 4 ? NaN : w)) } }] };
    expect(() => validateFloatNetwork(broken)).toThrow(InvalidNetworkError);
    expect(() => validateFloatNetwork(broken)).toThrow('op_0: weight 4 is NaN, not a finite number');
    expect(() => validateFloatNetwork({ ...good, tensors: good.tensors.map((t) => (t.id === 1 ? { ...t, shape: [1, 6, 5, 8] } : t)) })).toThrow('op_0: gives 1x6x5x7, its output tensor says 1x6x5x8');
    expect(() => floatChain([1, 6, 5, 3], [{ ...norm(3), shape: [1, 6, 5, 3], variance: Float32Array.of(1, -1, 1) }])).toThrow('variance -1 + epsilon 0.001 is not positive');
  });
});

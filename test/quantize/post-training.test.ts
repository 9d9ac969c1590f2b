// SPDX-License-Identifier: Apache-2.0
/** Holds post-training quantization to its rules: ranges, shared scales, weights, biases, and what it refuses. */

import { describe, expect, it } from 'vitest';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import type { FloatConv2dOp, FloatNetwork, FloatTensor } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import type { Network } from '../../generator/graph/network.js';
import { isWeighted } from '../../generator/graph/network.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { quantizationOf } from '../../generator/quantize/post-training/activation-scales.js';
import { CalibrationError, CalibrationOverlapError, UnquantizableError } from '../../generator/quantize/post-training/errors.js';
import { emptyHistogram, filledBins, withValues } from '../../generator/quantize/post-training/histogram.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { quantizeWeights } from '../../generator/quantize/post-training/quantize-weights.js';
import { leastNoiseRange, wholeRange } from '../../generator/quantize/post-training/range-rule.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { dequantize, floatChain, randomConv, randomValues, seeded, type FloatOpRequest } from '../support/float-network.js';

const random = seeded(11);
const histogramOf = (values: readonly number[]) => withValues(emptyHistogram(), Float32Array.from(values))!;

describe('scale and zero point', () => {
  it.each([
    [{ min: 0, max: 255 }, { scale: 1, zeroPoint: -128 }],
    [{ min: -1, max: 1 }, { scale: Math.fround(2 / 255), zeroPoint: -1 }],
    [{ min: 3, max: 255 }, { scale: 1, zeroPoint: -128 }],
    [{ min: -255, max: -3 }, { scale: 1, zeroPoint: 127 }],
    [{ min: 0, max: 0 }, { scale: 1, zeroPoint: -128 }],
  ])('of %o are %o', (range, expected) => {
    expect(quantizationOf(range)).toEqual(expected);
  });

  it('zero is exact for every range, and both ends are within half a step (seed 11)', () => {
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [random.next() * 10 ** random.integer(-6, 6), -random.next() * 10 ** random.integer(-6, 6)];
      const { scale, zeroPoint } = quantizationOf({ min: Math.min(a, b), max: Math.max(a, b) });
      expect(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127).toBe(true);
      expect(Math.fround(scale)).toBe(scale);
      expect((127 - zeroPoint) * scale).toBeGreaterThan(Math.max(0, a) - 0.51 * scale);
      expect((-128 - zeroPoint) * scale).toBeLessThan(Math.min(0, b) + 0.51 * scale);
    }
  });
});

describe('the range rule', () => {
  it('takes everything where values are spread evenly, and lets go of one far outlier', () => {
    const even = Array.from({ length: 200_000 }, (_, i) => i / 20_000);
    expect(leastNoiseRange([histogramOf(even)]).max).toBeGreaterThanOrEqual(9.8);
    const { max } = leastNoiseRange([histogramOf([...even, 13])]);
    expect(max).toBeGreaterThanOrEqual(9.6);
    expect(max).toBeLessThan(11);
    expect(wholeRange([histogramOf([...even, 13])])).toEqual({ min: 0, max: 13 });
  });

  it('has the least noise of all that it tries, counted value by value', () => {
    const values = Float32Array.from({ length: 4000 }, () => Math.max(0, (random.next() - 0.3) * 4) ** 3);
    const noise = ({ min, max }: { min: number; max: number }): number => {
      const step = (max - min) / 255;
      return values.reduce((sum, value) => {
        const q = Math.min(max, Math.max(min, Math.round(value / step) * step));
        return sum + (value - q) ** 2;
      }, 0);
    };
    const chosen = leastNoiseRange([histogramOf([...values])]);
    const whole = wholeRange([histogramOf([...values])]);
    const best = Math.min(...Array.from({ length: 91 }, (_, i) => noise({ min: 0, max: (whole.max * (10 + i)) / 100 })));
    expect(noise(chosen)).toBeLessThan(1.1 * best);
    expect(chosen.max).toBeLessThanOrEqual(whole.max);
  });

  it('does not depend on the order of the values', () => {
    const values = [...randomValues(random, 3000)];
    expect(leastNoiseRange([histogramOf(values.toReversed())])).toEqual(leastNoiseRange([histogramOf(values)]));
  });

  it('counts every value into a bin at most 1/128 wide', () => {
    for (const value of [1, -1, 0.3, -1e-6, 12345.678]) {
      const [bin, ...more] = filledBins(histogramOf([value]));
      expect(more).toEqual([]);
      expect(Math.abs(bin!.value / value - 1)).toBeLessThan(1 / 128);
    }
  });
});

const SHAPE = [1, 8, 8, 6] as const;
const conv = (from = 3, to = 6): FloatOpRequest => ({ kind: 'conv2d', shape: [1, 8, 8, to], ...randomConv(random, from, to) });
const relu: FloatOpRequest = { kind: 'relu', shape: SHAPE, activationMin: 0 };
const pool: FloatOpRequest = { kind: 'average-pool', shape: [1, 1, 1, 6], filterHeight: 8, filterWidth: 8, strideHeight: 1, strideWidth: 1, padding: { top: 0, left: 0, bottom: 0, right: 0 } };
const inputs = (count: number, size = 192): Float32Array[] => Array.from({ length: count }, () => randomValues(random, size, 2));

/** A classifier with batch norm, residual sum, pool, concatenation and softmax. */
function classifier(): FloatNetwork {
  const norm: FloatOpRequest = {
    kind: 'batch-norm', shape: SHAPE, epsilon: 1e-3, scale: randomValues(random, 6).map((v) => 1 + v / 4), offset: randomValues(random, 6),
    mean: randomValues(random, 6), variance: randomValues(random, 6).map((v) => 0.5 + v * v),
  };
  const chain = floatChain([1, 8, 8, 3], [
    conv(), norm, relu, conv(6, 6), norm, pool,
    { kind: 'reshape', shape: [1, 6] },
    { kind: 'fully-connected', shape: [1, 5], weights: { name: 'w', layout: 'OHWI', shape: [5, 1, 1, 6], data: randomValues(random, 30, 2) }, bias: randomValues(random, 5) },
    { kind: 'softmax', beta: 1, shape: [1, 5] },
  ]);
  // A shortcut around the second convolution.
  const at = chain.ops.findIndex(({ kind }) => kind === 'average-pool');
  const [before, after] = [chain.ops[at - 1]!.outputs[0], chain.ops[2]!.outputs[0]];
  const id = chain.tensors.length;
  const tensors: FloatTensor[] = [...chain.tensors, { id, name: 'sum', shape: SHAPE }];
  const sum = { kind: 'add', name: 'sum', inputs: [before, after], outputs: [id], activationMin: 0, activationMax: Infinity } as const;
  const pooled = { ...chain.ops[at]!, inputs: [id] } as FloatNetwork['ops'][number];
  return validateFloatNetwork({ ...chain, tensors, ops: [...chain.ops.slice(0, at), sum, pooled, ...chain.ops.slice(at + 1)] });
}

const quantizationAt = (network: Network, name: string) => network.tensors.find((tensor) => tensor.name === name)?.quantization;

describe('a quantized network', () => {
  const network = classifier();
  const calibration = inputs(40);
  const quantized = quantizeNetwork(network, calibration);

  it('has folded operators, weights in -127..127 with a scale per channel, and biases at input x weight scale', () => {
    expect(quantized.ops.map(({ kind }) => kind)).toEqual(['conv2d', 'conv2d', 'add', 'average-pool', 'reshape', 'fully-connected', 'softmax']);
    for (const op of quantized.ops.filter(isWeighted)) {
      expect(op.weights.scales).toHaveLength(op.weights.shape[0]);
      const perChannel = op.weights.data.length / op.weights.shape[0];
      for (let c = 0; c < op.weights.shape[0]; c++) {
        const own = op.weights.data.subarray(c * perChannel, (c + 1) * perChannel);
        expect(own.reduce((most, q) => Math.max(most, Math.abs(q)), 0)).toBe(127);
      }
    }
  });

  it('follows TFLite: one scale through pool and reshape, 1/256 for softmax, ReLU at the zero point', () => {
    const pooled = quantized.ops.findIndex(({ kind }) => kind === 'average-pool');
    const [from, to] = [quantized.ops[pooled]!.inputs[0], quantized.ops[pooled + 1]!.outputs[0]];
    expect(quantized.tensors[from]!.quantization).toEqual(quantized.tensors[to]!.quantization);
    expect(quantized.tensors[quantized.outputs[0]!]!.quantization).toEqual({ scale: 1 / 256, zeroPoint: -128 });
    const [first] = quantized.ops;
    const { zeroPoint } = quantized.tensors[first!.outputs[0]]!.quantization;
    expect(first).toMatchObject({ activationMin: zeroPoint, activationMax: 127 });
  });

  it('keeps the probabilities of inputs that it was not calibrated on', () => {
    const input = quantized.tensors[quantized.inputs[0]!]!.quantization;
    let worst = 0;
    for (const values of inputs(30)) {
      const real = floatOutput(network, runFloat(network, values));
      const golden = dequantize(goldenOutput(quantized, runGolden(quantized, realToInt8(values, input))).data, { scale: 1 / 256, zeroPoint: -128 });
      real.forEach((value, i) => { worst = Math.max(worst, Math.abs(value - golden[i]!)); });
    }
    expect(worst).toBeLessThan(0.06);
  });

  it('is the same for the same inputs', () => {
    expect(quantizeNetwork(network, calibration)).toEqual(quantized);
    expect(quantizeNetwork(network, calibration.slice(0, 20))).not.toEqual(quantized);
  });

  it('no activation of the calibration saturates at the input and before softmax', () => {
    const { scale, zeroPoint } = quantized.tensors[quantized.inputs[0]!]!.quantization;
    for (const values of calibration) for (const value of values) expect(Math.abs(value - (realToInt8([value], { scale, zeroPoint })[0]! - zeroPoint) * scale)).toBeLessThanOrEqual(0.51 * scale);
  });
});

describe('bias correction', () => {
  it('takes the mean error of each channel off', () => {
    // Weights that all round the same way: 0.4 of a step each, beside one that sets the scale.
    const weights = Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? 1.27 : 0.0102 + 0.0038));
    const op = { kind: 'fully-connected', shape: [1, 1], weights: { name: 'w', layout: 'OHWI', shape: [1, 1, 1, 64], data: weights }, bias: new Float32Array(1) } as const;
    const network = floatChain([1, 64], [op]);
    const positive = Array.from({ length: 20 }, () => randomValues(random, 64).map((v) => Math.abs(v) + 1));
    const quantized = quantizeNetwork(network, positive);
    const [input, output] = [quantized.tensors[0]!.quantization, quantized.tensors[1]!.quantization];
    const errors = positive.map((values) => dequantize(runGolden(quantized, realToInt8(values, input)).get(1)!.data, output)[0]! - runFloat(network, values).get(1)![0]!);
    expect(Math.abs(errors.reduce((a, b) => a + b, 0) / errors.length)).toBeLessThan(0.6 * output.scale);
    const [fc] = quantized.ops;
    expect(isWeighted(fc!) && fc.bias[0]).toBeGreaterThan(0);
  });
});

describe('shared scales', () => {
  const CONCAT = [1, 8, 8, 12] as const;
  /** conv -> `second`; both are joined. */
  function joined(second: FloatOpRequest): FloatNetwork {
    const chain = floatChain([1, 8, 8, 3], [conv(), second]);
    const tensors: FloatTensor[] = [...chain.tensors, { id: 3, name: 'joined', shape: CONCAT }];
    return validateFloatNetwork({ ...chain, tensors, ops: [...chain.ops, { kind: 'concatenation', name: 'join', inputs: [1, 2], outputs: [3], axis: 3 }], outputs: [3] });
  }

  it('a concatenation and its inputs have one', () => {
    const quantized = quantizeNetwork(joined({ kind: 'leaky-relu', alpha: 0.5, shape: SHAPE }), inputs(5));
    expect(new Set(quantized.tensors.slice(1).map(({ quantization: { scale } }) => scale)).size).toBe(1);
  });

  it('a probability that is joined with something else is copied to the other scale', () => {
    const quantized = quantizeNetwork(joined({ kind: 'logistic', shape: SHAPE }), inputs(5));
    expect(quantized.ops.map(({ kind }) => kind)).toEqual(['conv2d', 'logistic', 'requantize', 'concatenation']);
    expect(quantizationAt(quantized, 'tensor_1')).toEqual({ scale: 1 / 256, zeroPoint: -128 });
    expect(quantizationAt(quantized, 'tensor_1/copy')).toEqual(quantizationAt(quantized, 'joined'));
  });

  it('a probability that is only moved keeps its scale', () => {
    const quantized = quantizeNetwork(floatChain([1, 8, 8, 3], [conv(), { kind: 'logistic', shape: SHAPE }, { kind: 'reshape', shape: [1, 384] }]), inputs(5));
    expect(quantized.tensors[quantized.outputs[0]!]!.quantization).toEqual({ scale: 1 / 256, zeroPoint: -128 });
  });

  it('a pad value is within the range, also one that no activation has', () => {
    const pad: FloatOpRequest = { kind: 'pad', before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: -7, shape: [1, 10, 10, 6] };
    const quantized = quantizeNetwork(floatChain([1, 8, 8, 3], [conv(), relu, pad]), inputs(5));
    const { scale, zeroPoint } = quantized.tensors.at(-1)!.quantization;
    const op = quantized.ops.at(-1)!;
    expect(op.kind === 'pad' && Math.abs((op.value - zeroPoint) * scale + 7)).toBeLessThanOrEqual(0.51 * scale);
  });
});

describe('weights', () => {
  const op = (values: readonly number[], bias: number): FloatConv2dOp =>
    floatChain([1, 1, 1, values.length], [{ kind: 'conv2d', shape: [1, 1, 1, 1], ...randomConv(random, values.length, 1, 1), weights: { name: 'w', layout: 'OHWI', shape: [1, 1, 1, values.length], data: Float32Array.from(values) }, bias: Float32Array.of(bias) }]).ops[0] as FloatConv2dOp;

  it('round to nearest, halves away from zero', () => {
    const { weights, bias } = quantizeWeights(op([127, -127, 2.5, -2.5, 0.49], 3), 0.5);
    expect(weights).toMatchObject({ scales: [1], zeroPoint: 0 });
    expect([...weights.data]).toEqual([127, -127, 3, -3, 0]);
    expect([...bias]).toEqual([6]);
  });

  it('a channel of zeros has a scale, and a bias that is far larger than its weights fits', () => {
    const zeros = quantizeWeights(op([0, 0], 0), 0.5);
    expect([zeros.weights.scales, [...zeros.weights.data], [...zeros.bias]]).toEqual([[1], [0, 0], [0]]);
    for (const bias of [1, -1, 1e6]) {
      for (const weight of [0, 1e-12]) {
        const found = quantizeWeights(op([weight], bias), 0.01);
        expect(Math.abs(found.bias[0]!)).toBeLessThanOrEqual(2 ** 28 + 64);
        expect((found.bias[0]! * 0.01 * found.weights.scales[0]!) / bias).toBeCloseTo(1, 5);
      }
    }
  });
});

describe('refusals', () => {
  it('nothing to calibrate with, or activations that are not finite', () => {
    const network = floatChain([1, 8, 8, 3], [conv()]);
    expect(() => quantizeNetwork(network, [])).toThrow(CalibrationError);
    expect(() => quantizeNetwork(network, [])).toThrow('calibration of chain: no calibration input; expected at least one input, and finite activations for every one. Pass real inputs, scaled as the network was trained.');
    expect(() => quantizeNetwork(network, [new Float32Array(192).fill(NaN)])).toThrow('a value in input that is not finite, for input 0');
    expect(() => quantizeNetwork(network, [new Float32Array(192).fill(3e38)])).toThrow(CalibrationError);
  });

  it('a constant that int8 has no operator for', () => {
    const constant = { shape: [1, 8, 8, 6], values: [...randomValues(random, 384)] };
    const network = floatChain([1, 8, 8, 3], [conv(), { kind: 'add', shape: SHAPE, constant }]);
    expect(() => quantizeNetwork(network, inputs(2))).toThrow(UnquantizableError);
    expect(() => quantizeNetwork(network, inputs(2))).toThrow('op_1: a constant operand, for tensor "tensor_1", that differs within a channel or makes the other operand larger; expected one value, or one per channel.');
  });

  it('scored images that the calibration has seen, whatever they are called', () => {
    const calibration = inputs(4);
    expect(() => requireDisjoint(calibration, inputs(4))).not.toThrow();
    const scored = [...inputs(2), calibration[3]!.slice(), calibration[0]!.slice()];
    expect(() => requireDisjoint(calibration, scored)).toThrow(CalibrationOverlapError);
    expect(() => requireDisjoint(calibration, scored)).toThrow('scored image 2: it is calibration image 3, and 1 more are calibration images too; expected images that the calibration has not seen. Calibrate on other images, such as training images.');
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds the derivation of multipliers, shifts and clamp ranges to exact rational arithmetic. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import type { ActivationTensor, Network, WeightedOp } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { weightedOps } from '../../generator/graph/query.js';
import { accumulatorRange, signedBits } from '../../generator/quantize/accumulator-range.js';
import { activationRange } from '../../generator/quantize/activation-range.js';
import { frexp, quantizeMultiplier, RescaleRangeError } from '../../generator/quantize/multiplier.js';
import { requantization, softmaxRescalingOf } from '../../generator/quantize/requantization.js';

describe('quantizeMultiplier', () => {
  it('splits powers of two exactly', () => {
    expect(quantizeMultiplier(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(0.5)).toEqual({ multiplier: 2 ** 30, shift: 0 });
    expect(quantizeMultiplier(0.75)).toEqual({ multiplier: 0.75 * 2 ** 31, shift: 0 });
    expect(quantizeMultiplier(2 ** -20)).toEqual({ multiplier: 2 ** 30, shift: -19 });
  });

  it('turns a fraction that rounds to 2^31 into 2^30 with one more shift', () => {
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(1 - 2 ** -32)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(1 - 2 ** -31)).toEqual({ multiplier: 2 ** 31 - 1, shift: 0 });
  });

  it('gives 0 for 0 and for values below 2^-32', () => {
    expect(quantizeMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(2 ** -32)).toEqual({ multiplier: 2 ** 30, shift: -31 });
    expect(quantizeMultiplier(2 ** -33)).toEqual({ multiplier: 0, shift: 0 });
  });

  it('is the nearest multiplier of 31 bits for 20,000 random values (seed 1)', () => {
    const random = createRandom(1);
    for (let i = 0; i < 20_000; i++) {
      const value = (random.next() + 2 ** -33) * 2 ** random.integer(-20, 8);
      const { multiplier, shift } = quantizeMultiplier(value);
      // value * 2^(31 - shift) is exact; the multiplier is within half of it, 2^30..2^31-1.
      expect(Math.abs(value * 2 ** (31 - shift) - multiplier)).toBeLessThanOrEqual(0.5);
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
      expect(multiplier).toBeLessThan(2 ** 31);
    }
  });

  it('refuses negative, infinite and huge values by name', () => {
    for (const value of [-1, Infinity, NaN, 2 ** 30]) {
      expect(() => quantizeMultiplier(value, 'conv2d_1, output channel 3')).toThrow(RescaleRangeError);
    }
    expect(() => quantizeMultiplier(-1, 'conv2d_1, output channel 3')).toThrow(
      'conv2d_1, output channel 3: the effective scale is -1; expected a number from 0 to 2^30. Check the scales of the tensors around this layer.',
    );
  });

  it('has a frexp that is exact, subnormals included', () => {
    for (const value of [1, 0.1, 3, 2 ** -1022, 2 ** -1074, 5 * 2 ** -1074, Number.MAX_VALUE]) {
      const [fraction, exponent] = frexp(value);
      expect(fraction).toBeGreaterThanOrEqual(0.5);
      expect(fraction).toBeLessThan(1);
      expect(fraction * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2))).toBe(value);
    }
  });
});

describe('requantization', () => {
  const oneScale = (kind: 'conv2d' | 'fully-connected'): Network => {
    const network = randomConvNetwork({ kind, inputShape: [1, 1, 4], outChannels: 2, kernel: 1, seed: 1 });
    const op = weightedOps(network)[0]!;
    const tensors = network.tensors.map((tensor, i): ActivationTensor => ({ ...tensor, quantization: { scale: Math.fround(i === 0 ? 0.1 : 0.3), zeroPoint: 0 } }));
    return { ...network, tensors, ops: [{ ...op, weights: { ...op.weights, scales: [Math.fround(0.2)] } } as WeightedOp] };
  };

  it('multiplies scales in double for convolution, in float32 for fully connected with one scale (0.1 * 0.2 / 0.3)', () => {
    const multipliers = (network: Network): number[] => [...requantization(network, weightedOps(network)[0]!).multipliers];
    expect(multipliers(oneScale('conv2d'))).toEqual([1145324601, 1145324601]);
    expect(multipliers(oneScale('fully-connected'))).toEqual([1145324648, 1145324648]);
  });
});

describe('activationRange', () => {
  it('puts real 0 at the zero point and real 6 where the scale says', () => {
    expect(activationRange('none', { scale: 0.1, zeroPoint: 3 })).toEqual({ activationMin: -128, activationMax: 127 });
    expect(activationRange('relu', { scale: 0.1, zeroPoint: 3 })).toEqual({ activationMin: 3, activationMax: 127 });
    expect(activationRange('relu6', { scale: Math.fround(0.1), zeroPoint: -10 })).toEqual({ activationMin: -10, activationMax: 50 });
    expect(activationRange('relu6', { scale: Math.fround(6 / 255), zeroPoint: -128 })).toEqual({ activationMin: -128, activationMax: 127 });
    expect(activationRange('relu-n1-to-1', { scale: 0.25, zeroPoint: 0 })).toEqual({ activationMin: -4, activationMax: 4 });
  });

  it('rounds halves away from zero', () => {
    expect(activationRange('relu-n1-to-1', { scale: 0.4, zeroPoint: 0 })).toEqual({ activationMin: -3, activationMax: 3 });
  });
});

describe('softmaxRescalingOf', () => {
  it('gives the numbers that TFLite recorded for the CMSIS-NN softmax case', () => {
    // SOFTMAX_INPUT_MULT 1077952640, SOFTMAX_INPUT_LEFT_SHIFT 19, SOFTMAX_DIFF_MIN -3968: 1077952640 / 2^31 * 2^19 / 2^26.
    const scale = (1077952640 / 2 ** 31) * 2 ** 19 / 2 ** 26;
    expect(softmaxRescalingOf(scale, 1, 'softmax')).toEqual({ multiplier: 1077952640, shift: 19, diffMin: -3968 });
  });
});

describe('accumulatorRange', () => {
  it('is reached by the worst inputs and never exceeded by random ones (seeds 1..20)', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const network = randomConvNetwork({ kind: 'fully-connected', inputShape: [1, 1, 13], outChannels: 5, seed });
      const op = weightedOps(network)[0]!;
      const { zeroPoint } = network.tensors[0]!.quantization;
      let [low, high] = [Infinity, -Infinity];
      for (let channel = 0; channel < 5; channel++) {
        const weights = [...op.weights.data.subarray(channel * 13, channel * 13 + 13)];
        const sum = (pick: (weight: number) => number): number =>
          weights.reduce((total, weight) => total + weight * (pick(weight) - zeroPoint), op.bias[channel]!);
        low = Math.min(low, sum((weight) => (weight > 0 ? -128 : 127)));
        high = Math.max(high, sum((weight) => (weight > 0 ? 127 : -128)));
      }
      expect(accumulatorRange(network, op)).toMatchObject({ low, high });
    }
  });

  it('counts the bits of two’s complement', () => {
    expect([signedBits(0, 0), signedBits(-1, 0), signedBits(-128, 127), signedBits(-129, 0), signedBits(0, 128)]).toEqual([1, 1, 8, 9, 9]);
  });
});

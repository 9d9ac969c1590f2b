// SPDX-License-Identifier: Apache-2.0
/** Holds quantization to few levels of a weight to its meaning: symmetric, and at the scale of least squared error. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { isWeighted } from '../../generator/graph/network.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { leastSquaresScale } from '../../generator/quantize/post-training/weight-scale.js';
import { floatChain, randomConv } from '../support/float-network.js';

const error = (weights: Float32Array, scale: number, most: number): number =>
  weights.reduce((sum, w) => sum + (w - scale * Math.max(-most, Math.min(most, Math.round(w / scale)))) ** 2, 0);

describe('the scale of few levels', () => {
  it.each([1, 7])('errs no more than any of many others with levels of -%i to that', (most) => {
    const random = createRandom(most);
    for (let round = 0; round < 30; round++) {
      const weights = Float32Array.from({ length: random.integer(1, 40) }, () => (random.next() - 0.5) ** 3);
      const best = error(weights, leastSquaresScale(weights, most), most);
      const largest = weights.reduce((sum, w) => Math.max(sum, Math.abs(w)), 0);
      for (let i = 1; i <= 2000; i++) expect(best).toBeLessThanOrEqual(error(weights, (largest * i) / 1000 / most, most) * (1 + 1e-9) + 1e-15);
    }
  });

  it('is that of the largest weight where all are alike, and 0 where there is nothing to scale', () => {
    expect(leastSquaresScale(Float32Array.of(0.5, -0.5, 0.5), 1)).toBe(0.5);
    expect(leastSquaresScale(Float32Array.of(0.75, -0.25, 0), 3)).toBeCloseTo(0.25, 9);
    expect(leastSquaresScale(Float32Array.of(0, 0), 7)).toBe(0);
  });

  it('lets a large weight saturate rather than coarsen all others', () => {
    const weights = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 3 : i % 2 === 0 ? 0.1 : -0.1));
    const scale = leastSquaresScale(weights, 7);
    expect(scale).toBeLessThan(3 / 7);
    expect(error(weights, scale, 7)).toBeLessThan(error(weights, 3 / 7, 7));
  });
});

describe('a network for narrow weights', () => {
  const random = createRandom(3);
  const network = floatChain([1, 6, 6, 8], [
    { kind: 'conv2d', shape: [1, 6, 6, 12], ...randomConv(random, 8, 12) },
    { kind: 'conv2d', shape: [1, 6, 6, 5], ...randomConv(random, 12, 5) },
  ]);
  const inputs = Array.from({ length: 4 }, () => Float32Array.from({ length: 6 * 6 * 8 }, () => random.next()));

  it.each([[8, 127], [4, 7], [2, 1]])('has weights of %i bits: -%i to that, and every level occurs', (weightBits, most) => {
    const weights = quantizeNetwork(network, inputs, { weightBits }).ops.filter(isWeighted).flatMap((op) => [...op.weights.data]);
    expect([Math.min(...weights), Math.max(...weights)]).toEqual([-most, most]);
    if (weightBits < 8) expect(new Set(weights).size).toBe(2 * most + 1);
  });

  it('is the int8 one when nothing is said', () => {
    expect(quantizeNetwork(network, inputs)).toEqual(quantizeNetwork(network, inputs, { weightBits: 8 }));
  });
});

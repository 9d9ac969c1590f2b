// SPDX-License-Identifier: Apache-2.0
/** Holds the reading of existing zeros to its rule: patterns found, chance zeros not taken for pruning, nothing pruned twice unasked. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import type { Network, Weights } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { RepruneError } from '../../generator/prune/errors.js';
import { existingZeros } from '../../generator/prune/existing-zeros.js';
import { keepPlan as plan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { dataPath, readData } from '../support/data.js';

/** Weights of a bell shape, sigma 30, so that 0 is one value among many. */
function bellWeights(shape: Weights['shape'], seed: number, sigma = 30): Weights {
  const random = createRandom(seed);
  const bell = (): number => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b, -6);
  const data = Int8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.max(-127, Math.min(127, Math.round(sigma * bell()))));
  return { name: 'w', layout: 'OHWI', shape, data, scales: [1], zeroPoint: 0 };
}

/** Another way to prune n:m: sorts each aligned group by magnitude and zeroes the rest. */
function pruneTo(weights: Weights, n: number, m: number): Weights {
  const data = weights.data.slice();
  const channels = weights.shape[3];
  for (let row = 0; row < data.length; row += channels) {
    for (let first = 0; first < channels; first += m) {
      const group = data.subarray(row + first, row + Math.min(channels, first + m));
      const order = [...group.keys()].sort((a, b) => Math.abs(group[b]!) - Math.abs(group[a]!));
      for (const i of order.slice(n)) group[i] = 0;
    }
  }
  return { ...weights, data };
}

const withWeights = (network: Network, change: (weights: Weights, name: string) => Weights): Network => ({
  ...network,
  ops: network.ops.map((op) => ('weights' in op ? { ...op, weights: change(op.weights, op.name) } : op)),
});

/** ResNet-8's shape with bell weights, pruned to n:m in every layer but the first. */
const prunedResnet = (n: number, m: number): Network =>
  withWeights(syntheticResnet8(3), (weights, name) => {
    const bell = { ...bellWeights(weights.shape, 11), scales: weights.scales };
    return name === 'conv2d_1' ? bell : pruneTo(bell, n, m);
  });

describe('the pattern of existing zeros', () => {
  it.each([[1, 4], [2, 4], [1, 8], [2, 8], [3, 8], [4, 16], [1, 2], [2, 6], [7, 8], [1, 3]] as const)('%i:%i is recognised as such, not as one of its multiples', (n, m) => {
    const found = existingZeros(pruneTo(bellWeights([32, 3, 3, 48], n * 100 + m), n, m));
    expect(found).toMatchObject({ pattern: { n, m }, pruned: true });
  });

  it('is found in a channel count that m does not divide', () => {
    expect(existingZeros(pruneTo(bellWeights([32, 3, 3, 22], 1), 2, 4)).pattern).toEqual({ n: 2, m: 4 });
  });

  it('is not seen where one group breaks it', () => {
    const weights = pruneTo(bellWeights([32, 3, 3, 32], 5), 2, 4);
    const data = weights.data.slice();
    data.fill(9, 100, 104);
    expect(existingZeros({ ...weights, data }).pattern).not.toEqual({ n: 2, m: 4 });
    // It is pruned still: no quantization leaves half of the weights 0 and hardly any of one.
    expect(existingZeros({ ...weights, data })).toMatchObject({ spike: true, pruned: true });
  });

  it('is relative to the zero point', () => {
    const weights = pruneTo(bellWeights([16, 3, 3, 32], 6, 15), 2, 4);
    const moved = { ...weights, zeroPoint: 5, data: weights.data.map((weight) => Math.min(127, weight + 5)) };
    expect(existingZeros(moved).pattern).toEqual({ n: 2, m: 4 });
    expect(existingZeros({ ...moved, zeroPoint: 0 }).pattern).toBeUndefined();
  });
});

describe('zeros by chance', () => {
  it.each([1, 2, 3, 8, 30])('are not taken for pruning: bell weights of sigma %i', (sigma) => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const shape of [[16, 3, 3, 16], [64, 1, 1, 64], [8, 1, 1, 8], [128, 1, 1, 128]] as const) {
        expect(existingZeros(bellWeights(shape, seed, sigma)), `seed ${seed}, ${shape}`).toMatchObject({ pruned: false });
      }
    }
  });

  it('at random places are no pattern, but many of them are pruning', () => {
    const weights = bellWeights([64, 3, 3, 32], 8);
    const random = createRandom(9);
    const thinned = (share: number): Weights => ({ ...weights, data: weights.data.map((weight) => (random.next() < share ? 0 : weight)) });
    expect(existingZeros(thinned(0.7))).toMatchObject({ pattern: undefined, pruned: true });
    expect(existingZeros(thinned(0.02))).toMatchObject({ pattern: undefined, pruned: false });
  });

  it('empty filters are counted and say nothing about the others', () => {
    const weights = bellWeights([16, 3, 3, 16], 4);
    const data = weights.data.slice();
    data.fill(0, 0, 8 * 144);
    expect(existingZeros({ ...weights, data })).toMatchObject({ emptyFilters: 8, pruned: false });
    expect(existingZeros({ ...weights, data: data.fill(0) })).toMatchObject({ emptyFilters: 16, nonzero: 0, pruned: false });
  });

  for (const model of ['mlcommons-tiny/resnet8_int8', 'mlcommons-tiny/dscnn_kws_int8', 'mlcommons-tiny/ad01_autoencoder_int8', 'tflite-micro/person_detect', 'tflite-micro/micro_speech_quantized', 'coral/mobilenet_v1_0.25_128_quant']) {
    it.skipIf(dataPath(`${model}.tflite`) === undefined)(`of the real, unpruned ${model} are not taken for pruning`, () => {
      const network = importTflite(readData(`${model}.tflite`), model);
      expect(weightedOps(network).filter(({ weights }) => existingZeros(weights).pruned).map(({ name }) => name)).toEqual([]);
    });
  }
});

describe('a model that is pruned already', () => {
  const network = prunedResnet(2, 8);
  const weightsOf = (net: Network): Int8Array[] => weightedOps(net).map(({ weights }) => weights.data);

  it.each([2, 3, 4, 'existing'] as const)('keeps its zeros and its weights as they are at --keep %s', (keep) => {
    const open = keep === 'existing' ? {} : { conv2d_1: 8, fc_1: 8 };
    const result = pruneNetwork(network, plan(8, keep, open));
    const masked = applyMasks(network, result.masks);
    expect(weightsOf(masked)).toEqual(weightsOf(network));
    expect([...result.existing!]).toContain('conv2d_5');
    expect(result.keep.get('conv2d_5')).toBe(2);
    expect(result.masks.get('conv2d_5')!.reduce((a, b) => a + b, 0)).toBe(32 * 9 * 32 / 4);
  });

  it('at existing, a layer that is not pruned is dense', () => {
    const { keep, masks } = pruneNetwork(syntheticResnet8(3), plan(8, 'existing'));
    expect(new Set(keep.values())).toEqual(new Set(['dense']));
    expect(masks.get('conv2d_4')!.every((bit) => bit === 1)).toBe(true);
  });

  it('at existing, zeros without a pattern stay the mask of the unconstrained schedule', () => {
    const random = createRandom(4);
    const sparse = withWeights(network, (weights) => ({ ...bellWeights(weights.shape, 5), scales: weights.scales, data: bellWeights(weights.shape, 5).data.map((w) => (random.next() < 0.75 ? 0 : w)) }));
    const result = pruneNetwork(sparse, plan(8, 'existing', {}, 'unconstrained'));
    const op = weightedOps(sparse).find(({ name }) => name === 'conv2d_8')!;
    expect(result.masks.get('conv2d_8')).toEqual(Uint8Array.from(op.weights.data, (w) => (w === 0 ? 0 : 1)));
    // Somewhere among its 4608 groups one is full: no K below G holds that.
    const half = withWeights(sparse, (weights, name) => (name === 'conv2d_8' ? { ...weights, data: bellWeights(weights.shape, 5).data.map((w) => (random.next() < 0.5 ? 0 : w)) } : weights));
    expect(pruneNetwork(half, plan(8, 'existing')).keep.get('conv2d_8')).toBe('dense');
  });

  it('is left alone when dense is asked for', () => {
    const { masks, existing } = pruneNetwork(network, plan(8, 8));
    expect(weightsOf(applyMasks(network, masks))).toEqual(weightsOf(network));
    expect(existing!.size).toBe(0);
  });

  it('is refused a keep that would destroy the pattern, every layer named with what is lost', () => {
    const ask = (): unknown => pruneNetwork(network, plan(8, 8, { conv2d_5: 1, conv2d_6: 1, conv2d_4: 4 }));
    expect(ask).toThrow(RepruneError);
    expect(ask).toThrow(
      '--keep: the model has zeros of its own:\n' +
      '  conv2d_5 is pruned already (2:8, 25.0% of the weights kept): balanced:1/8 would remove 1152 more of its weights; keep 2 holds its zeros\n' +
      '  conv2d_6 is pruned already (2:8, 25.0% of the weights kept): balanced:1/8 would remove 64 more of its weights; keep 2 holds its zeros\n' +
      '; expected a constraint that leaves existing zeros as they are. Use --keep existing, name the layers with LAYER=..., or add --reprune to prune them again.',
    );
  });

  it('is pruned again where reprune says so', () => {
    const { masks, keep, existing } = pruneNetwork(network, plan(8, 1), { reprune: true });
    expect(keep.get('conv2d_5')).toBe(1);
    expect(existing!.size).toBe(0);
    expect(masks.get('conv2d_5')!.reduce((a, b) => a + b, 0)).toBe(32 * 9 * 32 / 8);
  });

  it('2:4 is held by 4 of 8 and by 8 of 16, and refused at 2 of 8', () => {
    const twoOfFour = prunedResnet(2, 4);
    expect(pruneNetwork(twoOfFour, plan(8, 'existing')).keep.get('conv2d_8')).toBe(4);
    expect(pruneNetwork(twoOfFour, plan(16, 'existing')).keep.get('conv2d_8')).toBe(8);
    expect(() => pruneNetwork(twoOfFour, plan(8, 8, { conv2d_8: 2 }))).toThrow('conv2d_8 is pruned already (2:4, 50.0% of the weights kept)');
  });

  it('an unpruned layer is pruned as before', () => {
    const layer = randomConvNetwork({ inputShape: [4, 4, 16], outChannels: 16, seed: 2 });
    const { existing, keep } = pruneNetwork(layer, plan(8, 2));
    expect([[...existing!], keep.get('conv2d_1')]).toEqual([[], 2]);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds pruning to its definitions: counts, choices, ties, rules and errors, as properties over seeds. */

import { describe, expect, it } from 'vitest';
import { UnknownOpError } from '../../generator/graph/errors.js';
import type { Network, WeightedOp } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { density, layerWork } from '../../generator/prune/accounting.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { DenseLayerError, KeepRangeError, MaskShapeError } from '../../generator/prune/errors.js';
import { keepPlan, type LayerRequest, type PrunePlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';

describe('pruneNetwork', () => {
  it('leaves the 3-channel first layer dense and prunes the others at K of G', () => {
    const network = syntheticResnet8(1);
    const { masks, keep } = pruneNetwork(network, keepPlan(8, 2, { conv2d_4: 5, fc_1: 8 }));
    expect(Object.fromEntries(keep)).toEqual({
      conv2d_1: 'dense', conv2d_2: 2, conv2d_3: 2, conv2d_4: 5, conv2d_5: 2, conv2d_6: 2, conv2d_7: 2, conv2d_8: 2, conv2d_9: 2, fc_1: 'dense',
    });
    const work = layerWork(network, masks);
    expect(work[0]).toEqual({ name: 'conv2d_1', kept: 432, all: 432, pixels: 1024, usefulMacs: 442_368, denseMacs: 442_368 });
    expect(work[1]!.kept / work[1]!.all).toBe(0.25);
    expect(work[3]!.kept / work[3]!.all).toBe(0.625);
    expect(density(work.slice(1, 3))).toBe(0.25);
    expect(density([])).toBe(1);
  });

  it('by magnitude keeps the largest |w|, -128 included', () => {
    const network = randomConvNetwork({ kind: 'fully-connected', inputShape: [1, 1, 8], outChannels: 1, seed: 1 });
    const op = weightedOps(network)[0]!;
    const changed: Network = { ...network, ops: [{ ...op, weights: { ...op.weights, data: Int8Array.of(127, -128, 3, -3, 3, 0, -4, 5) } } as WeightedOp] };
    const mask = (keep: number): number[] => [...pruneNetwork(changed, keepPlan(8, keep)).masks.get('fc_1')!];
    expect(mask(1)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(mask(5)).toEqual([1, 1, 1, 0, 0, 0, 1, 1]);
  });

  it('leaves depthwise layers dense', () => {
    const network = randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [4, 4, 16], outChannels: 16, seed: 1 });
    const { masks, keep } = pruneNetwork(network, keepPlan(8, 2));
    expect(keep.get('depthwise_1')).toBe('dense');
    expect(masks.get('depthwise_1')!.every((bit) => bit === 1)).toBe(true);
  });

  it('takes any constraint, a layer that it does not fit stays dense, and what each keeps is said in words', () => {
    const of = (text: string): LayerRequest => parseConstraint(text, { pes: 16, group: 8 });
    const plan: PrunePlan = { group: 8, default: of('pattern:4@tile+balanced:4/8'), layers: new Map([['conv2d_4', of('kernel:1x1')], ['conv2d_5', of('2:4')], ['fc_1', 'dense']]) };
    const { keep, masks, constraint } = pruneNetwork(syntheticResnet8(1), plan);
    expect(constraint).toBe('pattern+balanced, kernel, balanced');
    // The first layer has taps to lose and no group of channels; 1 x 1 kernels have a group and no taps.
    expect(Object.fromEntries(keep)).toMatchObject({
      conv2d_1: 'pattern:4@tile+balanced:4/8', conv2d_2: 'pattern:4@tile+balanced:4/8', conv2d_4: 'kernel:1x1', conv2d_5: 'balanced:2/4', conv2d_6: 'pattern:4@tile+balanced:4/8', fc_1: 'dense',
    });
    const share = (name: string): number => masks.get(name)!.reduce((a, b) => a + b, 0) / masks.get(name)!.length;
    expect(['conv2d_1', 'conv2d_2', 'conv2d_4', 'conv2d_5', 'conv2d_6', 'fc_1'].map(share)).toEqual([4 / 9, 2 / 9, 1 / 9, 1 / 2, 1 / 2, 1]);
  });

  it('refuses K outside 1..G, unknown layers and K on a layer that stays dense', () => {
    const network = syntheticResnet8(1);
    const prune = (keep: number, layers: Record<string, number> = {}) => (): unknown => pruneNetwork(network, keepPlan(8, keep, layers));
    for (const keep of [0, 9, 2.5, NaN]) expect(prune(keep)).toThrow(KeepRangeError);
    expect(prune(9)).toThrow('--keep: keep 9; expected an integer from 1 to the group size 8. Use --keep 8, or a larger --group.');
    expect(prune(2, { conv2d_2: 0 })).toThrow('--keep conv2d_2: keep 0; expected an integer from 1 to the group size 8. Use --keep 1, or a larger --group.');
    expect(prune(2, { conv99: 2 })).toThrow(UnknownOpError);
    expect(prune(2, { conv99: 2 })).toThrow(/no layer is named "conv99"; expected one of conv2d_1, conv2d_2, .*, fc_1\. Use one of these names\./);
    expect(prune(2, { add_1: 2 })).toThrow(UnknownOpError);
    expect(prune(2, { conv2d_1: 2 })).toThrow(DenseLayerError);
    expect(prune(2, { conv2d_1: 2 })).toThrow(
      'layer conv2d_1: balanced:2/8, but the layer is left dense: it has 3 input channels, fewer than a group of 8; expected a layer that can be pruned. Leave conv2d_1 out.',
    );
    expect(prune(2, { conv2d_1: 8 })).not.toThrow();
  });
});

describe('applyMasks', () => {
  it('zeroes the weights outside the mask and changes nothing else', () => {
    const network = syntheticResnet8(2);
    const { masks } = pruneNetwork(network, keepPlan(8, 2));
    const pruned = applyMasks(network, masks);
    const strip = (net: Network): unknown => ({ ...net, ops: net.ops.map((op) => ('weights' in op ? { ...op, weights: { ...op.weights, data: null } } : op)) });
    expect(strip(pruned)).toEqual(strip(network));
    weightedOps(network).forEach((op, i) => {
      const mask = masks.get(op.name)!;
      const after = weightedOps(pruned)[i]!.weights.data;
      op.weights.data.forEach((weight, at) => {
        if (after[at] !== (mask[at] === 1 ? weight : 0)) expect.fail(`${op.name}, weight ${at}`);
      });
    });
    expect(applyMasks(pruned, masks)).toEqual(pruned);
  });

  it('refuses masks of another network', () => {
    const network = randomConvNetwork({ inputShape: [4, 4, 8], outChannels: 2, seed: 1 });
    expect(() => applyMasks(network, new Map([['conv2d_1', new Uint8Array(3)]]))).toThrow(MaskShapeError);
    expect(() => applyMasks(network, new Map([['conv2d_1', new Uint8Array(3)]]))).toThrow('mask of conv2d_1: 3 entries; expected 144, one per weight.');
    expect(() => applyMasks(network, new Map([['fc_1', new Uint8Array(3)]]))).toThrow(UnknownOpError);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds the choice of channels to its contract: how many and which stay, what that costs, what stays whole and why, repeatability, errors. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { isFloatWeighted, type FloatNetwork } from '../../../generator/float/network.js';
import { countsForCycles } from '../../../generator/prune/channels/allocate.js';
import { channelClasses } from '../../../generator/prune/channels/classes.js';
import { channelMultiple, keptChannels } from '../../../generator/prune/channels/counts.js';
import { channelCycles } from '../../../generator/prune/channels/cycles.js';
import { BlockElimination } from '../../../generator/prune/channels/elimination.js';
import { followChannels } from '../../../generator/prune/channels/follow.js';
import { ChannelShareError, pruneChannels } from '../../../generator/prune/channels/index.js';
import { relativeError, type LayerProblem } from '../../../generator/prune/layer/problem.js';
import { refit } from '../../../generator/prune/layer/refit.js';
import { residualNetwork } from '../../support/channel-networks.js';
import { floatChain, randomConv, randomValues } from '../../support/float-network.js';

const NET = residualNetwork(9, 'mean');
const random = createRandom(12);
const inputs = Array.from({ length: 60 }, () => {
  const [coarse, fine] = [randomValues(random, 12, 1), randomValues(random, 192, 0.3)];
  return fine.map((value, i) => value + coarse[(Math.floor(i / 96) * 2 + (Math.floor(i / 12) % 2)) * 3 + (i % 3)]!);
});
const [calibration, others] = [inputs.slice(0, 40), inputs.slice(40)];
const SMALL = { inMultiple: 4, outMultiple: 8 };

/** Mean square of the difference of the outputs over the dense ones' power about their mean. */
function lost(network: FloatNetwork): number {
  const dense = others.map((input) => floatOutput(NET, runFloat(NET, input)));
  const mean = dense[0]!.map((_, c) => dense.reduce((sum, own) => sum + own[c]!, 0) / dense.length);
  let [error, power] = [0, 0];
  others.forEach((input, i) => floatOutput(network, runFloat(network, input)).forEach((value, c) => {
    error += (value - dense[i]![c]!) ** 2;
    power += (dense[i]![c]! - mean[c]!) ** 2;
  }));
  return error / power;
}

describe('how many channels stay', () => {
  it.each([
    [64, 0.5, 32], [64, 0.7, 48], [64, 0.05, 16], [64, 1, 64], [24, 0.5, 16], [17, 0.5, 16], [16, 0.5, 8], [16, 0.8, 16], [12, 0.5, 8], [8, 0.1, 8], [5, 0.5, 5], [48, 0.5, 32], [100, 0.99, 96],
  ])('of %i at %f: %i, in multiples of 16 filters and of 8 input channels', (count, share, kept) => {
    expect(keptChannels(count, { share, inMultiple: 8, outMultiple: 16 })).toBe(kept);
  });

  it('is a multiple of both P and G where P is no multiple of G', () => {
    expect(channelMultiple(64, { inMultiple: 8, outMultiple: 12 })).toBe(24);
    expect(channelMultiple(24, { inMultiple: 8, outMultiple: 12 })).toBe(8);
  });

  it('makes the numbers of all tensors multiples, through a shortcut that ties two stages', () => {
    const { network, classes } = pruneChannels(NET, { share: 0.5, ...SMALL });
    expect(classes.map(({ kept, of }) => `${kept}/${of}`)).toEqual(['3/3', '8/16', '8/16', '8/16', '16/32', '24/48', '10/10']);
    for (const { shape } of network.tensors.slice(1, -1)) expect(shape.at(-1)! % 8).toBe(0);
    expect(classes[0]!.reason).toBe('the network\'s input');
  });

  it('follows a share of the cycles: never more, and nothing would fit again', () => {
    const map = followChannels(NET);
    const classes = channelClasses(NET, map);
    const cyclesOf = channelCycles(NET, map, classes, SMALL);
    const all = classes.map(({ labels }) => labels.length);
    for (const share of [0.8, 0.5, 0.3]) {
      const { network, cycles } = pruneChannels(NET, { share, of: 'cycles', ...SMALL });
      expect(cycles.before).toBe(cyclesOf(all));
      expect(cycles.after).toBeLessThanOrEqual(share * cycles.before);
      // The law of the network as it is now says the same.
      const cutMap = followChannels(network);
      const cut = channelClasses(network, cutMap);
      expect(channelCycles(network, cutMap, cut, SMALL)(cut.map(({ labels }) => labels.length))).toBe(cycles.after);
      const counts = countsForCycles(classes, classes.map(({ labels }) => (kept: number) => (labels.length - kept) / labels.length), cyclesOf, share * cycles.before, SMALL);
      counts.forEach((count, i) => {
        if (count < all[i]!) expect(cyclesOf(counts.map((own, other) => own + (other === i ? SMALL.inMultiple : 0)))).toBeGreaterThan(share * cycles.before);
      });
    }
  });
});

describe('which channels stay', () => {
  it('is decided by the exact loss of a layer that is fitted again', () => {
    const shape = [6, 1, 1, 10] as const;
    const [x, dense] = [randomValues(random, 10 * 80), Float64Array.from(randomValues(random, 60))];
    const gram = Float64Array.from({ length: 100 }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < 80; k++) sum += x[Math.floor(at / 10) * 80 + k]! * x[(at % 10) * 80 + k]! / 80;
      return sum;
    });
    const cross = Float64Array.from({ length: 60 }, (_, at) => Array.from({ length: 10 }, (_, i) => dense[Math.floor(at / 10) * 10 + i]! * gram[i * 10 + (at % 10)]!).reduce((a, b) => a + b, 0));
    const power = Float64Array.from({ length: 6 }, (_, row) => Array.from({ length: 10 }, (_, i) => dense[row * 10 + i]! * cross[row * 10 + i]!).reduce((a, b) => a + b, 0));
    const problem: LayerProblem = { name: 'layer', shape, dense, blocks: [{ firstRow: 0, rows: 6, columns: 10, gram, cross, inputMean: new Float64Array(10), targetMean: new Float64Array(6), power }] };
    const without = (columns: readonly number[]): number => {
      const mask = Uint8Array.from({ length: 60 }, (_, i) => (columns.includes(i % 10) ? 0 : 1));
      return relativeError(problem, refit(problem, mask));
    };
    const elimination = BlockElimination.of(problem.blocks[0]!);
    const steps = [[3, 7], [0], [5, 8, 9]];
    steps.forEach((places, n) => {
      const [before, after] = [without(steps.slice(0, n).flat()), without(steps.slice(0, n + 1).flat())];
      const copy = elimination.copy();
      expect(elimination.cost(Int32Array.from(places))).toBeCloseTo(after - before, 9);
      elimination.remove(Int32Array.from(places));
      expect(copy.cost(Int32Array.from(places))).toBeCloseTo(after - before, 9);
    });
  });

  it('loses less by cost with a fit than by magnitude, on inputs that neither has seen', () => {
    const options = { share: 0.5, ...SMALL };
    const fitted = pruneChannels(NET, { ...options, calibration: calibration.slice(0, 24), samples: 768 });
    expect(lost(fitted.network)).toBeLessThan(0.5 * lost(pruneChannels(NET, options).network));
    expect(fitted.method).toBe('second-order');
    expect(pruneChannels(NET, { ...options, calibration: calibration.slice(0, 24), samples: 768 })).toEqual(fitted);
  });

  it('leaves a channel out that does nothing', () => {
    const network: FloatNetwork = { ...NET, ops: NET.ops.map((op) => (op.name !== 'conv2d_2' || !isFloatWeighted(op) ? op : { ...op, bias: op.bias.map((value, o) => (o % 2 === 0 ? 0 : value)), weights: { ...op.weights, data: op.weights.data.map((weight, i) => (Math.floor(i / 144) % 2 === 0 ? 0 : weight)) } })) };
    const { network: smaller } = pruneChannels(network, { share: 0.5, ...SMALL, calibration: calibration.slice(0, 8), samples: 512 });
    const inner = smaller.ops.find(({ name }) => name === 'conv2d_2');
    if (inner === undefined || !isFloatWeighted(inner)) throw new Error('conv2d_2 expected');
    expect(inner.weights.shape[0]).toBe(8);
    for (let row = 0; row < 8; row++) expect(inner.weights.data.subarray(72 * row, 72 * (row + 1)).some((weight) => weight !== 0)).toBe(true);
  });
});

describe('what stays whole', () => {
  const image = [1, 4, 4, 8];
  const tail = { kind: 'conv2d', shape: image, ...randomConv(random, 8, 8) } as const;
  it.each([
    ['op_1 has convolution groups', [{ kind: 'conv2d', shape: image, ...randomConv(random, 4, 8), groups: 2 }, tail]],
    ['op_1 divides by their sum', [{ kind: 'softmax', shape: image, beta: 1 }, tail]],
    ['op_1 takes channels in steps', [{ kind: 'slice', shape: [1, 4, 4, 4], begin: [0, 0, 0, 0], strides: [1, 1, 1, 2] }, { kind: 'conv2d', shape: image, ...randomConv(random, 4, 8) }]],
    ['op_1 mixes channels and positions', [{ kind: 'reshape', shape: [1, 4, 8, 4] }, { kind: 'conv2d', shape: [1, 4, 8, 8], ...randomConv(random, 4, 8) }]],
    ['op_2 reads positions as channels', [{ kind: 'transpose', shape: [1, 8, 4, 4], permutation: [0, 3, 1, 2] }, { kind: 'conv2d', shape: [1, 8, 4, 8], ...randomConv(random, 4, 8) }]],
    ['the network\'s output', []],
  ] as const)('has a reason: %s', (reason, rest) => {
    const network = floatChain([1, 4, 4, 3], [{ kind: 'conv2d', shape: image, ...randomConv(random, 3, 8) }, ...rest] as never);
    const { classes } = pruneChannels(network, { share: 0.5, inMultiple: 2, outMultiple: 4 });
    expect(classes.find(({ writers }) => writers.includes('op_0'))).toMatchObject({ kept: 8, of: 8, reason });
  });

  it('is every class of one multiple', () => {
    expect(pruneChannels(NET, { share: 0.5, inMultiple: 16, outMultiple: 16 }).classes[2]).toMatchObject({ kept: 16, of: 16, reason: '16 channels are one multiple of 16 at most' });
  });

  it.each([0, -1, 1.01, Number.NaN])('a share of %d is refused', (share) => {
    expect(() => pruneChannels(NET, { share })).toThrow(ChannelShareError);
    expect(() => pruneChannels(NET, { share })).toThrow(`--channels: a share of ${share}; expected more than 0, at most 1. Use --channels 0.5 to keep about half of the channels.`);
  });
});

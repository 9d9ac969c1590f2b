// SPDX-License-Identifier: Apache-2.0
/** Holds the cut of channels to its contract: the smaller network computes what the old one does with zeros in the place of the cut channels. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { isFloatWeighted, type FloatNetwork } from '../../../generator/float/network.js';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import { channelClasses } from '../../../generator/prune/channels/classes.js';
import { columnMask, cutChannels } from '../../../generator/prune/channels/cut.js';
import { followChannels } from '../../../generator/prune/channels/follow.js';
import { pruneChannels } from '../../../generator/prune/channels/index.js';
import { dataPath, readData } from '../../support/data.js';
import { outputDifference, withHeads } from '../../support/channel-networks.js';
import { realNetwork } from '../../support/float-network.js';
import { describeGraph, randomGraph } from '../../support/random-graph.js';

/** The network with zeros where filters read a cut channel. */
function masked(network: FloatNetwork, cut: ReadonlySet<number>): FloatNetwork {
  const map = followChannels(network);
  return { ...network, ops: network.ops.map((op) => {
    const mask = isFloatWeighted(op) ? columnMask(network, map, cut, op) : undefined;
    return mask === undefined || !isFloatWeighted(op) ? op : { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => weight * mask[i]!) } };
  }) };
}

/** About half of the labels that may go; every class keeps one. */
function someChannels(network: FloatNetwork, seed: number): Set<number> {
  const random = createRandom(seed);
  return new Set(channelClasses(network, followChannels(network)).filter(({ reason }) => reason === undefined).flatMap(({ labels }) => labels.slice(1).filter(() => random.next() < 0.5)));
}

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';

describe('a cut network', () => {
  it(`gives the outputs of the masked one, for ${regress ? 1500 : 120} random graphs`, () => {
    let cuts = 0;
    const kinds = new Set<string>();
    for (let seed = 1; seed <= (regress ? 1500 : 120); seed++) {
      const graph = randomGraph(seed, 10);
      const network = withHeads(realNetwork(graph), seed);
      const cut = someChannels(network, seed);
      if (cut.size === 0) continue;
      const map = followChannels(network);
      const smaller = cutChannels(network, map, cut);
      expect(outputDifference(masked(network, cut), smaller, seed), `seed ${seed}: ${describeGraph(graph)}`).toBeLessThan(1e-4);
      cuts++;
      for (const op of network.ops) if (map.tensors.get(op.outputs[0])!.labels.some((label) => cut.has(label))) kinds.add(op.kind);
    }
    expect(cuts).toBeGreaterThan(20);
    for (const kind of ['conv2d', 'depthwise-conv2d', 'fully-connected', 'add', 'mul', 'concatenation', 'pad', 'reshape', 'transpose', 'mean', 'max-pool', ...(regress ? ['hard-swish', 'average-pool', 'resize-nearest'] : [])]) expect([...kinds]).toContain(kind);
  });
});

describe.each([
  ['akamaster/resnet20_opset13.onnx', 'identity shortcuts of sliced and padded channels', '3/3 8/16 8/16 8/16 8/16 16/32 8/16 16/32 16/32 32/64 16/32 32/64 32/64 10/10'],
  ['mlperf-tiny-results/alibaba_ic_mbconv.onnx', 'depthwise pairs', '3/3 16/24 8/8 16/24 8/16 32/48 32/48 16/24 48/96 32/72 32/48 80/144 48/96 64/112 224/448 48/88 10/10'],
])('%s (%s)', (path, _what, counts) => {
  it.skipIf(dataPath(path) === undefined)('gives the outputs of the masked network, with batch norms', () => {
    const imported = readOnnx(readData(path), 'net');
    if (imported.kind !== 'float32') throw new Error('float expected');
    const { network } = imported;
    const cut = someChannels(network, 7);
    expect(cut.size).toBeGreaterThan(50);
    expect(outputDifference(masked(network, cut), cutChannels(network, followChannels(network), cut), 3)).toBeLessThan(1e-4);
    const { network: smaller, classes } = pruneChannels(network, { share: 0.5 });
    expect(classes.map(({ kept, of }) => `${kept}/${of}`).join(' ')).toBe(counts);
    expect(smaller.ops.length).toBe(network.ops.length);
  });
});

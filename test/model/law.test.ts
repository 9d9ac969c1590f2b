// SPDX-License-Identifier: Apache-2.0
/** Holds the cycle law to published figures, to a count one pixel at a time, and to what compiled programs run. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_PADDING, type Op } from '../../generator/graph/network.js';
import { opByName } from '../../generator/graph/query.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { layerLaw, networkLaw, opLaw, stepsPerPixel, type ArrayShape, type LawKeep, type LawLayer, type LayerLaw } from '../../generator/model/law.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { keepBalanced } from '../support/compile-layer.js';
import { opNetwork } from '../support/op-network.js';

/** VGG16's 13 convolutions: channels in and out, side of the output. */
const VGG16 = [
  [3, 64, 224], [64, 64, 224], [64, 128, 112], [128, 128, 112], [128, 256, 56], [256, 256, 56], [256, 256, 56],
  [256, 512, 28], [512, 512, 28], [512, 512, 28], [512, 512, 14], [512, 512, 14], [512, 512, 14],
] as const;

const vgg16 = (keepOf: (layer: number) => LawKeep, firstChannels = 3): LawLayer[] =>
  VGG16.map(([inChannels, outChannels, side], i) => ({
    kernelHeight: 3, kernelWidth: 3, inChannels: i === 0 ? firstChannels : inChannels, outChannels, pixels: side * side, keep: keepOf(i),
  }));

const P16: ArrayShape = { pes: 16, group: 8, lanes: 1, requant: 1 };
const total = (layers: readonly LawLayer[]): number => layers.reduce((sum, layer) => sum + layerLaw(layer, P16).cycles, 0);

/** Steps of a pixel counted channel by channel. */
function countedSteps({ kernelHeight, kernelWidth, inChannels, keep }: LawLayer & { readonly keep: number | 'dense' }, group: number): number {
  let steps = 0;
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
    for (let channel = 0; channel < inChannels; channel++) {
      const isFirstLayer = inChannels < group;
      if (keep === 'dense' || isFirstLayer || channel % group < keep) steps++;
    }
  }
  return steps;
}

describe('the cycle law', () => {
  it('gives the figures of VGG16 at 16 PEs, groups of 8, one requantizer (drain 16 never limits)', () => {
    expect(total(vgg16(() => 'dense'))).toBe(959_164_416);
    expect(total(vgg16(() => 'dense', 8))).toBe(968_196_096);
    expect(total(vgg16((layer) => (layer === 0 ? 'dense' : 2)))).toBe(243_855_360);
    for (const layer of vgg16(() => 2)) expect(layerLaw(layer, P16).cycles).toBe(layerLaw(layer, P16).cyclesWithoutDrain);
  });

  it('counts steps as a count over single channels does (seed 5)', () => {
    const random = createRandom(5);
    for (let i = 0; i < 300; i++) {
      const group = random.pick([2, 4, 8, 16, 32]);
      const keep = random.pick(['dense', random.integer(1, group)] as const);
      const layer = { kernelHeight: random.integer(1, 5), kernelWidth: random.integer(1, 5), inChannels: random.integer(1, 70), outChannels: 1, pixels: 1, keep };
      expect(stepsPerPixel(layer, group), JSON.stringify({ layer, group })).toBe(countedSteps(layer, group));
    }
  });

  it('waits for the drain when a pixel has fewer steps than it has drain cycles', () => {
    const layer = { kernelHeight: 1, kernelWidth: 1, inChannels: 16, outChannels: 40, pixels: 50, keep: 2 };
    expect(layerLaw(layer, { pes: 16, group: 8, lanes: 4, requant: 1 })).toMatchObject({ steps: 4, tiles: 3, pixelsPerLane: 13, cycles: 3 * 13 * 16, cyclesWithoutDrain: 3 * 13 * 4 });
    expect(layerLaw(layer, { pes: 16, group: 8, lanes: 4, requant: 4 }).cycles).toBe(3 * 13 * 4);
    expect(layerLaw(layer, { pes: 16, group: 8, lanes: 4, requant: 4 }).usefulWork).toBe(40 * 4 * 50);
  });

  it('spreads the images of a batch over the lanes of fully connected layers, and of no others', () => {
    const network = syntheticResnet8(1);
    const four: ArrayShape = { ...P16, lanes: 4 };
    const [one, batch] = [networkLaw(network, new Map(), four), networkLaw(network, new Map(), four, 8)];
    expect(one.layers.get('fc_1')).toMatchObject({ pixelsPerLane: 1, cycles: 64 });
    expect(batch.layers.get('fc_1')).toMatchObject({ pixelsPerLane: 2, cycles: 16, usefulWork: one.layers.get('fc_1')?.usefulWork });
    expect(batch.layers.get('conv2d_2')).toEqual(one.layers.get('conv2d_2'));
  });

  it('takes a step for every tap of a depthwise filter, whatever the group, and counts every multiplication of the network', () => {
    const network = randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [6, 5, 48], outChannels: 48, kernel: 3, stride: 1, padding: 'same', seed: 1 });
    const array = { pes: 32, group: 8, lanes: 1, requant: 4 };
    expect([...networkLaw(network, new Map(), array).layers.values()]).toMatchObject([{ steps: 9, tiles: 2, cycles: 2 * 30 * 9, usefulWork: 30 * 48 * 9, utilization: 0.75 }]);
    const grouped = randomConvNetwork({ inputShape: [5, 5, 8], outChannels: 8, groups: 2, seed: 1 });
    expect(networkLaw(grouped, new Map(), array).layers.size).toBe(0);
  });

  it.each([8, 4, 2])('is what the compiled ResNet-8 runs at keep %i with one lane, layer by layer, fused additions beside', (keep) => {
    const network = syntheticResnet8(1);
    const config = validateConfig({});
    const prune = keepBalanced(network, 8, keep);
    const law = networkLaw(network, lawKeeps(network, prune), config);
    const { layers } = compileNetwork(network, prune, config);
    const weighted = layers.filter(({ name }) => law.layers.has(name));
    expect(weighted.map(({ name }) => name).sort()).toEqual([...law.layers.keys()].sort());
    for (const { name, commandCycles, operandId, tiles } of weighted) {
      const { cycles, pixelsPerLane } = law.layers.get(name) as LayerLaw;
      expect(commandCycles, name).toBe(cycles + (operandId === undefined ? 0 : tiles * pixelsPerLane));
    }
    for (const { name, commandCycles } of layers.filter((layer) => !weighted.includes(layer))) {
      expect(commandCycles, name).toBe(opLaw(network, opByName(network, name), 'dense', config)?.cycles);
    }
  });
});

/** Steps of every tile, counted PE by PE: for each word the most slots that one PE needs. */
function countedTiles(inputOf: (channel: number) => readonly number[], channels: number, taps: number, { pes, group }: ArrayShape, spread: boolean): number[] {
  const tiles: number[] = [];
  for (let first = 0; first < channels; first += pes) {
    const words = new Map<number, number>();
    for (let channel = first; channel < Math.min(channels, first + pes); channel++) {
      const own = new Map<number, number>();
      for (const input of inputOf(channel)) {
        const word = spread ? 0 : Math.floor(input / group);
        own.set(word, (own.get(word) ?? 0) + 1);
      }
      for (const [word, slots] of own) words.set(word, Math.max(words.get(word) ?? 0, slots));
    }
    tiles.push(taps * [...words.values()].reduce((sum, slots) => sum + slots, 0));
  }
  return tiles;
}

describe('the law of layers that do not read all channels', () => {
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

  it('counts steps as a count over single PEs does: depthwise, depth multiplier, convolution groups (seed 6)', () => {
    const random = createRandom(6);
    for (let i = 0; i < 300; i++) {
      const group = random.pick([2, 4, 8]);
      const array = { pes: random.pick([3, 4, 6, 8, 12, 16, 32]), group, lanes: random.pick([1, 3]), requant: 1 };
      const kernel = random.integer(1, 3);
      const pixels = random.integer(1, 40);
      const isOwn = random.next() < 0.5;
      const [groups, share, filters, multiplier] = [random.integer(2, 5), random.integer(1, 12), random.integer(1, 9), random.pick([1, 1, 2, 3])];
      const inChannels = isOwn ? random.integer(1, 50) : groups * share;
      const layer: LawLayer = {
        kernelHeight: kernel, kernelWidth: 1, inChannels, outChannels: isOwn ? inChannels * multiplier : groups * filters, pixels, keep: 'dense',
        reads: isOwn ? { kind: 'own', multiplier } : { kind: 'groups', groups },
      };
      const clusters = array.pes / group;
      const spread = isOwn && multiplier === 1 && [2, 4, 8, 16].includes(clusters);
      const inputs = (channel: number): readonly number[] => (isOwn ? [Math.floor(channel / multiplier)] : range(Math.floor(channel / filters) * share, share));
      const counted = countedTiles(inputs, layer.outChannels, kernel, array, spread);
      const cycles = Math.ceil(pixels / array.lanes) * counted.reduce((sum, steps) => sum + Math.max(steps, array.pes), 0);
      const weights = layer.outChannels * kernel * (isOwn ? 1 : share);
      expect(layerLaw(layer, array), JSON.stringify({ layer, array })).toMatchObject({ steps: Math.max(...counted), tiles: counted.length, cycles, usefulWork: weights * pixels });
    }
  });

  it.each([
    ['spread over clusters', { pes: 16, group: 4, requant: 16 }],
    ['no power of two of clusters', { pes: 12, group: 4, requant: 4 }],
    ['fewer PEs than a group', { pes: 4, group: 8, requant: 4 }],
  ])('is what compiled layers run with one lane: %s', (_name, shape) => {
    const config = validateConfig(shape);
    const size = [6, 5, 40] as const;
    const networks = [
      randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: size, outChannels: 40, seed: 1 }),
      randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [6, 5, 12], outChannels: 24, seed: 2 }),
      randomConvNetwork({ inputShape: size, outChannels: 20, groups: 5, seed: 3 }),
      opNetwork({ kind: 'max-pool', filterHeight: 2, filterWidth: 3, strideHeight: 2, strideWidth: 1, padding: NO_PADDING }, [{ shape: [1, ...size] }], { shape: [1, 3, 3, 40] }),
      opNetwork({ kind: 'mean' }, [{ shape: [1, ...size] }], { shape: [1, 40] }),
      opNetwork({ kind: 'logistic' }, [{ shape: [1, ...size] }], { shape: [1, ...size], scale: 1 / 256, zeroPoint: -128 }),
      opNetwork({ kind: 'add' }, [{ shape: [1, ...size] }, { shape: [1, ...size] }], { shape: [1, ...size] }),
    ];
    for (const network of networks) {
      const [op] = network.ops as [Op];
      const { layers } = compileNetwork(network, undefined, config);
      expect(layers.reduce((sum, { commandCycles }) => sum + commandCycles, 0), `${op.kind}, ${JSON.stringify(shape)}`).toBe(opLaw(network, op, 'dense', config)?.cycles);
    }
  });
});

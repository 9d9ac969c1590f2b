// SPDX-License-Identifier: Apache-2.0
/** Holds the cycle law to published figures, to a count one pixel at a time, and to what compiled programs run. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { layerLaw, networkLaw, stepsPerPixel, type ArrayShape, type LawKeep, type LawLayer } from '../../generator/model/law.js';
import { keepBalanced } from '../support/compile-layer.js';

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
function countedSteps({ kernelHeight, kernelWidth, inChannels, keep }: LawLayer, group: number): number {
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

  it.each([8, 4, 2])('is what the compiled ResNet-8 runs at keep %i with one lane, layer by layer', (keep) => {
    const network = syntheticResnet8(1);
    const config = validateConfig({});
    const prune = keepBalanced(network, 8, keep);
    const law = networkLaw(network, prune.keep, config);
    const { layers } = compileNetwork(network, prune, config);
    expect(layers.map(({ name, commandCycles }) => [name, commandCycles])).toEqual([...law.layers].map(([name, { cycles }]) => [name, cycles]));
  });
});

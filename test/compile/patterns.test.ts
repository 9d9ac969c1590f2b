// SPDX-License-Identifier: Apache-2.0
/** Holds programs for a core with a pattern table to the golden model: tables that hold everything, and tables that change between layers. */
import { describe, expect, it } from 'vitest';
import { clog2 } from '../../generator/core/integers.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { runGolden } from '../../generator/model/golden.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { comparePasses, compilePasses } from '../support/array-layer.js';
import { compileAndCheck, keepBalanced } from '../support/compile-layer.js';
import { keepPatterns, randomPatterns, withFullTable } from '../support/pattern-masks.js';
import { randomCase, randomChain, type RandomCase } from '../support/random-case.js';
import { randomGraph } from '../support/random-graph.js';
import { randomPasses } from '../support/random-passes.js';
import { ADVERSARIAL, differences, runCompiled } from '../support/run-compiled.js';
import { graphDifferences, randomConfig, randomGraphCase } from '../support/run-graph.js';

const MORE = process.env['GEN_ACCEL_REGRESS'] === '1' ? 8 : 1;

/** Runs `check` on seeds until `count` of them fitted their buffers. */
function onSeeds(from: number, count: number, check: (seed: number) => boolean): void {
  let ran = 0;
  for (let seed = from; ran < count; seed++) {
    expect(seed - from, 'seeds that fit').toBeLessThan(4 * count);
    try {
      if (check(seed)) ran++;
    } catch (error) {
      if (!(error instanceof LayerDoesNotFitError)) throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

describe('a table of every position set', () => {
  it('serves random layers with any mask', () => {
    onSeeds(1000, 20 * MORE, (seed) => {
      const { config, network, prune, text } = randomCase(seed);
      const full = withFullTable(config);
      if (full === undefined) return false;
      expect(compileAndCheck(network, prune, full, { adversarial: true }).differences, text).toEqual([]);
      return true;
    });
  });

  it('serves random networks of all operators', () => {
    onSeeds(1, 20 * MORE, (seed) => {
      const full = withFullTable(randomConfig(seed));
      if (full === undefined) return false;
      const interleavings = [{ kind: 'sequential' } as const, createRandom(seed).pick(ADVERSARIAL)].map((interleaving) => ({ interleaving }));
      expect(graphDifferences(randomGraphCase(randomGraph(seed), full, seed), interleavings), `seed ${seed}: ${full.name}`).toEqual([]);
      return true;
    });
  });

  it('serves random passes: maxima, operands, split weights, cuts', () => {
    onSeeds(1, 30 * MORE, (seed) => {
      const passes = randomPasses(seed);
      const full = withFullTable(passes.config);
      if (full === undefined) return false;
      const own = { ...passes, config: full };
      expect(comparePasses(own, compilePasses(own), { interleaving: { kind: 'random', seed } }).found, passes.text).toEqual([]);
      return true;
    });
  });
});

/** A chain whose layers have patterns of their own, and the least table that holds those of each layer. */
function chainWithPatterns(seed: number): RandomCase & { readonly config: AccelConfig } {
  const { network, config: { name: _name, prefix: _prefix, ...shape } } = randomChain(seed);
  const random = createRandom(seed);
  const group = 8;
  const libraries = Array.from({ length: network.ops.length }, () => randomPatterns(group, 6, random));
  const prune = keepPatterns(network, group, (layer) => libraries[layer] as number[], random);
  // Positions of an operand need a set each where no other begins with them.
  const config = validateConfig({ ...shape, group, index: 'pattern', patternBits: clog2(6 + group) });
  return { config, network, prune, text: `seed ${seed}: ${config.name}` };
}

describe('a table that changes between layers', () => {
  it('equals the golden model whatever the units\' speeds', () => {
    let reloads = 0;
    let overwritten = 0;
    onSeeds(3000, 12 * MORE, (seed) => {
      const { config, network, prune, text } = chainWithPatterns(seed);
      const { compiled, differences: found } = compileAndCheck(network, prune, config, { adversarial: true });
      expect(found, text).toEqual([]);
      const loads = patternLoads(compiled);
      reloads += loads.length - 1;
      loads.forEach(({ base, words }, i) => { if (loads.slice(0, i).some((other) => base < other.base + other.words && other.base < base + words)) overwritten++; });
      return true;
    });
    expect([reloads > 10, overwritten > 5]).toEqual([true, true]);
  });

  it('is loaded once where one library serves all layers', () => {
    const { network, config: { name: _name, prefix: _prefix, ...shape } } = randomChain(3001);
    const config = validateConfig({ ...shape, group: 8, index: 'pattern' });
    const compiled = compileNetwork(network, keepBalanced(network, 8, 2), config, { programPerLayer: false });
    expect(patternLoads(compiled)).toEqual(compiled.segments.map(() => ({ base: 0, words: expect.any(Number) as number })));
    expect(new Set(compiled.layers.filter(({ dense }) => !dense).map(({ patterns }) => patterns?.library))).toEqual(new Set([0]));
  });
});

const patternLoads = ({ segments }: CompiledNetwork): { base: number; words: number }[] =>
  segments.flatMap(({ instructions }) => instructions.flatMap((each) => (each.kind === 'loadStream' && each.destination === 'pattern' ? [{ base: each.fields.base, words: each.fields.words }] : [])));

describe('a fault', () => {
  const config = validateConfig({ index: 'pattern' });
  const network = randomConvNetwork({ inputShape: [6, 6, 16], outChannels: 16, kernel: 3, seed: 5 });
  const prune = keepBalanced(network, 8, 2);
  const compiled = compileNetwork(network, prune, config);
  const input = randomInput(network, 1);
  const golden = runGolden(applyMasks(network, prune.masks), input);
  const found = (image: Uint8Array): string[] => differences(compiled, runCompiled({ ...compiled, image }, input), golden);
  const streamAt = (destination: 'pattern' | 'index'): number => {
    const load = compiled.segments[0]?.instructions.find((each) => each.kind === 'loadStream' && each.destination === destination);
    return load?.kind === 'loadStream' ? load.fields.address : -1;
  };
  const flip = (at: number, bits: number): Uint8Array => compiled.image.map((byte, i) => (i === at ? byte ^ bits : byte));

  it('in a word of the table is seen', () => {
    expect(found(compiled.image)).toEqual([]);
    expect(found(flip(streamAt('pattern') + 3, 0xff))).toHaveLength(1);
  });

  it('in the number of one PE is seen', () => {
    expect(found(flip(streamAt('index'), 0x01))).toHaveLength(1);
  });
});

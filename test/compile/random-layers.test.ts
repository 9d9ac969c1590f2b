// SPDX-License-Identifier: Apache-2.0
/** Holds compiled random layers and chains to the golden model, in program order and in every adversarial interleaving. */
import { describe, expect, it } from 'vitest';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { compileAndCheck } from '../support/compile-layer.js';
import { randomCase, randomChain, type RandomCase } from '../support/random-case.js';

const CASES = 60;
const CHAINS = 24;

/** Compiles and compares; undefined when the buffers are too small for the layer. */
function check({ config, network, prune, text }: RandomCase): true | undefined {
  try {
    const { differences } = compileAndCheck(network, prune, config, { adversarial: true });
    expect(differences, text).toEqual([]);
    return true;
  } catch (error) {
    if (error instanceof LayerDoesNotFitError) return undefined;
    throw new Error(text, { cause: error });
  }
}

describe('compiled random layers', () => {
  it.each(Array.from({ length: 3 }, (_, block) => (block * CASES) / 3))('equal the golden model whatever the units\' speeds, seeds from %i', (from) => {
    const ran = Array.from({ length: CASES / 3 }, (_, i) => check(randomCase(1000 + from + i))).filter((result) => result === true);
    expect(ran.length).toBeGreaterThan(CASES / 6);
  });

  it.each(Array.from({ length: 2 }, (_, block) => (block * CHAINS) / 2))('equal the golden model when several share a program, seeds from %i', (from) => {
    const ran = Array.from({ length: CHAINS / 2 }, (_, i) => check(randomChain(2000 + from + i))).filter((result) => result === true);
    expect(ran.length).toBeGreaterThan(CHAINS / 4);
  });

  it('cover small buffers: many bands, many groups, both loop orders, rings and places, residents and streams', () => {
    const seen = new Set<string>();
    for (let seed = 1000; seed < 1200; seed++) {
      const { config, network, prune } = randomCase(seed);
      try {
        const { tiling } = compileNetwork(network, prune, config).layers[0]!;
        seen.add(tiling.order).add(`ring ${tiling.ring}`).add(`resident ${tiling.resident}`).add(`whole ${tiling.wholeInput}`);
        if (tiling.bands.some((band) => band.columns < network.tensors[1]!.shape[2]!)) seen.add('narrow bands');
        if (tiling.groups.length > 1) seen.add('several groups');
        if (tiling.bands.length > 1) seen.add('several bands');
      } catch (error) {
        if (!(error instanceof LayerDoesNotFitError)) throw error;
      }
    }
    expect([...seen].sort()).toEqual([
      'bands-outer', 'groups-outer', 'narrow bands', 'resident false', 'resident true', 'ring false', 'ring true', 'several bands', 'several groups', 'whole false', 'whole true',
    ]);
  });
});

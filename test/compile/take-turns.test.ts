// SPDX-License-Identifier: Apache-2.0
/** Holds layers that take turns to the golden model in adversarial orders, and to being no slower by the cycle model than one after the other. */
import { describe, expect, it } from 'vitest';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { PlacementError } from '../../generator/compile/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import { keepBalanced } from '../support/compile-layer.js';
import { ADVERSARIAL } from '../support/run-compiled.js';
import { graphDifferences } from '../support/run-graph.js';
import { turnConfig, turnNetwork, turnsTaken } from '../support/turn-network.js';

const SEEDS = process.env['GEN_ACCEL_REGRESS'] === '1' ? 400 : 24;

describe('neighbours that take turns', () => {
  it('compute what they compute alone', () => {
    let pairs = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const [network, config, random] = [turnNetwork(seed), turnConfig(seed), createRandom(seed)];
      const prune = random.next() < 0.5 ? undefined : keepBalanced(network, config.group, random.integer(1, config.group));
      pairs += turnsTaken(compileNetwork(network, prune, config));
      const orders = [{ kind: 'sequential' } as const, random.pick(ADVERSARIAL), random.pick(ADVERSARIAL)];
      const options = { batch: random.pick([1, 1, 2]) };
      expect(graphDifferences({ network, prune, config, options }, orders.map((interleaving, i) => ({ interleaving, seed: i + 1 }))), `seed ${seed}, ${config.name}`).toEqual([]);
    }
    expect(pairs).toBeGreaterThan(SEEDS / 8);
  }, 600_000);

  it('are no slower than one after the other, in sum, and much slower in no network', () => {
    let [together, apart, pairs] = [0, 0, 0];
    for (let seed = 1; seed <= 4 * SEEDS; seed++) {
      const [network, config] = [turnNetwork(seed, 48), turnConfig(seed)];
      const [taken, alone] = [compileNetwork(network, undefined, config), compileNetwork(network, undefined, config, { turns: false })];
      if (turnsTaken(taken) === 0) continue;
      pairs++;
      const [a, b] = [taken, alone].map((each) => estimateProgram(each, { readLatency: 40, writeLatency: 40 }).totals.cycles) as [number, number];
      together += a;
      apart += b;
      expect(a, `seed ${seed}, ${config.name}: ${a} cycles in turns, ${b} apart`).toBeLessThan(1.1 * b);
    }
    expect(pairs).toBeGreaterThan(SEEDS / 8);
    expect(together).toBeLessThan(0.99 * apart);
  }, 600_000);

  it('are compiled apart where their places do not go together', () => {
    expect(new PlacementError('conv/act', 'conv').message).toBe('conv/act: no room in its buffer; expected room, since the tiling of its layer fits. Please report it with the command that you ran.');
  });
});

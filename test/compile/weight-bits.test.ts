// SPDX-License-Identifier: Apache-2.0
/** Holds cores with narrow weights to the golden model: weights of the width, weights in several slots, weights that are refused. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive, streamBits } from '../../generator/arch/derive.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { AccumulatorRangeError, LayerDoesNotFitError, WeightRangeError } from '../../generator/compile/errors.js';
import { lowerNetwork } from '../../generator/compile/lower-network.js';
import { createRandom } from '../../generator/core/random.js';
import { isWeighted, NO_CLAMP, type Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { compileAndCheck, keepBalanced } from '../support/compile-layer.js';
import { withWeightBits } from '../support/narrow-weights.js';
import { randomCase } from '../support/random-case.js';
import { randomGraph } from '../support/random-graph.js';
import { ADVERSARIAL } from '../support/run-compiled.js';
import { graphDifferences, randomConfig, randomGraphCase } from '../support/run-graph.js';

const CASES = process.env['GEN_ACCEL_REGRESS'] === '1' ? 200 : 20;

const withBits = ({ name: _name, prefix: _prefix, ...shape }: AccelConfig, weightBits: number): AccelConfig => validateConfig({ ...shape, weightBits });

/** Runs `check` on seeds until enough of them fitted their buffers. */
function onSeeds(from: number, check: (seed: number) => void): void {
  let ran = 0;
  for (let seed = from; ran < CASES; seed++) {
    expect(seed - from, 'seeds that fit').toBeLessThan(3 * CASES);
    try {
      check(seed);
      ran++;
    } catch (error) {
      if (!(error instanceof LayerDoesNotFitError)) throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

const convolution = (seed = 1): Network => randomConvNetwork({ inputShape: [6, 7, 20], outChannels: 20, kernel: 3, seed });

/** The network with one weight changed. */
const withWeight = (network: Network, at: number, weight: number): Network => ({
  ...network, ops: network.ops.map((op) => (isWeighted(op) ? { ...op, weights: { ...op.weights, data: op.weights.data.map((value, i) => (i === at ? weight : value)) } } : op)),
});

const thrown = (run: () => unknown): Error => {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

describe.each([4, 2])('weights of %i bits', (bits) => {
  it('compute random layers as the golden model does', () => {
    onSeeds(4000, (seed) => {
      const { config, network, prune, text } = randomCase(seed);
      expect(compileAndCheck(withWeightBits(network, bits), prune, withBits(config, bits)).differences, text).toEqual([]);
    });
  });

  it('compute random networks of all operators, whose maxima, averages and sums have weight 1', () => {
    onSeeds(1, (seed) => {
      const config = withBits(randomConfig(seed), bits);
      const interleavings = [{ interleaving: createRandom(seed).pick(ADVERSARIAL) }];
      expect(graphDifferences(randomGraphCase(withWeightBits(randomGraph(seed), bits), config, seed), interleavings), `seed ${seed}: ${config.name}`).toEqual([]);
    });
  });

  it('take up to three slots a weight that is wider, with every decoder', () => {
    for (const index of ['direct', 'bitmap', 'pattern']) {
      const config = validateConfig({ index, weightBits: bits, ...(index === 'pattern' ? { patternBits: 8 } : {}) });
      const network = withWeightBits(convolution(), bits, 3);
      const { compiled, differences } = compileAndCheck(network, keepBalanced(network, 8, 2), config);
      expect(differences, index).toEqual([]);
      expect(compiled.layers[0]?.maxCount, index).toBeGreaterThanOrEqual(2);
    }
  });

  it('are stored in as many bits, padded to granules of the bus', () => {
    const network = withWeightBits(convolution(), bits);
    for (const shape of [{ pes: 16 }, { pes: 3 }, { pes: 12, bus: 256 }]) {
      const config = validateConfig({ ...shape, weightBits: bits });
      const padded = streamBits(config.pes * bits, config.bus);
      expect(derive(config).weightStreamBits).toBe(padded);
      const load = compileNetwork(network, undefined, config).segments[0]?.instructions.find((each) => each.kind === 'loadStream' && each.destination === 'weight');
      expect(load?.kind === 'loadStream' ? load.fields.beats : 0).toBe(load?.kind === 'loadStream' ? Math.ceil((load.fields.words * padded) / config.bus) : -1);
    }
  });

  it('are refused where three do not make a weight, unless it is pruned', () => {
    const config = validateConfig({ weightBits: bits });
    const network = withWeight(withWeightBits(convolution(), bits), 200, 90);
    const error = thrown(() => compileNetwork(network, undefined, config));
    expect(error).toBeInstanceOf(WeightRangeError);
    const [low, high] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
    expect(error.message).toBe(
      `layer conv2d_1, output channel 1: weight 90; expected ${low} to ${high}, what --weight-bits ${bits} holds, or a sum of at most 3 such numbers (${3 * low} to ${3 * high}). ` +
        `Quantize the float model for this core (--calibration with --weight-bits ${bits}), or use --weight-bits 8.`,
    );
    const prune = keepBalanced(network, 8, 8);
    const masks = new Map([...prune.masks].map(([name, mask]) => [name, mask.map((kept, i) => (i === 200 ? 0 : kept))]));
    expect(compileAndCheck(network, { ...prune, masks }, config).differences).toEqual([]);
    expect(compileAndCheck(network, undefined, validateConfig({})).differences).toEqual([]);
  });
});

describe('the accumulator', () => {
  const pooled = (side: number): Network => validateNetwork({
    name: 'mean', synthetic: true, inputs: [0], outputs: [1],
    tensors: [[1, side, side, 1], [1, 1, 1, 1]].map((shape, id) => ({ id, name: `t${id}`, shape, quantization: { scale: 0.05, zeroPoint: 0 } })),
    ops: [{ kind: 'mean', name: 'mean_1', inputs: [0], outputs: [1], ...NO_CLAMP }] as unknown as Network['ops'],
  });

  it('has 24 bits more than a weight, so that as many products fit', () => {
    for (const weightBits of [8, 4, 2]) expect(derive(validateConfig({ weightBits })).accumulatorBits).toBe(24 + weightBits);
  });

  it('is checked where it is narrower than the sum behind it', () => {
    const shape: PartialConfig = { weightBits: 2, actDepth: 65536, schedDepth: 65536, weightDepth: 65536 };
    const error = thrown(() => compileNetwork(pooled(512), undefined, validateConfig(shape)));
    expect(error).toBeInstanceOf(AccumulatorRangeError);
    expect(error.message).toBe('layer mean_1, output channel 0: 128 * sum|weight| reaches 33554432; expected less than 2^25. Prune the layer, or use a larger --weight-bits: accumulators are as much wider.');
    expect(() => lowerNetwork(pooled(512), undefined, validateConfig({ ...shape, weightBits: 4 }))).not.toThrow();
  });
});

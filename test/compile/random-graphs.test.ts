// SPDX-License-Identifier: Apache-2.0
/** Holds compiled random networks of all operators to the golden model, on odd configurations and in adversarial orders. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import type { Shape } from '../../generator/tensor/tensor.js';
import { describeGraph, randomGraph } from '../support/random-graph.js';
import { ADVERSARIAL } from '../support/run-compiled.js';
import { graphDifferences, randomConfig, randomGraphCase } from '../support/run-graph.js';

const BLOCKS = process.env['GEN_ACCEL_REGRESS'] === '1' ? 80 : 3;
const CASES = 25;

/** Compiles and compares; false when the buffers are too small for a layer. */
function check(seed: number): boolean {
  const found = randomGraphCase(randomGraph(seed), randomConfig(seed), seed);
  const { config, network, options, prune } = found;
  const text = `seed ${seed}: ${config.name}, ${JSON.stringify(options)}, ${prune === undefined ? 'dense' : 'pruned'}, t0[${network.tensors[0]?.shape.join('x')}] ${describeGraph(network)}`;
  const orders = [{ kind: 'sequential' } as const, createRandom(seed).pick(ADVERSARIAL), createRandom(seed + 1).pick(ADVERSARIAL)];
  try {
    expect(graphDifferences(found, orders.map((interleaving, i) => ({ interleaving, seed: i + 1 }))), text).toEqual([]);
    return true;
  } catch (error) {
    if (error instanceof LayerDoesNotFitError) return false;
    throw new Error(text, { cause: error });
  }
}

describe('compiled random networks', () => {
  it.each(Array.from({ length: BLOCKS }, (_, block) => 1 + block * CASES))('mean what their operators say, seeds from %i', (from) => {
    const ran = Array.from({ length: CASES }, (_, i) => check(from + i)).filter(Boolean);
    expect(ran.length).toBeGreaterThan(0.8 * CASES);
  });
});

describe('a reshape of a concatenation', () => {
  // 12 of 16 bytes of each part's words are channels.
  const config = validateConfig({ pes: 8, group: 8 });
  const quantization = { scale: 0.05, zeroPoint: 3 };
  const network = (shape: Shape, reshaped: Shape): Network => {
    const doubled = [...shape.slice(0, -1), 2 * (shape.at(-1) as number)];
    return validateNetwork({
      name: 'gaps', synthetic: true, inputs: [0], outputs: [2],
      tensors: [shape, doubled, reshaped].map((each, id) => ({ id, name: `t${id}`, shape: each, quantization })),
      ops: [
        { kind: 'concatenation', name: 'concat_1', inputs: [0, 0], outputs: [1], axis: shape.length - 1 },
        { kind: 'reshape', name: 'reshape_1', inputs: [1], outputs: [2] },
      ],
    });
  };

  it.each([
    ['keeps the gaps between channels where pixels stay whole', [1, 2, 3, 12], [1, 6, 24], 'memory'],
    ['and where all is one pixel', [1, 12], [1, 1, 1, 24], 'memory'],
    ['moves channels together elsewhere', [1, 2, 3, 12], [1, 144], 'host'],
    ['costs nothing without gaps', [1, 2, 3, 8], [1, 96], 'memory'],
  ] as const)('%s', (_, shape, reshaped, place) => {
    const found = { network: network(shape, reshaped), prune: undefined, config, options: { batch: 2 } };
    expect(graphDifferences(found, [{}])).toEqual([]);
    expect(compileNetwork(found.network, undefined, config).places.get('reshape_1')).toBe(place);
  });
});

it('a strided kernel of one position reads the padding before an image', () => {
  const network = randomConvNetwork({ seed: 4, inputShape: [7, 7, 64], outChannels: 8, kernel: 1, stride: 3, padding: { top: 1, left: 1, bottom: 0, right: 0 } });
  expect(graphDifferences({ network, prune: undefined, config: validateConfig({}), options: {} }, [{}])).toEqual([]);
});

// SPDX-License-Identifier: Apache-2.0
/** Holds compiled programs, run by the functional interpreter, to the golden model bit by bit. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { compileAndCheck, keepBalanced, keepUnconstrained } from '../support/compile-layer.js';
import { dataPath, readData } from '../support/data.js';

const RESNET = 'mlcommons-tiny/resnet8_int8.tflite';

describe('a compiled layer', () => {
  it('equals the golden model for one convolution with 4 PEs and groups of 4', () => {
    const network = randomConvNetwork({ inputShape: [6, 7, 9], outChannels: 9, seed: 1 });
    expect(compileAndCheck(network, undefined, validateConfig({ pes: 4, group: 4 }), { adversarial: true }).differences).toEqual([]);
  });

  it.each([1, 2, 3, 4])('equals the golden model at keep %i of 4, balanced and unconstrained', (keep) => {
    const network = randomConvNetwork({ inputShape: [5, 6, 10], outChannels: 10, seed: keep });
    for (const index of ['direct', 'bitmap']) {
      const config = validateConfig({ pes: 4, group: 4, lanes: 2, index });
      for (const prune of [keepBalanced(network, 4, keep), keepUnconstrained(network, 4, keep)]) {
        expect(compileAndCheck(network, prune, config, { adversarial: true }).differences).toEqual([]);
      }
    }
  });

  it('spends exactly K steps on every group of a balanced layer', () => {
    const network = randomConvNetwork({ inputShape: [5, 6, 16], outChannels: 16, seed: 3 });
    const { compiled, run } = compileAndCheck(network, keepBalanced(network, 8, 2), validateConfig({ pes: 16, group: 8, requant: 16 }));
    expect(compiled.layers[0]?.maxCount).toBe(2);
    expect(run.results[0]?.computeCycles).toBe(5 * 6 * 9 * 2 * 2);
  });
});

describe('ResNet-8', () => {
  it.each([8, 4, 2])('with random weights equals the golden model at keep %i', (keep) => {
    const network = syntheticResnet8(keep);
    const checked = compileAndCheck(network, keepBalanced(network, 8, keep), validateConfig({}), { adversarial: keep === 2 });
    expect(checked.differences).toEqual([]);
    // Nine convolutions, pooling and the fully connected layer share one program; additions are fused.
    expect(checked.compiled.segments.map(({ layers }) => layers.length)).toEqual([11]);
  });

  it.skipIf(dataPath(RESNET) === undefined).each([8, 4, 2])('with its real weights equals the golden model at keep %i, on arrays of three shapes', (keep) => {
    const network = importTflite(readData(RESNET), 'resnet8');
    for (const shape of [{}, { lanes: 3, index: 'bitmap', requant: 4 }, { pes: 12, lanes: 2, bus: 128, actDepth: 1024, outDepth: 512 }]) {
      expect(compileAndCheck(network, keepBalanced(network, 8, keep), validateConfig(shape)).differences).toEqual([]);
    }
  });
});

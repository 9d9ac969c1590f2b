// SPDX-License-Identifier: Apache-2.0
/** Fuses additions and products into the passes before them: whatever these compute, the bits are the golden model's. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_CLAMP, NO_PADDING, type Network, type Op } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { runGolden } from '../../generator/model/golden.js';
import { differences, runCompiled } from '../support/run-compiled.js';

const CHANNELS = 5;
const [SIZE, WINDOW] = [{ height: 4, width: 6 }, { strideHeight: 1, strideWidth: 1 }];
const random = createRandom(41);
const int8s = (count: number): Int8Array => Int8Array.from({ length: count }, () => random.integer(-90, 90));

const weighted = (inChannels: number) => ({
  weights: { name: 'w', layout: 'OHWI', shape: [CHANNELS, 1, 1, inChannels], data: int8s(CHANNELS * inChannels), scales: [0.01], zeroPoint: 0 } as const,
  bias: new Int32Array(CHANNELS), padding: NO_PADDING, ...WINDOW, dilationHeight: 1, dilationWidth: 1, ...NO_CLAMP,
});
const pool = (filter: number): Record<string, unknown> => {
  const before = Math.floor((filter - 1) / 2);
  return { padding: { top: before, left: before, bottom: filter - 1 - before, right: filter - 1 - before }, ...WINDOW, filterHeight: filter, filterWidth: filter, ...NO_CLAMP };
};

const HEADS: Readonly<Record<string, Record<string, unknown>>> = {
  'conv2d': { kind: 'conv2d', ...weighted(CHANNELS), groups: 1 },
  'depthwise-conv2d': { kind: 'depthwise-conv2d', ...weighted(1), depthMultiplier: 1 },
  'max-pool of 1 x 1': { kind: 'max-pool', ...pool(1) },
  'max-pool of 3 x 3': { kind: 'max-pool', ...pool(3) },
  'a large max-pool': { kind: 'max-pool', ...pool(7) },
  'average-pool': { kind: 'average-pool', ...pool(3) },
  'relu': { kind: 'relu', ...NO_CLAMP },
};

/** The head on the input, and its output with the input. */
function network(head: Record<string, unknown>, kind: 'add' | 'mul', isFirst: boolean): Network {
  const shape = [1, SIZE.height, SIZE.width, CHANNELS];
  const quantizations = [{ scale: 0.02, zeroPoint: -37 }, { scale: 0.02, zeroPoint: -37 }, { scale: 0.03, zeroPoint: 11 }];
  return validateNetwork({
    name: 'fused', synthetic: true, inputs: [0], outputs: [2],
    tensors: quantizations.map((quantization, id) => ({ id, name: `t${id}`, shape, quantization })),
    ops: [
      { name: 'head', inputs: [0], outputs: [1], ...head } as unknown as Op,
      { kind, name: 'operand', inputs: isFirst ? [1, 0] : [0, 1], outputs: [2], ...NO_CLAMP },
    ],
  });
}

describe.each(Object.keys(HEADS))('behind %s', (name) => {
  it.each([['add', true], ['add', false], ['mul', true], ['mul', false]] as const)('%s, the head first: %s', (kind, isFirst) => {
    const own = network(HEADS[name] as Record<string, unknown>, kind, isFirst);
    for (const config of [validateConfig({ pes: 8, group: 4 }), validateConfig({ pes: 16, group: 8, lanes: 2, rounding: 'single', weightDepth: 16 })]) {
      const compiled = compileNetwork(own, undefined, config, {});
      const input = randomInput(own, 7);
      expect(differences(compiled, runCompiled(compiled, input), runGolden(own, input, { rounding: config.rounding }))).toEqual([]);
    }
  });
});

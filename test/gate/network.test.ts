// SPDX-License-Identifier: Apache-2.0
/** The gate's network fits every configuration, computes all of its operators in one program, and is bit-exact on the interpreter. */
import { describe, expect, it } from 'vitest';
import { differences, runCompiled } from '../support/run-compiled.js';
import { gateConfig, gateRows } from './configurations.js';
import { gateNetwork, hasPartialSums } from './network.js';

describe('the network of the gate', () => {
  it('is one program on every configuration, and bit-exact on the interpreter', () => {
    const wrong: string[] = [];
    let partial = 0;
    gateRows().forEach((row, index) => {
      const config = gateConfig(row, index);
      const { compiled, input, golden, text } = gateNetwork(config, 1000 + index);
      expect(compiled.steps.map(({ kind }) => kind), text).toEqual(['array', 'alias']);
      if (hasPartialSums(compiled)) partial++;
      else if (config.weightDepth === 16) wrong.push(`${config.prefix}: ${text}: no partial sums in a weight buffer of 16 steps`);
      // The interpreter takes a while for the widest; the simulators run these too.
      if (config.pes < 64) wrong.push(...differences(compiled, runCompiled(compiled, input), golden).map((found) => `${config.prefix}: ${text}: ${found}`));
    });
    expect(wrong).toEqual([]);
    expect(partial).toBeGreaterThan(10);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds compiled passes of every kind to their plain meaning, in program order and in every adversarial interleaving. */
import { describe, expect, it } from 'vitest';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { comparePasses, compilePasses } from '../support/array-layer.js';
import { randomPasses } from '../support/random-passes.js';
import { ADVERSARIAL } from '../support/run-compiled.js';

const BLOCKS = process.env['GEN_ACCEL_REGRESS'] === '1' ? 100 : 4;
const CASES = 25;

/** Compiles, runs in every interleaving; false when the buffers are too small for a layer. */
function check(seed: number): boolean {
  const passes = randomPasses(seed);
  try {
    const compiled = compilePasses(passes);
    const found = [{ kind: 'sequential' } as const, ...ADVERSARIAL].flatMap((interleaving) =>
      comparePasses(passes, compiled, { interleaving, seed: 3 }).found.map((text) => `${JSON.stringify(interleaving)}: ${text}`));
    expect(found, passes.text).toEqual([]);
    return true;
  } catch (error) {
    if (error instanceof LayerDoesNotFitError) return false;
    throw new Error(passes.text, { cause: error });
  }
}

describe('compiled random passes', () => {
  it.each(Array.from({ length: BLOCKS }, (_, block) => 1 + block * CASES))('mean what their layers say whatever the units\' speeds, seeds from %i', (from) => {
    const ran = Array.from({ length: CASES }, (_, i) => check(from + i)).filter(Boolean);
    expect(ran.length).toBeGreaterThan(0.9 * CASES);
  });
});

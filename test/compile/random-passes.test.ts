// SPDX-License-Identifier: Apache-2.0
/** Holds compiled passes of every kind to their plain meaning, in program order and in every adversarial interleaving. */
import { describe, expect, it } from 'vitest';
import { LayerDoesNotFitError } from '../../generator/compile/errors.js';
import { comparePasses, compilePasses } from '../support/array-layer.js';
import { randomPasses } from '../support/random-passes.js';
import { ADVERSARIAL } from '../support/run-compiled.js';

const BLOCKS = process.env['GEN_ACCEL_REGRESS'] === '1' ? 100 : 4;
const CASES = 25;

/** Compiles, runs in every interleaving; false when the buffers are too small for a layer: only where words of the output are shared by tiles. */
function check(seed: number): boolean {
  const passes = randomPasses(seed);
  try {
    const compiled = compilePasses(passes);
    const found = [{ kind: 'sequential' } as const, ...ADVERSARIAL].flatMap((interleaving) =>
      comparePasses(passes, compiled, { interleaving, seed: 3 }).found.map((text) => `${JSON.stringify(interleaving)}: ${text}`));
    expect(found, passes.text).toEqual([]);
    return true;
  } catch (error) {
    if (error instanceof LayerDoesNotFitError && passes.config.pes % passes.config.group !== 0) return false;
    throw new Error(passes.text, { cause: error });
  }
}

describe('compiled random passes', () => {
  it.each(Array.from({ length: BLOCKS }, (_, block) => 1 + block * CASES))('mean what their layers say whatever the units\' speeds, seeds from %i', (from) => {
    const ran = Array.from({ length: CASES }, (_, i) => check(from + i)).filter(Boolean);
    expect(ran.length).toBeGreaterThan(0.7 * CASES);
  });

  it('cover every kind of schedule, cut and place', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 120; seed++) {
      try {
        for (const { layer, schedule, tiling } of compilePasses(randomPasses(seed)).plans) {
          const [group] = tiling.groups;
          const chunk = group!.parts[0]!.chunk;
          seen.add(tiling.order).add(`held ${tiling.held}`).add(`ring ${tiling.ring}`).add(`own windows ${tiling.ownWindows}`);
          seen.add(`${schedule.maximum ? 'maximum' : schedule.dense ? 'dense' : 'indexed'}${schedule.spread ? ' spread' : ''}`);
          if (!schedule.shared) seen.add('a schedule for every tile');
          if (schedule.levels > 1) seen.add('several entries a word');
          if (schedule.commonWeights) seen.add('weights for all tiles');
          if (!chunk.isLast) seen.add('partial sums');
          if (chunk.rows < layer.kernel.height || chunk.columns < layer.kernel.width) seen.add('taps cut');
          if (layer.table !== undefined) seen.add('table');
          if (layer.operand !== undefined) {
            seen.add(`${layer.operand.kind} ${schedule.operand!.spread ? 'spread' : 'broadcast'}`).add(`operand rows ${layer.operand.rowStep}`);
            seen.add(tiling.operand!.offset === undefined ? 'operand behind the input' : 'operand beside its band');
          }
        }
      } catch (error) {
        if (!(error instanceof LayerDoesNotFitError)) throw error;
      }
    }
    expect([...seen].sort()).toEqual([
      'a schedule for every tile', 'add broadcast', 'add spread', 'bands-outer', 'dense', 'groups-outer', 'held command', 'held group', 'held layer', 'indexed', 'indexed spread',
      'maximum', 'maximum spread', 'mul broadcast', 'mul spread', 'operand behind the input', 'operand beside its band', 'operand rows 0', 'operand rows 1', 'own windows false',
      'own windows true', 'partial sums', 'ring false', 'ring true', 'several entries a word', 'table', 'taps cut', 'weights for all tiles',
    ]);
  });
});

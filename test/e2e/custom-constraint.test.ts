// SPDX-License-Identifier: Apache-2.0
/** examples/custom-constraint: a constraint from outside the package holds the contract, composes, and runs the cycles that it predicts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSTRAINT_KINDS, constraintCost, KeepRangeError, parseConstraint, type WeightShape } from 'gen-accel';
import { describe, expect, it } from 'vitest';
import accelerator, { constraints } from '../../examples/custom-constraint/accelerator.js';
import { pairs, pairsKind } from '../../examples/custom-constraint/pairs.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { lawLayer } from '../../generator/model/law.js';
import { opByName } from '../../generator/graph/query.js';
import type { WeightedOp } from '../../generator/graph/network.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { compileAndCheck } from '../support/compile-layer.js';
import { runCli } from '../support/run-cli.js';

const folder = fileURLToPath(new URL('../../examples/custom-constraint/', import.meta.url));
const config = validateConfig(accelerator);
const SHAPE: WeightShape = [4, 3, 3, 19];

describe('the custom constraint', () => {
  it('imports nothing but the public API', () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
      const imports = [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, name]) => name);
      expect(imports.filter((name) => name !== 'gen-accel' && name !== './pairs.js'), file).toEqual([]);
    }
  });

  it('projects to allowed masks that no other allowed mask beats, and contains what is inside one', () => {
    const random = createRandom(8);
    const constraint = pairs(4, 8);
    for (let i = 0; i < 30; i++) {
      const scores = (): number[] => Array.from({ length: 4 * 9 * 19 }, () => random.integer(0, 99));
      const own = scores();
      const mask = constraint.project(own, SHAPE);
      expect(constraint.allows(mask, SHAPE)).toBe(true);
      const total = (other: Uint8Array): number => own.reduce((sum, score, p) => sum + score * other[p]!, 0);
      for (let other = 0; other < 5; other++) expect(total(mask)).toBeGreaterThanOrEqual(total(constraint.project(scores(), SHAPE)));
      const torn = mask.slice();
      torn[mask.indexOf(1)] = 0;
      expect(constraint.allows(torn, SHAPE)).toBe(false);
      expect(constraint.contain(torn, SHAPE)!.mask).toEqual(mask);
    }
    expect(constraint.storage([1, 1, 1, 8]).indexBits).toEqual({ pairs: 4 });
    expect(() => pairs(3, 8)).toThrow(KeepRangeError);
  });

  it('is a text of --prune beside the built-in ones, and composes with them', () => {
    const constraint = parseConstraint('pattern:4@tile+pairs:4/8', config, [...CONSTRAINT_KINDS, pairsKind]);
    expect([constraint.text, constraints]).toEqual(['pattern:4@tile+pairs:4/8', [pairsKind]]);
    expect(pairsKind.read(pairsKind.example, config)?.text).toBe(pairsKind.example);
  });

  it.each(['pairs:4/8', 'pattern:4@tile+pairs:4/8'])('%s computes bit-exactly in the cycles that it predicts', (text) => {
    const network = syntheticResnet8(2);
    const constraint = parseConstraint(text, config, [...CONSTRAINT_KINDS, pairsKind]);
    const prune = pruneNetwork(network, { group: 8, default: constraint, layers: new Map() });
    const { compiled, differences } = compileAndCheck(network, prune, config);
    expect(differences).toEqual([]);
    for (const name of ['conv2d_2', 'conv2d_4', 'conv2d_7']) {
      const { commandCycles } = compiled.layers.find((layer) => layer.name === name)!;
      const { law, exact } = constraintCost(constraint, lawLayer(network, opByName(network, name) as WeightedOp, 'dense'), config);
      expect([exact, commandCycles], name).toEqual([true, law.cycles]);
    }
  });

  it('comes with a configuration file to the command line', async () => {
    const { exitCode, out } = await runCli(['inspect', 'synthetic', '--config', 'accelerator.ts', '--prune', 'pairs:4/8'], folder);
    expect(exitCode).toBe(0);
    expect(out).toContain('pairs:4/8');
    const unknown = await runCli(['inspect', 'synthetic', '--prune', 'pairs:4/8'], folder);
    expect(unknown).toMatchObject({ exitCode: 1, out: '' });
    expect(unknown.err).toContain('gen-accel: --prune: "pairs:4/8"; expected one of balanced:K[/g], ');
  });
});

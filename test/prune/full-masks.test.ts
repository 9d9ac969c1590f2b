// SPDX-License-Identifier: Apache-2.0
/** Holds pruning to calling a layer dense that keeps all of its weights: `kernel:auto/1` trims borders of zeros, and takes nothing else. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { networkLaw } from '../../generator/model/law.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { magnitude } from '../../generator/prune/methods/magnitude.js';
import { pruneFloatNetwork } from '../../generator/prune/prune-float.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { runCli } from '../support/run-cli.js';

const SEED = 3;
const config = validateConfig({ pes: 16, group: 8 });
const network = randomConvNetwork({ inputShape: [6, 6, 16], outChannels: 16, kernel: 3, seed: SEED });
const plan = (text: string) => ({ group: 8, default: parseConstraint(text, config), layers: new Map() });
/** The last row of every kernel is 0, as in a 2 x 3 kernel that was exported as 3 x 3. */
const bordered: Network = { ...network, ops: network.ops.map((op) => ('weights' in op ? { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => (Math.floor(i / 48) % 3 === 2 ? 0 : weight === 0 ? 1 : weight)) } } : op)) };

describe('kernel:auto/1', () => {
  it.each(['kernel:auto/1', 'kernel:auto/0.9999', 'balanced:8/8', 'unconstrained:1.0'])('%s takes no weight of a layer without zeros: it is dense, and compiled so', (text) => {
    const prune = pruneNetwork(network, plan(text), { reprune: true });
    expect([[...prune.keep.values()], prune.constraints?.size, prune.existing?.size]).toEqual([['dense'], 0, 0]);
    const { layers: [layer] } = compileNetwork(network, prune, config);
    expect(layer?.dense).toBe(true);
  });

  it('takes the row of zeros of a kernel, and a third of its cycles', () => {
    for (const reprune of [false, true]) {
      const prune = pruneNetwork(bordered, plan('kernel:auto/1'), { reprune });
      expect([...prune.keep.values()]).toEqual([reprune ? 'kernel:auto/1' : 'kernel:2x3']);
      const cycles = networkLaw(bordered, lawKeeps(bordered, prune), config).cycles;
      expect(cycles / networkLaw(bordered, new Map(), config).cycles).toBeCloseTo(2 / 3, 10);
    }
  });

  it('is alike on float networks', () => {
    const chain = floatChain([1, 6, 6, 8], [{ kind: 'conv2d', shape: [1, 6, 6, 16], ...randomConv(createRandom(SEED), 8, 16) }]);
    const whole = pruneFloatNetwork(chain, plan('kernel:auto/1'), magnitude, []);
    expect([[...whole.keep.values()], whole.constraints.size]).toEqual([['dense'], 0]);
    expect([...pruneFloatNetwork(chain, plan('kernel:auto/0.5'), magnitude, []).keep.values()]).toEqual(['kernel:auto/0.5']);
  });

  it('is refused at the command line where no kernel has such a border: E_NOTHING_PRUNED', async () => {
    for (const command of ['inspect', 'estimate']) {
      const { exitCode, out, err } = await runCli([command, 'synthetic', '--prune', 'kernel:auto/1'], '.');
      expect([exitCode, out]).toEqual([1, '']);
      expect(err).toBe('gen-accel: --prune: kernel:auto/1, under which every layer of resnet8-synthetic-1 stays dense: it keeps all of their weights; expected a constraint that at least one layer can have. Use another one, or --prune dense.\n');
    }
    // E_DENSE_LAYER
    const named = await runCli(['inspect', 'synthetic', '--prune', 'balanced:4/8', '--prune', 'conv2d_2=kernel:auto/1'], '.');
    expect([named.exitCode, named.out, named.err]).toEqual([1, '', 'gen-accel: layer conv2d_2: kernel:auto/1, but the layer is left dense: it keeps all of its weights; expected a layer that can be pruned. Leave conv2d_2 out.\n']);
    for (const spec of ['kernel:auto/0.6', 'balanced:8/8', 'conv2d_2=balanced:8/8', 'conv2d_2=dense']) expect((await runCli(['inspect', 'synthetic', '--prune', spec], '.')).exitCode, spec).toBe(0);
  });
});

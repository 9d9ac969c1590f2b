// SPDX-License-Identifier: Apache-2.0
/** pattern:n@filter through a float network on the whole core: once its filters are in order, every layer takes the cycles that follow from its shape, and every bit is golden. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { lawLayer } from '../../generator/model/law.js';
import { prepareFloatRow, prepareOrderedRow } from '../../generator/compare/prepare-row.js';
import { readRowSpec } from '../../generator/compare/row-spec.js';
import { constraintCost } from '../../generator/prune/cost.js';
import { magnitude } from '../../generator/prune/methods/magnitude.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { findTool } from '../../sim/tools/index.js';
import { ARRAY, patternNetwork } from '../prune/channels/pattern-networks.js';
import { BASE, busProblems, withCore } from '../support/axi-bench.js';
import { randomValues } from '../support/float-network.js';
import { runLayer, runProblem } from '../support/run-core.js';

const missing = (await findTool('verilator')) === undefined;

describe.skipIf(missing)('filters in the order of their patterns', () => {
  it.each(['pattern:1@filter', 'pattern:4@filter'])('%s takes n of nine taps in all layers of a chain', async (text) => {
    const config = validateConfig({ ...ARRAY, requant: 4 });
    const random = createRandom(6);
    const calibration = Array.from({ length: 4 }, () => randomValues(random, 6 * 6 * 16));
    const spec = readRowSpec(`${text},ordered`, ARRAY);
    const plain = prepareFloatRow(patternNetwork(6, 'chain').network, spec, { group: 8, weightBits: 8, seed: 1, calibration, method: magnitude, cut: (network) => network });
    const { network, prune } = prepareOrderedRow(plain, { weightBits: 8, calibration }, ARRAY)!;
    const predicted = weightedOps(network).map((op) => constraintCost(spec.constraint!, lawLayer(network, op, 'dense'), config).law);
    const input = randomInput(network, 1);
    await withCore(config, 'verilator', async ({ host, session }) => {
      const run = async (of: typeof plain): Promise<{ readonly steps: number; readonly span: number }> => {
        const golden = goldenOutput(of.network, runGolden(applyMasks(of.network, of.prune.masks), input)).data;
        const result = await runLayer(host, { compiled: compileNetwork(of.network, of.prune, config), input, golden }, BASE);
        expect(runProblem(result), text).toBeUndefined();
        const { CYCLES_COMPUTE, CYCLES_SPAN } = result.result.counters;
        return { steps: CYCLES_COMPUTE, span: CYCLES_SPAN };
      };
      const steps = predicted.reduce((sum, law) => sum + law.cyclesWithoutDrain, 0);
      expect(await run({ network, prune })).toEqual({ steps, span: predicted.reduce((sum, law) => sum + law.cycles, derive(config).fill) });
      expect((await run(plain)).steps).toBeGreaterThan(1.3 * steps);
      expect(await busProblems(session)).toEqual([]);
    });
  });
});

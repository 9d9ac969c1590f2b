// SPDX-License-Identifier: Apache-2.0
/** Every constraint on the whole core: the cycles that shape or mask predict are the cycles that it counts, layer by layer, and every bit is golden. */
import { afterAll, describe, expect, it } from 'vitest';
import { inPatternOrder } from '../../bench/laws/pattern-order.js';
import { derive } from '../../generator/arch/derive.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { Network } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { layerLaw, lawLayer, type LayerLaw } from '../../generator/model/law.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { constraintCost } from '../../generator/prune/cost.js';
import { applyMasks, pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { markdownTable } from '../../generator/report/markdown-table.js';
import { findTool } from '../../sim/tools/index.js';
import { BASE, busProblems, withCore, type AxiSession } from '../support/axi-bench.js';
import { runLayer, runProblem } from '../support/run-core.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const missing = (await findTool('verilator')) === undefined;

const layer = (name: string, request: Omit<Parameters<typeof randomConvNetwork>[0], 'seed'>): { readonly name: string; readonly network: Network } => ({ name, network: randomConvNetwork({ ...request, seed: 7 }) });

const LAYERS = [
  layer('3x3', { inputShape: [8, 8, 32], outChannels: 32, kernel: 3 }),
  layer('3x3/2', { inputShape: [11, 9, 16], outChannels: 16, kernel: 3, stride: 2 }),
  layer('3x5, odd channels', { inputShape: [6, 7, 21], outChannels: 37, kernel: [3, 5] }),
  layer('3x3, drain longer than some steps', { inputShape: [8, 24, 8], outChannels: 20, kernel: 3, padding: 'valid' }),
  layer('1x1', { inputShape: [7, 9, 40], outChannels: 20, kernel: 1 }),
] as const;

/** By shape: the cycles of every allowed mask. By mask: those of the very mask. By order: by shape, once filters lie in the order of their patterns. */
const CONSTRAINTS = {
  shape: [
    'balanced:2/8', 'balanced:3/8', 'balanced:1/4', '2:4', 'pattern:4@tile', 'pattern:3/4@tile', 'kernel:1x1', 'kernel:3x2', 'kernel:6',
    'pattern:4@tile+balanced:4/8', 'kernel:2x2+2:4', 'kernel:6+pattern:3@tile+balanced:2/8',
  ],
  mask: [
    'balanced:4/16', 'balanced:8/16', 'unconstrained:2/8', 'unconstrained:0.4', 'pattern:4@kernel', 'pattern:2/6@kernel', 'pattern:4@filter', 'kernel:auto/0.5',
    'pattern:4@tile+unconstrained:0.5', 'pattern:4@filter+balanced:2/8',
  ],
  order: ['pattern:1@filter', 'pattern:4@filter', 'pattern:6/2@filter'],
} as const;

const SHAPES: PartialConfig[] = [{ requant: 2 }];
if (regress) SHAPES.push({ pes: 12, group: 4, requant: 4 }, { pes: 32, group: 16, requant: 4, index: 'bitmap' }, { pes: 16, group: 8, requant: 2, index: 'pattern', patternBits: 8 });

interface Row {
  readonly constraint: string;
  readonly layer: string;
  readonly from: string;
  readonly predicted: LayerLaw;
  readonly fill: number;
  readonly rtl: { readonly steps: number; readonly drain: number; readonly span: number };
}

const text = ({ constraint, layer: name, from, predicted, fill, rtl }: Row): string[] =>
  [constraint, name, from, `${predicted.cycles} + ${fill}`, String(rtl.span), String(predicted.cyclesWithoutDrain), String(rtl.steps)];

describe.skipIf(missing).each(SHAPES)('%o', (shape) => {
  const config = validateConfig(shape);
  const { fill } = derive(config);
  const rows: Row[] = [];
  afterAll(() => console.log(['', markdownTable(['constraint', 'layer', 'predicted from', 'cycles predicted', 'RTL', 'steps predicted', 'RTL'], rows.map(text)), ''].join('\n')));

  async function measure({ host, session }: AxiSession, name: string, constraint: string, { network, prune, predicted, from }: { network: Network; prune: PruneResult; predicted: LayerLaw; from: string }): Promise<Row> {
    const input = randomInput(network, 1);
    const run = await runLayer(host, { compiled: compileNetwork(network, prune, config), input, golden: goldenOutput(network, runGolden(applyMasks(network, prune.masks), input)).data }, BASE);
    expect(runProblem(run), `${constraint}, ${name}`).toBeUndefined();
    expect(await busProblems(session)).toEqual([]);
    const { CYCLES_COMPUTE, CYCLES_DRAIN, CYCLES_SPAN } = run.result.counters;
    return { constraint, layer: name, from, predicted, fill, rtl: { steps: CYCLES_COMPUTE, drain: CYCLES_DRAIN, span: CYCLES_SPAN } };
  }

  const check = (kind: keyof typeof CONSTRAINTS, constraint: string) => withCore(config, 'verilator', async (core) => {
    let pruned = 0;
    for (const { name, network } of LAYERS) {
      const own = parseConstraint(constraint, config);
      const [op] = weightedOps(network);
      if (op === undefined || own.denseReason(op.weights.shape) !== undefined) continue;
      pruned++;
      const plain = { network, prune: pruneNetwork(network, { group: config.group, default: own, layers: new Map() }) };
      const placed = kind === 'order' ? inPatternOrder(network, plain.prune, config.pes) : plain;
      const byMask = layerLaw(lawLayer(placed.network, op, lawKeeps(placed.network, placed.prune).get(op.name) ?? 'dense'), config);
      const byShape = constraintCost(own, lawLayer(network, op, 'dense'), config);
      const isExact = kind === 'shape' ? byShape.exact : false;
      if (kind === 'shape' && config.group >= 8) expect(isExact, `${constraint}, ${name}: exact`).toBe(true);
      const predicted = isExact || kind === 'order' ? byShape.law : byMask;
      const row = await measure(core, name, constraint, { ...placed, predicted, from: kind === 'order' ? 'shape, filters in order' : isExact ? 'shape' : 'mask' });
      rows.push(row);
      const { steps, drain, span } = row.rtl;
      expect(`${constraint}, ${name}: ${steps} steps, span ${span} of ${steps + drain}`).toBe(
        `${constraint}, ${name}: ${predicted.cyclesWithoutDrain} steps, span ${predicted.cycles + fill} of ${predicted.cycles + fill}`,
      );
    }
    expect(pruned).toBeGreaterThanOrEqual(3);
  });

  it.each(CONSTRAINTS.shape)('%s takes the cycles that follow from the shape', (constraint) => check('shape', constraint));
  it.each(CONSTRAINTS.mask)('%s takes the cycles that follow from its mask', (constraint) => check('mask', constraint));
  it.each(CONSTRAINTS.order)('%s takes n of all taps once the filters lie in the order of their patterns', (constraint) => check('order', constraint));
});

// SPDX-License-Identifier: Apache-2.0
/** Measures what unconstrained pruning costs in lockstep: one layer of Gaussian weights on cores of many widths, against balanced at the same density. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { isWeighted, type Network } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { layerLaw, lawLayer } from '../../generator/model/law.js';
import { binomial, meanLargest } from '../../generator/prune/constraints/expected.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { pruneNetwork, type PruneResult } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { runOnCore } from './rtl.js';
import type { MeasurementStore } from './store.js';

export const PES = [4, 8, 16, 32, 64] as const;
export const GROUPS = [4, 8, 16] as const;
export const DENSITIES = [0.25, 0.5] as const;

/** 3 x 3 on 6 x 6 pixels: at 128 filters every core has two tiles or more. Filters have scales up to a factor of 2 apart, as layers of real networks have. */
const scaledLayer = (): Network => randomConvNetwork({ inputShape: [6, 6, 64], outChannels: 128, kernel: 3, padding: 'valid', activation: 'relu', seed: 5 });

/** The same weights at one scale: independent and of one distribution. */
function equalLayer(): Network {
  const network = scaledLayer();
  return { ...network, ops: network.ops.map((op) => (isWeighted(op) ? { ...op, weights: { ...op.weights, scales: op.weights.scales.map(() => op.weights.scales[0] as number) } } : op)) };
}

export interface LockstepRow {
  readonly pes: number;
  readonly group: number;
  readonly density: number;
  /** Cycles in which a step was taken; the law of shape and mask. */
  readonly balanced: { readonly steps: number; readonly law: number; readonly cycles: number };
  readonly unconstrained: { readonly steps: number; readonly law: number; readonly cycles: number };
  /** Unconstrained, where the scales of the filters differ. */
  readonly scaled: { readonly steps: number; readonly law: number; readonly cycles: number };
  /** Mean of the largest of P binomial counts over the mean count. */
  readonly expected: number;
}

export const lockstepConfig = (pes: number, group: number): AccelConfig => validateConfig({ pes, group });

async function one(store: MeasurementStore, title: string, config: AccelConfig, network: Network, prune: PruneResult): Promise<LockstepRow['balanced']> {
  const { counters } = await runOnCore(store, title, config, network, prune);
  const [op] = weightedOps(network);
  if (op === undefined) throw new Error(`${network.name} has no layer`);
  return { steps: counters.compute, law: layerLaw(lawLayer(network, op, lawKeeps(network, prune).get(op.name) ?? 'dense'), config).cycles, cycles: counters.cycles };
}

export async function measureLockstep(store: MeasurementStore): Promise<LockstepRow[]> {
  const [equal, scaled] = [equalLayer(), scaledLayer()];
  const rows: LockstepRow[] = [];
  for (const pes of PES) {
    for (const group of GROUPS) {
      const config = lockstepConfig(pes, group);
      for (const density of DENSITIES) {
        const keep = group * density;
        const title = `lockstep, ${pes} PEs, ${keep} of ${group}`;
        const plan = (network: Network, kind: 'balanced' | 'unconstrained'): PruneResult => pruneNetwork(network, keepPlan(group, keep, {}, kind));
        rows.push({
          pes, group, density,
          balanced: await one(store, `${title}, balanced`, config, equal, plan(equal, 'balanced')),
          unconstrained: await one(store, `${title}, unconstrained`, config, equal, plan(equal, 'unconstrained')),
          scaled: await one(store, `${title}, unconstrained, scales apart`, config, scaled, plan(scaled, 'unconstrained')),
          expected: meanLargest(pes, binomial(group, density)) / keep,
        });
      }
    }
  }
  return rows;
}

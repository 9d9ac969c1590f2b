// SPDX-License-Identifier: Apache-2.0
/** Measures 4 of 16 against 2 of 8: the magnitude that stays on many seeded layers, and cycles in RTL on groups of 8 and of 16. */
import { validateConfig } from '../../generator/arch/rules.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { runOnCore } from './rtl.js';
import type { MeasurementStore } from './store.js';

export const SEEDS = 50;
const TEXTS = ['balanced:2/8', 'balanced:4/16'] as const;

export interface GroupsRow {
  /** On this hardware: cycles in which a step was taken, and all. */
  readonly group: number;
  readonly runs: readonly { readonly text: string; readonly steps: number; readonly cycles: number }[];
  readonly denseSteps: number;
}

export interface GroupsResult {
  /** Sum of the kept |w|, as a share of all, mean over the seeds: 2 of 8, 4 of 16. */
  readonly kept: readonly [number, number];
  readonly leastGain: number;
  /** Filters of all seeds, and those in which 4 of 16 keeps less. */
  readonly filters: number;
  readonly worse: number;
  readonly rows: readonly GroupsRow[];
}

const layer = (seed: number) => randomConvNetwork({ inputShape: [8, 8, 64], outChannels: 32, kernel: 3, activation: 'relu', seed });

/** Sum of the kept |w| of every filter. */
function keptMagnitude(seed: number, text: string): number[] {
  const network = layer(seed);
  const [op] = weightedOps(network);
  if (op === undefined) throw new Error('the network has no layer');
  const { data, shape } = op.weights;
  const mask = text === 'dense' ? undefined : pruneNetwork(network, { group: 16, default: parseConstraint(text, { pes: 16, group: 16 }), layers: new Map() }).masks.get(op.name);
  const each = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, o) => data.subarray(o * each, (o + 1) * each).reduce((sum, weight, i) => sum + (mask === undefined || mask[o * each + i] === 1 ? Math.abs(weight) : 0), 0));
}

export async function measureGroups(store: MeasurementStore): Promise<GroupsResult> {
  const total = { all: 0, kept: [0, 0] as [number, number] };
  let [filters, worse, leastGain] = [0, 0, Infinity];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const [eight, sixteen] = TEXTS.map((text) => keptMagnitude(seed, text)) as [number[], number[]];
    total.all += sum(keptMagnitude(seed, 'dense'));
    total.kept = [total.kept[0] + sum(eight), total.kept[1] + sum(sixteen)];
    filters += eight.length;
    worse += eight.filter((value, o) => (sixteen[o] as number) < value).length;
    leastGain = Math.min(leastGain, sum(sixteen) / sum(eight) - 1);
  }
  const network = layer(1);
  const rows: GroupsRow[] = [];
  for (const group of [8, 16]) {
    const config = validateConfig({ pes: 16, group, requant: 2 });
    const runs = [];
    for (const text of TEXTS) {
      const prune = pruneNetwork(network, { group, default: parseConstraint(text, config), layers: new Map() });
      const { counters } = await runOnCore(store, `groups of ${group}, ${text}`, config, network, prune);
      runs.push({ text, steps: counters.compute, cycles: counters.cycles });
    }
    const { counters } = await runOnCore(store, `groups of ${group}, dense`, config, network);
    rows.push({ group, runs, denseSteps: counters.compute });
  }
  return { kept: [total.kept[0] / total.all, total.kept[1] / total.all], leastGain, filters, worse, rows };
}

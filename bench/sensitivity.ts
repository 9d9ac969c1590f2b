// SPDX-License-Identifier: Apache-2.0
/**
 * Measures what a chosen K per layer is worth beside the same K in all layers: npx tsx bench/sensitivity.ts --network resnet20 --target-sparsity 0.7
 * [--method second-order] [--inputs 500] [--uniform 3,2] [--group 8] [--unmeasured]. Chosen and pruned with calibration inputs, scored on others.
 */
import { METHODS } from '../generator/cli/keep-option.js';
import { floatOutput, runFloat } from '../generator/float/execute.js';
import type { FloatNetwork } from '../generator/float/network.js';
import { keepPlan } from '../generator/prune/plan.js';
import { pruneFloatNetwork, type FloatPruneResult } from '../generator/prune/prune-float.js';
import { pairedLoss } from '../generator/prune/sensitivity/answers.js';
import { chooseKeeps } from '../generator/prune/sensitivity/choose-keeps.js';
import { checkTarget } from '../generator/prune/sensitivity/target.js';
import { requireDisjoint } from '../generator/quantize/post-training/overlap.js';
import { targetTable } from '../generator/report/target-table.js';
import { readSubject, SUBJECTS } from './accuracy/subjects.js';

const words = process.argv.slice(2);
const option = (name: string, otherwise: string): string => (words.includes(`--${name}`) ? (words[words.indexOf(`--${name}`) + 1] ?? '') : otherwise);
const found = <T extends { readonly name: string }>(all: readonly T[], name: string): T => {
  const one = all.find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`${name} is none of ${all.map((candidate) => candidate.name).join(', ')}`);
  return one;
};

const subject = found(SUBJECTS, option('network', 'resnet20'));
const method = found(METHODS, option('method', 'second-order'));
const group = Number(option('group', '8'));
const target = checkTarget({ kind: 'sparsity', value: Number(option('target-sparsity', '0.7')) });
const { network } = readSubject(subject);
const inputs = subject.calibration(Number(option('inputs', '500')));
const scored = subject.scored();
requireDisjoint(inputs.map(({ data }) => data), scored.map(({ data }) => data));

const winner = (values: Float32Array): number => values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
const right = (net: FloatNetwork): boolean[] => scored.map(({ label, data }) => winner(floatOutput(net, runFloat(net, data))) === label);
const dense = right(network);

function report(title: string, { network: pruned, masks }: Pick<FloatPruneResult, 'network' | 'masks'>): void {
  const all = [...masks.values()];
  const kept = all.reduce((sum, mask) => sum + mask.reduce((own, bit) => own + bit, 0), 0) / all.reduce((sum, mask) => sum + mask.length, 0);
  const { pruned: accuracy, loss, standardError } = pairedLoss(dense, right(pruned));
  console.log(`${subject.name} ${title}: ${(100 * (1 - kept)).toFixed(1)}% pruned, ${accuracy.toFixed(1)}% of ${scored.length} right, loss ${loss.toFixed(1)} +- ${standardError.toFixed(1)} points`);
}

let phase = '';
const started = Date.now();
const analysis = chooseKeeps({ network, inputs, group, method, target, named: new Map(), measure: !words.includes('--unmeasured') });
for (let step = analysis.next(); ; step = analysis.next()) {
  if (step.done === true) {
    for (const line of targetTable(step.value)) console.log(line);
    console.log(`\nanalysis: ${Math.round((Date.now() - started) / 1000)} s`);
    const keeps = Object.fromEntries(step.value.layers.flatMap(({ name, keep }) => (typeof keep === 'number' ? [[name, keep]] : [])));
    const plan = { ...keepPlan(group, group, keeps), default: 'dense' as const };
    report('as chosen', pruneFloatNetwork(network, plan, method, inputs.map(({ data }) => data)));
    break;
  }
  const now = `${step.value.phase} ${step.value.detail ?? ''}`;
  if (now !== phase) console.error(`bench: ${Math.round((Date.now() - started) / 1000)} s: ${now}`);
  phase = now;
}
for (const keep of option('uniform', '3,2').split(',').filter((text) => text !== '').map(Number)) {
  report(`${keep} of ${group} in every layer`, pruneFloatNetwork(network, keepPlan(group, keep), method, inputs.map(({ data }) => data)));
}

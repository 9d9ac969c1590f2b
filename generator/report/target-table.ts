// SPDX-License-Identifier: Apache-2.0
/** Owns the lines that a user sees of a target: what every layer loses at each K, what was chosen, and what the whole loses. */
import type { TargetResult } from '../prune/sensitivity/target.js';
import { columns } from './markdown-table.js';
import { plural } from './plural.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
/** Relative errors in parts per thousand. */
const loss = (value: number): string => { const parts = 1000 * value; return parts === 0 ? '0' : parts >= 100 ? parts.toFixed(0) : parts >= 1 ? parts.toFixed(1) : parts.toFixed(3); };
const CURVE_TEXT = { descent: 'weights given up one by one with exact updates', refit: 'by magnitude, refitted', unchanged: 'by magnitude' } as const;
const TARGET_TEXT = { sparsity: 'share of weights pruned, at least', cycles: 'cycles, at most', loss: 'points lost, at most' } as const;

function heldOutText({ heldOut, target }: TargetResult): string {
  if (heldOut === null) return 'not measured';
  const { measure, inputs, dense, pruned, loss: lost, standardError } = heldOut;
  const what = measure === 'accuracy' ? `${dense.toFixed(1)}% right dense, ${pruned.toFixed(1)}% pruned` : `${pruned.toFixed(1)}% answered as by the dense network`;
  const open = target.kind === 'loss' && lost + 1.96 * standardError > target.value ? '; undecided, the interval includes the bar' : '';
  return `${what}: ${lost.toFixed(1)} +- ${standardError.toFixed(1)} points on ${plural(inputs, 'input')} held out${open}`;
}

/** The lines of a command whose K was chosen: the target before the command's own lines, or under `target` in its JSON object. */
export function withTarget<Result extends object>(target: TargetResult | undefined, json: boolean, result: Result, table: (result: Result) => readonly string[]): string[] {
  if (json) return [JSON.stringify(target === undefined ? result : { ...result, target })];
  return [...(target === undefined ? [] : [...targetTable(target), '']), ...table(result)];
}

export function targetTable(result: TargetResult): string[] {
  const { target, method, group, layers, kept, all, sparsity, cycles, inputs, curveRule, measured, options } = result;
  const head = ['layer', 'weights', ...Array.from({ length: group - 1 }, (_, i) => `K = ${i + 1}`), 'chosen', 'kept'];
  const rows = layers.map((layer) => [
    layer.name, String(layer.all), ...(layer.curve === null ? Array.from({ length: group - 1 }, () => '') : layer.curve.slice(0, -1).map(loss)),
    typeof layer.keep === 'number' ? `${layer.keep} of ${group}` : layer.keep, percent(layer.kept / layer.all),
  ]);
  const reasons = layers.flatMap(({ name, reason }) => (reason === null ? [] : [`${name} is not chosen: ${reason}`]));
  return [
    `Loss of the network's output, in thousandths, when one layer alone keeps K of ${group}`,
    '',
    ...columns([head, ...rows]),
    '',
    ...columns([
      ['target', `${TARGET_TEXT[target.kind]} ${target.value}`],
      ['weights', `${kept} of ${all} kept, ${percent(sparsity)} pruned`],
      ...(cycles === null ? [] : [['cycles', `${cycles} of the compiled program`]]),
      ['held out', heldOutText(result)],
      ...(measured.length > 1 ? [['measured', measured.map((one) => `${one.cycles ?? '-'} cycles: ${one.loss.toFixed(1)}`).join('; ')]] : []),
      ['inputs', `${inputs.fitted} to prune by, ${inputs.heldOut} held out (${inputs.curves} of them for the curves), split by seed ${inputs.seed}`],
      ['curves', `${CURVE_TEXT[curveRule]}; pruned by ${method}`],
      ...reasons.map((text, i) => [i === 0 ? 'dense' : '', text]),
      ['again', options.join(' ')],
    ]),
  ];
}

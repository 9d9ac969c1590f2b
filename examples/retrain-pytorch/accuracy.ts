// SPDX-License-Identifier: Apache-2.0
/**
 * Counts the right answers of a network of models/ on the first scored images, in int8 by the golden model, beside the dense network and the one that
 * was pruned alike without retraining:
 *   npx tsx examples/retrain-pytorch/accuracy.ts resnet8-2of8 [COUNT]
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pairedLoss } from '../../bench/accuracy/measure.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import type { Network } from '../../generator/graph/network.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { markdownTable } from '../../generator/report/markdown-table.js';
import { nameOf, RUNS } from './runs.js';
import { floatNetwork, inData, int8Network, modelBytes, rightInt8, scoredImages } from './scoring.js';

const GROUP = 8;

/** The table, of a network that keeps 2 of 8. */
export function accuracyTable(name: string, count: number, data: string): string {
  const run = RUNS.find((one) => nameOf(one) === name);
  if (run === undefined) throw new Error(`${name} is none of ${RUNS.map(nameOf).join(', ')}`);
  const images = scoredImages(run.source, data, count);
  const int8 = (network: FloatNetwork): Network => int8Network(network, run.source, data);
  const dense = int8(floatNetwork(new Uint8Array(readFileSync(inData(data, run.source.model))), 'dense'));
  const denseRight = rightInt8(dense, images);
  const row = (title: string, right: readonly boolean[]): string[] => {
    const [correct, { loss, standardError }] = [right.filter(Boolean).length, pairedLoss(denseRight, right)];
    return [title, `${correct} of ${right.length}`, `${((100 * correct) / right.length).toFixed(1)} %`, right === denseRight ? '' : `${loss.toFixed(1)} +- ${standardError.toFixed(1)}`];
  };
  return markdownTable(['int8 network', 'right', 'accuracy', 'points lost, standard error'], [
    row('dense', denseRight),
    row('2 of 8, one-shot by magnitude', rightInt8(applyMasks(dense, pruneNetwork(dense, keepPlan(GROUP, 2)).masks), images)),
    row('2 of 8, retrained', rightInt8(int8(floatNetwork(modelBytes(run), name)), images)),
  ]);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const data = resolve(import.meta.dirname, '../..', process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
  console.log(accuracyTable(process.argv[2] ?? 'resnet8-2of8', Number(process.argv[3] ?? 500), data));
}

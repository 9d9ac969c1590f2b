// SPDX-License-Identifier: Apache-2.0
/** Owns one row of the accuracy table: a network pruned with calibration inputs, scored on others, beside the dense network on the same inputs. */
import { sha256, stableHash } from '../../generator/core/stable-hash.js';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import type { PruningMethod } from '../../generator/prune/methods/method.js';
import { pruneFloatNetwork } from '../../generator/prune/prune-float.js';
import type { WeightBits } from '../../generator/prune/layer/levels.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { readSubject, type Labelled, type Subject } from './subjects.js';

/** P and G that constraints are read for. */
export const ARRAY = { pes: 16, group: 8 };

export interface RowRequest {
  readonly subject: Subject;
  /** A constraint's text, or `dense`. */
  readonly constraint: string;
  readonly method: PruningMethod;
  /** Calibration inputs. */
  readonly inputs: number;
  /** Scored in float, or in int8 with weights of so many bits. */
  readonly bits: 'float' | WeightBits;
  readonly seed: number;
}

export interface AccuracyRow {
  readonly network: string;
  readonly constraint: string;
  readonly method: string;
  readonly bits: 'float' | WeightBits;
  readonly seed: number;
  readonly calibration: string;
  readonly scored: string;
  readonly n: number;
  /** Kept / all weights of all layers, dense ones included. */
  readonly density: number;
  readonly maskHash: string;
  /** Per cent. */
  readonly accuracy: number;
  /** Points below the dense float network on the same inputs, and the standard error of this paired difference. */
  readonly loss: number;
  readonly standardError: number;
  readonly seconds: number;
  readonly command: string;
}

const winner = (values: ArrayLike<number>): number => Array.from(values).reduce((best, value, i, all) => (value > (all[best] as number) ? i : best), 0);

const rightFloat = (network: FloatNetwork, scored: readonly Labelled[]): boolean[] => scored.map(({ label, data }) => winner(floatOutput(network, runFloat(network, data))) === label);

function rightInt8(network: Network, scored: readonly Labelled[]): boolean[] {
  const { quantization } = tensorById(network, network.inputs[0] as number);
  return scored.map(({ label, data }) => winner(goldenOutput(network, runGolden(network, realToInt8(data, quantization))).data) === label);
}

/** Points lost and the standard error of the mean of the paired differences. */
export function pairedLoss(dense: readonly boolean[], other: readonly boolean[]): { readonly loss: number; readonly standardError: number } {
  const n = dense.length;
  const differences = dense.map((right, i) => Number(right) - Number(other[i]));
  const mean = differences.reduce((sum, one) => sum + one, 0) / n;
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1);
  return { loss: 100 * mean, standardError: 100 * Math.sqrt(variance / n) };
}

export const commandOf = ({ subject, constraint, method, inputs, bits, seed }: RowRequest): string =>
  `npx tsx bench/prune-accuracy.ts --network ${subject.name} --constraint ${constraint} --method ${method.name} --inputs ${inputs} --bits ${bits} --seed ${seed}`;

const denseRight = new Map<string, boolean[]>();

export function measureRow(request: RowRequest, onProgress: (text: string) => void): AccuracyRow {
  const started = Date.now();
  const { subject, method, bits, seed } = request;
  const { network } = readSubject(subject);
  const calibration = subject.calibration(request.inputs).map(({ data }) => data);
  const scored = subject.scored();
  requireDisjoint(calibration, scored.map(({ data }) => data));
  const dense = denseRight.get(subject.name) ?? rightFloat(network, scored);
  denseRight.set(subject.name, dense);

  const plan = { group: ARRAY.group, default: request.constraint === 'dense' ? ('dense' as const) : parseConstraint(request.constraint, ARRAY), layers: new Map() };
  const pruned = pruneFloatNetwork(network, plan, method, calibration, {
    seed, ...(bits === 'float' || method.needs === 'weights' ? {} : { weightBits: bits }),
    onProgress: ({ layer, done, all }) => onProgress(`${layer}, ${done} of ${all}`),
  });
  onProgress('scoring');
  const right = bits === 'float' ? rightFloat(pruned.network, scored) : rightInt8(quantizeNetwork(pruned.network, calibration.slice(0, 200)), scored);
  const masks = [...pruned.masks];
  const kept = masks.reduce((sum, [, mask]) => sum + mask.reduce((own, bit) => own + bit, 0), 0);
  return {
    network: subject.name, constraint: request.constraint, method: method.name, bits, seed,
    calibration: `${subject.calibrationSplit}[0:${calibration.length}]`, scored: subject.scoredSplit, n: scored.length,
    density: kept / masks.reduce((sum, [, mask]) => sum + mask.length, 0),
    maskHash: stableHash(masks.map(([name, mask]) => [name, sha256(mask)])),
    accuracy: (100 * right.filter(Boolean).length) / right.length,
    ...pairedLoss(dense, right),
    seconds: Math.round((Date.now() - started) / 1000),
    command: commandOf(request),
  };
}

// SPDX-License-Identifier: Apache-2.0
/** Makes float networks of 3 x 3 layers whose filters ask for two patterns, at random places, for the order of filters. */

import { createRandom, type Random } from '../../../generator/core/random.js';
import { isFloatWeighted, type FloatConv2dOp, type FloatNetwork, type FloatOp, type FloatTensor } from '../../../generator/float/network.js';
import { validateFloatNetwork } from '../../../generator/float/validate.js';
import { parseConstraint } from '../../../generator/prune/constraints/parse.js';
import { randomConv } from '../../support/float-network.js';

export const ARRAY = { pes: 16, group: 8 };

/** Half of the numbers from 0 to `count`, at random. */
function half(random: Random, count: number): ReadonlySet<number> {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [numbers[i], numbers[j]] = [numbers[j] as number, numbers[i] as number];
  }
  return new Set(numbers.slice(0, count / 2));
}

/** Larger weights under the first taps for the filters of `early`, under the last taps for the others. */
function favour(conv: Record<string, unknown>, early: ReadonlySet<number>, strength: number): object {
  const weights = conv['weights'] as FloatConv2dOp['weights'];
  const [, height, width, channels] = weights.shape;
  const per = height * width * channels;
  const isLarge = (i: number): boolean => early.has(Math.floor(i / per)) === (i % per < per / 2);
  return { ...conv, weights: { ...weights, data: weights.data.map((weight, i) => (isLarge(i) ? strength : 1) * weight) } };
}

export interface PatternNetwork {
  readonly network: FloatNetwork;
  /** Names of the layers with 32 filters. */
  readonly wide: readonly string[];
}

/** 6 x 6 x 16 into 32, 32 and 16 channels; `residual`: into 32, 32 and 32, which is added to the first, and 16. `alike`: what is added asks for the patterns of the first. `strength`: how much larger the weights are under the taps that a filter asks for. */
export function patternNetwork(seed: number, kind: 'chain' | 'residual', { alike = true, strength = 8 } = {}): PatternNetwork {
  const random = createRandom(seed);
  const tensors: FloatTensor[] = [{ id: 0, name: 'input', shape: [1, 6, 6, 16] }];
  const ops: FloatOp[] = [];
  const push = (channels: number, fields: object): number => {
    const id = tensors.push({ id: tensors.length, name: `tensor_${tensors.length}`, shape: [1, 6, 6, channels] }) - 1;
    ops.push({ name: `op_${id}`, outputs: [id], activationMin: 0, activationMax: Infinity, ...fields } as unknown as FloatOp);
    return id;
  };
  const conv = (from: number, channels: number, early: ReadonlySet<number>): number =>
    push(channels, { kind: 'conv2d', inputs: [from], ...favour(randomConv(random, tensors[from]?.shape[3] as number, channels, 3), early, strength) });
  const early = half(random, 32);
  const first = conv(0, 32, early);
  const second = conv(first, 32, half(random, 32));
  const joined = kind === 'chain' ? second : push(32, { kind: 'add', inputs: [first, conv(second, 32, alike ? early : half(random, 32))] });
  const last = conv(joined, 16, new Set());
  const network = validateFloatNetwork({ name: kind, tensors, ops, inputs: [0], outputs: [last] });
  return { network, wide: ops.filter((op) => isFloatWeighted(op) && op.weights.shape[0] === 32).map(({ name }) => name) };
}

/** The masks of magnitude, and the network without the weights outside. */
export function masked(network: FloatNetwork, text: string): { readonly network: FloatNetwork; readonly masks: ReadonlyMap<string, Uint8Array> } {
  const constraint = parseConstraint(text, ARRAY);
  const masks = new Map(network.ops.filter(isFloatWeighted).map(({ name, weights: { data, shape } }) => [name, constraint.project(data.map(Math.abs), shape)]));
  const ops = network.ops.map((op) => (isFloatWeighted(op) ? { ...op, weights: { ...op.weights, data: op.weights.data.map((weight, i) => weight * (masks.get(op.name)?.[i] as number)) } } : op));
  return { network: { ...network, ops }, masks };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns one layer with its filters in the order of their patterns: what `pattern:n@filter` asks for, so that the filters of a PE tile share one. */
import { isWeighted, type Network } from '../../generator/graph/network.js';
import type { PruneResult } from '../../generator/prune/prune.js';

/** The pattern of each filter as text: taps that any of its kernels keeps. */
function patternsOf(mask: Uint8Array, [filters, height, width, channels]: readonly [number, number, number, number]): string[] {
  const taps = height * width;
  return Array.from({ length: filters }, (_, o) =>
    Array.from({ length: taps }, (_none, tap) => (mask.subarray((o * taps + tap) * channels, (o * taps + tap + 1) * channels).includes(1) ? '1' : '0')).join(''));
}

/**
 * The same layer with filters of one pattern behind one another, those of patterns that fill whole tiles first, and its masks. For networks of one operator with
 * weights, whose output channels nothing else reads.
 */
export function inPatternOrder(network: Network, prune: PruneResult, pes: number): { readonly network: Network; readonly prune: PruneResult } {
  const [op] = network.ops;
  if (network.ops.length !== 1 || op === undefined || !isWeighted(op)) throw new Error(`${network.name} has more than one operator`);
  const mask = prune.masks.get(op.name);
  if (mask === undefined) throw new Error(`${op.name} has no mask`);
  const { weights, bias } = op;
  const [filters] = weights.shape;
  const each = mask.length / filters;
  const patterns = patternsOf(mask, weights.shape);
  const count = (pattern: string): number => patterns.filter((other) => other === pattern).length;
  const rest = (filter: number): number => (count(patterns[filter] as string) % pes === 0 ? 0 : 1);
  const order = Array.from({ length: filters }, (_, o) => o).sort((a, b) => rest(a) - rest(b) || (patterns[a] as string).localeCompare(patterns[b] as string, 'en') || a - b);
  const rows = <T extends Int8Array | Uint8Array>(values: T, into: T): T => {
    order.forEach((from, to) => into.set(values.subarray(from * each, (from + 1) * each), to * each));
    return into;
  };
  const moved = {
    ...op, bias: Int32Array.from(order, (from) => bias[from] as number),
    weights: { ...weights, data: rows(weights.data, new Int8Array(mask.length)), scales: order.map((from) => weights.scales[from] as number) },
  };
  return { network: { ...network, ops: [moved] }, prune: { ...prune, masks: new Map([[op.name, rows(mask, new Uint8Array(mask.length))]]) } };
}

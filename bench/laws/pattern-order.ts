// SPDX-License-Identifier: Apache-2.0
/** Owns one int8 layer with its filters in the order of their patterns: what `pattern:n@filter` asks for, so that the filters of a PE tile share one. */
import { isWeighted, type Network } from '../../generator/graph/network.js';
import { filterPatterns, patternOrder } from '../../generator/prune/channels/index.js';
import type { PruneResult } from '../../generator/prune/prune.js';

/**
 * The same layer and its masks in the order that --permute gives the filters of float networks. For int8 networks of one operator with weights, whose output channels
 * nothing else reads; --permute leaves a network's outputs in their order.
 */
export function inPatternOrder(network: Network, prune: PruneResult, pes: number): { readonly network: Network; readonly prune: PruneResult } {
  const [op] = network.ops;
  if (network.ops.length !== 1 || op === undefined || !isWeighted(op)) throw new Error(`${network.name} has more than one operator`);
  const mask = prune.masks.get(op.name);
  if (mask === undefined) throw new Error(`${op.name} has no mask`);
  const { weights, bias } = op;
  const each = mask.length / weights.shape[0];
  const order = patternOrder(filterPatterns(mask, weights.shape), pes);
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

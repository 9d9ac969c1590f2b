// SPDX-License-Identifier: Apache-2.0
/** Owns what a model file says before anything is done with it: shapes, zeros and their patterns, cycles by the law. */
import type { OpKind, Network, Weights } from '../graph/network.js';
import { outputOf, weightedOps } from '../graph/query.js';
import { networkLaw, type ArrayShape } from '../model/law.js';
import { largestCount } from '../prune/constraints/balanced.js';
import { existingZeros, nonzeroMask, type ZeroPattern } from '../prune/existing-zeros.js';
import { denseReason } from '../prune/plan.js';
import { pruneNetwork } from '../prune/prune.js';
import { lawKeeps, type Keep, type PruneResult } from '../prune/result.js';
import type { Shape } from '../tensor/tensor.js';

/** Group sizes that an accelerator may have. */
export const GROUP_SIZES = [2, 4, 8, 16, 32] as const;

export interface LayerInspection {
  readonly name: string;
  readonly op: OpKind;
  /** OHWI: output channels, kernel rows, kernel columns, input channels of a filter. */
  readonly weightShape: Shape;
  readonly outputShape: Shape;
  readonly weights: number;
  readonly nonzero: number;
  /** nonzero / weights. */
  readonly density: number;
  /** Output channels whose weights are all 0. */
  readonly emptyFilters: number;
  /** Whether the zeros count as pruning: docs/inspect.md has the rule. */
  readonly pruned: boolean;
  /** n of every m input channels; null: none that chance would not show. */
  readonly pattern: ZeroPattern | null;
  /** By G, the smallest K that holds every nonzero weight; null: the layer has no groups of this size. */
  readonly tightest: Readonly<Record<(typeof GROUP_SIZES)[number], number | null>>;
  /** What is kept as asked, or as `--keep existing` keeps it at this G. */
  readonly keep: Keep;
  /** By the law, for this array: with every weight, and with `keep`. null: the law does not cover the operator, or a weight is wider than the core's and takes several slots. */
  readonly denseCycles: number | null;
  readonly cycles: number | null;
}

export interface NetworkInspection {
  readonly network: string;
  readonly synthetic: boolean;
  /** What was asked for; absent: the zeros that the model has. */
  readonly pruning?: { readonly constraint: string; readonly method: string };
  readonly array: ArrayShape;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape; readonly scale: number; readonly zeroPoint: number }[];
  readonly outputs: NetworkInspection['inputs'];
  readonly layers: readonly LayerInspection[];
  /** Operators without weights, by kind. */
  readonly others: Readonly<Record<string, number>>;
  readonly totals: {
    readonly weights: number;
    readonly nonzero: number;
    readonly density: number;
    readonly prunedLayers: number;
    /** Sums over the layers that the law covers. */
    readonly denseCycles: number;
    readonly cycles: number;
  };
}

/** P, G, L and n, and the width of a weight where it is not 8. */
export type InspectedArray = ArrayShape & { readonly weightBits?: number };

/** Whether a kept weight takes more than one slot. */
function isSplit({ data, zeroPoint }: Weights, mask: Uint8Array | undefined, bits: number): boolean {
  const limit = 2 ** (bits - 1);
  return data.some((weight, i) => mask?.[i] !== 0 && (weight - zeroPoint < -limit || weight - zeroPoint >= limit));
}

/** Reads a valid network for an array and changes nothing. Without `prune`, cycles are those of the zeros that the model has. */
export function inspectNetwork(network: Network, array: InspectedArray, prune?: PruneResult): NetworkInspection {
  const pruning = prune ?? pruneNetwork(network, { group: array.group, default: { existing: 'balanced' }, layers: new Map() });
  const { keep } = pruning;
  const [dense, kept] = [networkLaw(network, new Map(), array), networkLaw(network, lawKeeps(network, pruning), array)];
  const layers = weightedOps(network).map((op): LayerInspection => {
    const { shape } = op.weights;
    const zeros = existingZeros(op.weights);
    const mask = nonzeroMask(op.weights);
    const bits = array.weightBits ?? 8;
    const cyclesOf = (law: typeof dense, kept?: Uint8Array): number | null => (isSplit(op.weights, kept, bits) ? null : (law.layers.get(op.name)?.cycles ?? null));
    const tightest = GROUP_SIZES.map((size) => [size, denseReason(op, { existing: 'balanced' }, size) === undefined ? largestCount(mask, shape, size) : null] as const);
    return {
      name: op.name,
      op: op.kind,
      weightShape: shape,
      outputShape: outputOf(network, op).shape,
      weights: zeros.all,
      nonzero: zeros.nonzero,
      density: zeros.nonzero / zeros.all,
      emptyFilters: zeros.emptyFilters,
      pruned: zeros.pruned,
      pattern: zeros.pattern ?? null,
      tightest: Object.fromEntries(tightest) as LayerInspection['tightest'],
      keep: keep.get(op.name) ?? 'dense',
      denseCycles: cyclesOf(dense),
      cycles: cyclesOf(kept, pruning.masks.get(op.name)),
    };
  });
  const sum = (value: (layer: LayerInspection) => number | null): number => layers.reduce((total, layer) => total + (value(layer) ?? 0), 0);
  const [weights, nonzero] = [sum((layer) => layer.weights), sum((layer) => layer.nonzero)];
  const boundary = (ids: readonly number[]): NetworkInspection['inputs'] =>
    network.tensors.filter(({ id }) => ids.includes(id)).map(({ name, shape, quantization }) => ({ name, shape, ...quantization }));
  return {
    network: network.name,
    synthetic: network.synthetic,
    ...(prune === undefined ? {} : { pruning: { constraint: prune.constraint, method: prune.method } }),
    array: { pes: array.pes, group: array.group, lanes: array.lanes, requant: array.requant },
    inputs: boundary(network.inputs),
    outputs: boundary(network.outputs),
    layers,
    others: countOthers(network),
    totals: {
      weights, nonzero,
      density: weights === 0 ? 1 : nonzero / weights,
      prunedLayers: layers.filter(({ pruned }) => pruned).length,
      denseCycles: sum((layer) => layer.denseCycles),
      cycles: sum((layer) => layer.cycles),
    },
  };
}

function countOthers(network: Network): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const op of network.ops) if (!('weights' in op)) counts[op.kind] = (counts[op.kind] ?? 0) + 1;
  return counts;
}

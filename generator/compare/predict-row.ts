// SPDX-License-Identifier: Apache-2.0
/** Owns what is known of a pruned network before any simulation: weights, storage, cycles by law and by the compiled program. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { compileNetwork } from '../compile/compile-network.js';
import { sha256, stableHash } from '../core/stable-hash.js';
import { estimateProgram } from '../estimate/estimate.js';
import type { FloatNetwork } from '../float/network.js';
import type { Network } from '../graph/network.js';
import { outputPixels, weightedOps } from '../graph/query.js';
import { fifoCost, fifoSteps } from '../model/fifo-law.js';
import { networkLaw, type LawKeep } from '../model/law.js';
import { lawKeeps, type PruneResult } from '../prune/result.js';
import type { WeightShape } from '../prune/scheme.js';
import { similarFilters } from './filter-order.js';
import type { MeasuredRow } from './result.js';
import type { Variant } from './row-spec.js';
import { networkStorage } from './storage.js';

/** A network as it will run, and its masks. */
export interface PreparedNetwork {
  readonly network: Network;
  readonly prune: PruneResult;
  /** What it was quantized from, folded and pruned; absent: an int8 model. */
  readonly float?: FloatNetwork;
}

export interface PredictOptions {
  readonly config: AccelConfig;
  readonly indexFormat: IndexFormat;
  /** Of the memory: cycles from an address to its first data. */
  readonly latency: number;
  readonly variant: Variant | undefined;
}

type Prediction = Pick<MeasuredRow, 'hardware' | 'weightBits' | 'maskHash' | 'layers' | 'prunedLayers' | 'keptWeights' | 'storage' | 'fifo' | 'index'> & {
  readonly cycles: { readonly law: number; readonly predicted: number };
  readonly bytes: number | null;
};

const ones = (mask: Uint8Array): number => mask.reduce((sum, bit) => sum + bit, 0);

/** Multiplications of the network with all its weights, for one image. */
export const denseMacs = (network: Network): number => weightedOps(network).reduce((sum, op) => sum + op.weights.data.length * outputPixels(network, op), 0);

/** Twelve hex digits over the masks of all weighted layers, dense ones too. */
export const maskHash = ({ masks }: PruneResult): string => stableHash([...masks].map(([name, mask]) => [name, sha256(mask)]));

/** The masks on other hardware: steps of each pruned layer as the variant has them. */
function variantKeeps({ network, prune }: PreparedNetwork, variant: Variant): Map<string, LawKeep> {
  const shapes = new Map(weightedOps(network).map(({ name, weights: { shape } }) => [name, shape as WeightShape]));
  return new Map([...lawKeeps(network, prune)].map(([name, keep]): [string, LawKeep] => {
    const [mask, shape] = [prune.masks.get(name), shapes.get(name)];
    if (keep === 'dense' || mask === undefined || shape === undefined) return [name, keep];
    if (variant.kind === 'fifo') return [name, { tileSteps: (array) => fifoSteps(mask, shape, array, variant.depth) }];
    return [name, { tileSteps: (array) => fifoSteps(mask, shape, array, 1, similarFilters(mask, shape, array)) }];
  }));
}

/**
 * Predicts a row. What a variant waits for transfers, drain and the rest of the program is taken to be what the same masks wait in lockstep.
 * Throws the errors of `compileNetwork`.
 */
export function predictRow(prepared: PreparedNetwork, { config, indexFormat, latency, variant }: PredictOptions): Prediction {
  const { network, prune } = prepared;
  const ops = weightedOps(network);
  const compiled = compileNetwork(network, prune, config, { indexFormat });
  const { totals } = estimateProgram(compiled, { readLatency: latency, writeLatency: latency, indexFormat });
  const lockstep = networkLaw(network, lawKeeps(network, prune), config).cycles;
  const law = variant === undefined ? lockstep : networkLaw(network, variantKeeps(prepared, variant), config).cycles;
  const stored = ops.map(({ name, weights: { shape } }) => ({ shape: shape as WeightShape, kept: ones(prune.masks.get(name) as Uint8Array), constraint: prune.constraints?.get(name) }));
  const cost = variant?.kind === 'fifo' ? fifoCost(variant.depth, config) : undefined;
  return {
    hardware: variant === undefined ? 'rtl' : 'model',
    weightBits: config.weightBits,
    maskHash: maskHash(prune),
    layers: ops.length,
    prunedLayers: [...prune.keep.values()].filter((keep) => keep !== 'dense').length,
    keptWeights: stored.reduce((sum, { kept }) => sum + kept, 0),
    storage: networkStorage(stored, config.weightBits),
    cycles: { law, predicted: totals.cycles + law - lockstep },
    bytes: variant === undefined ? totals.bytesRead + totals.bytesWritten : null,
    fifo: variant?.kind !== 'fifo' ? null : { depth: Number.isFinite(variant.depth) ? variant.depth : null, bytes: cost?.bytes ?? null, luts: cost?.luts ?? null, ff: cost?.ff ?? null },
    // Passes without weights of their own, such as averages, have indices too; they would need no decoder.
    index: compiled.layers.some(({ dense, ops: [first = ''] }) => !dense && (prune.keep.get(first) ?? 'dense') !== 'dense') ? indexFormat.name : null,
  };
}

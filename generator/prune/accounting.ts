// SPDX-License-Identifier: Apache-2.0
/** Owns the counts behind density and useful work: from graph and masks alone. */

import { DefectError } from '../core/errors.js';
import type { Network } from '../graph/network.js';
import { outputPixels, weightedOps } from '../graph/query.js';

export interface LayerWork {
  readonly name: string;
  /** Kept weights: slots of the mask, whatever their value. */
  readonly kept: number;
  /** All weights. */
  readonly all: number;
  /** Output pixels of one image; each uses every kept weight once. */
  readonly pixels: number;
  /** Useful work of one image: kept x pixels. */
  readonly usefulMacs: number;
  /** Work of the unpruned layer: all x pixels. */
  readonly denseMacs: number;
}

/** Per weighted layer, in execution order. */
export function layerWork(network: Network, masks: ReadonlyMap<string, Uint8Array>): LayerWork[] {
  return weightedOps(network).map((op) => {
    const mask = masks.get(op.name);
    if (mask === undefined) throw new DefectError('layerWork', `${op.name} has no mask`);
    const kept = mask.reduce((sum, bit) => sum + bit, 0);
    const pixels = outputPixels(network, op);
    return { name: op.name, kept, all: mask.length, pixels, usefulMacs: kept * pixels, denseMacs: mask.length * pixels };
  });
}

/** Kept / all weights over a list of layers; 1 for an empty list. */
export function density(layers: readonly Pick<LayerWork, 'kept' | 'all'>[]): number {
  const all = layers.reduce((sum, layer) => sum + layer.all, 0);
  return all === 0 ? 1 : layers.reduce((sum, layer) => sum + layer.kept, 0) / all;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns what the weights of a pruned network take in memory, with what says where they are, in every index format. */
import type { Constraint, WeightShape } from '../prune/scheme.js';

export interface StoredLayer {
  readonly shape: WeightShape;
  /** Slots that stay. */
  readonly kept: number;
  /** Undefined: dense, which needs no index. */
  readonly constraint: Constraint | undefined;
}

export interface NetworkStorage {
  /** Kept weights at their width. */
  readonly weightBits: number;
  /** Of all layers, by format: `direct`, `bitmap`, `enumerative`, `pattern`; `none`: places are in the schedule. Formats that cannot hold every layer are absent. */
  readonly indexBits: Readonly<Record<string, number>>;
  /** The format with the fewest bits, and weights and indices in it. */
  readonly format: string;
  readonly bits: number;
}

/** The constraint's own name for "no index". */
const SCHEDULE = 'schedule';
export const NO_INDEX = 'none';

/** Index bits of a layer scale with its kept weights where the constraint predicts another count than the mask has. */
function layerIndexBits({ shape, kept, constraint }: StoredLayer): Readonly<Record<string, number>> | undefined {
  if (constraint === undefined) return undefined;
  const { weights, indexBits } = constraint.storage(shape);
  const scale = constraint.kept(shape) === undefined && weights > 0 ? kept / weights : 1;
  return Object.fromEntries(Object.entries(indexBits).map(([format, bits]) => [format === SCHEDULE ? NO_INDEX : format, format === 'bitmap' ? bits : Math.round(bits * scale)]));
}

/** Biases, scales and the schedule itself are left out; they are part of the bytes that a program reads. */
export function networkStorage(layers: readonly StoredLayer[], weightWidth: number): NetworkStorage {
  const weightBits = weightWidth * layers.reduce((sum, { kept }) => sum + kept, 0);
  const pruned = layers.map(layerIndexBits).filter((bits) => bits !== undefined);
  // A layer whose places the schedule says needs no index in a network that has some elsewhere.
  const formats = new Set(pruned.flatMap((bits) => Object.keys(bits)));
  const total = (format: string): number | undefined => {
    let sum = 0;
    for (const bits of pruned) {
      const own = bits[format] ?? bits[NO_INDEX];
      if (own === undefined) return undefined;
      sum += own;
    }
    return sum;
  };
  const indexBits = Object.fromEntries((pruned.length === 0 ? [NO_INDEX] : [...formats]).flatMap((format) => {
    const bits = total(format);
    return bits === undefined ? [] : [[format, bits] as const];
  }));
  const [format, least] = Object.entries(indexBits).reduce((best, one) => (one[1] < best[1] ? one : best), ['', Infinity] as const);
  return { weightBits, indexBits, format, bits: weightBits + least };
}

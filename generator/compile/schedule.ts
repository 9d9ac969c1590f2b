// SPDX-License-Identifier: Apache-2.0
/** Owns group schedules: which activation groups an output-channel tile visits and which weight each PE takes in each step. */
import { ceilDiv } from '../core/integers.js';
import type { ArrayLayer } from './layer.js';

/** One group of G input channels under one kernel tap, and the steps spent on it. */
export interface GroupEntry {
  readonly ky: number;
  readonly kx: number;
  /** Channel block: input channels block*G .. block*G+G-1. */
  readonly block: number;
  readonly count: number;
}

/** P output channels. A slot is (step, PE); slots past a PE's kept weights hold weight 0 and position 0. */
export interface TileSchedule {
  readonly entries: readonly GroupEntry[];
  readonly steps: number;
  /** steps x P. */
  readonly weights: Int8Array;
  /** Position in the group, steps x P, ascending within an entry. */
  readonly positions: Uint8Array;
  /** Positions that each PE visits in each entry, entries x P: its kept ones, or all when the group is full. */
  readonly kept: Uint8Array;
}

export interface LayerSchedule {
  readonly tiles: readonly TileSchedule[];
  /** Every group of every tile takes all of its positions in order: no index is needed. */
  readonly dense: boolean;
  /** All tiles have the same entries. */
  readonly shared: boolean;
}

/** `count` per group is the maximum of kept weights over the tile's PEs: exactly K (or min(K, tail)) when the mask is balanced. */
export function layerSchedule(layer: ArrayLayer, pes: number, group: number): LayerSchedule {
  const tiles = Array.from({ length: ceilDiv(layer.output.channels, pes) }, (_, tile) => tileSchedule(layer, tile * pes, pes, group));
  const first = tiles[0] as TileSchedule;
  return {
    tiles,
    dense: tiles.every((tile) => tile.entries.every((entry) => entry.count === groupSize(layer, entry.block, group))),
    shared: tiles.every((tile) => sameEntries(tile.entries, first.entries)),
  };
}

/** Channels in a block: G, or fewer in the last one. */
const groupSize = (layer: ArrayLayer, block: number, group: number): number => Math.min(group, layer.input.channels - block * group);

const sameEntries = (a: readonly GroupEntry[], b: readonly GroupEntry[]): boolean =>
  a.length === b.length &&
  a.every((entry, i) => {
    const other = b[i] as GroupEntry;
    return entry.ky === other.ky && entry.kx === other.kx && entry.block === other.block && entry.count === other.count;
  });

const allPositions = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** Kept positions of one filter's group of `size` weights from `first` on. */
function keptPositions(mask: Uint8Array | undefined, first: number, size: number): number[] {
  if (mask === undefined) return allPositions(size);
  const positions: number[] = [];
  for (let i = 0; i < size; i++) if (mask[first + i] !== 0) positions.push(i);
  return positions;
}

function tileSchedule(layer: ArrayLayer, firstChannel: number, pes: number, group: number): TileSchedule {
  const { height, width } = layer.kernel;
  const inChannels = layer.input.channels;
  const blocks = ceilDiv(inChannels, group);
  const perFilter = height * width * inChannels;
  const channels = Math.min(pes, layer.output.channels - firstChannel);
  const entries: GroupEntry[] = [];
  const kept: number[] = [];
  // Room for the densest case; what is used is cut out at the end.
  const weights = new Int8Array(height * width * inChannels * pes);
  const positions = new Uint8Array(weights.length);
  let steps = 0;
  for (let tap = 0; tap < height * width; tap++) {
    for (let block = 0; block < blocks; block++) {
      const size = groupSize(layer, block, group);
      const first = firstChannel * perFilter + tap * inChannels + block * group;
      const slots = Array.from({ length: pes }, (_, pe) => (pe < channels ? keptPositions(layer.mask, first + pe * perFilter, size) : []));
      const count = slots.reduce((most, own) => Math.max(most, own.length), 0);
      if (count === 0) continue;
      entries.push({ ky: Math.floor(tap / width), kx: tap % width, block, count });
      slots.forEach((own, pe) => {
        // A full group is taken in order by every PE, so that the step counter is the index.
        const visited = count === size ? allPositions(size) : own;
        kept.push(visited.length);
        visited.forEach((position, i) => {
          const slot = (steps + i) * pes + pe;
          const at = first + pe * perFilter + position;
          positions[slot] = position;
          if (pe < channels && (layer.mask === undefined || layer.mask[at] !== 0)) weights[slot] = layer.weights[at] as number;
        });
      });
      steps += count;
    }
  }
  if (entries.length === 0) return emptyTile(pes);
  return {
    entries,
    steps,
    weights: weights.slice(0, steps * pes),
    positions: positions.slice(0, steps * pes),
    kept: Uint8Array.from(kept),
  };
}

/** A tile without weights still visits one group, so that its channels are drained: their bias alone. */
const emptyTile = (pes: number): TileSchedule => ({
  entries: [{ ky: 0, kx: 0, block: 0, count: 1 }],
  steps: 1,
  weights: new Int8Array(pes),
  positions: new Uint8Array(pes),
  kept: new Uint8Array(pes),
});

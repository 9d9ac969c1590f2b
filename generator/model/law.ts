// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the cycle law: the cycles that the array needs for a layer, from shape, K, P, L and n alone.
 * It must never read a compiled program; the program and the hardware are held to it.
 */
import type { AccelConfig } from '../arch/config.js';
import { ceilDiv } from '../core/integers.js';
import type { Network, WeightedOp } from '../graph/network.js';
import { arrayInputSize, isPlainConvolution, outputPixels } from '../graph/query.js';

/** The part of a configuration that the law depends on. */
export type ArrayShape = Pick<AccelConfig, 'pes' | 'group' | 'lanes' | 'requant'>;

/** K of every group of G, or all weights. */
export type LawKeep = number | 'dense';

export interface LawLayer {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Output pixels: height x width. */
  readonly pixels: number;
  readonly keep: LawKeep;
}

export interface LayerLaw {
  /** sum(count): steps that one output pixel takes in one tile of P output channels. */
  readonly steps: number;
  /** Output-channel tiles: ceil(output channels / P). */
  readonly tiles: number;
  /** N: output pixels a lane, of the whole layer at once; bands that do not divide by L are not counted. */
  readonly pixelsPerLane: number;
  /** tiles * N * max(steps, D). The fill of the pipeline, loads and stores are not counted. */
  readonly cycles: number;
  /** The same without the drain limit: tiles * N * steps. */
  readonly cyclesWithoutDrain: number;
  /** Kept weights x output pixels; padding slots, tile edges and rounding are not useful. */
  readonly usefulWork: number;
  /** usefulWork / (P * L * cycles). */
  readonly utilization: number;
}

/** Kept slots of one group of `size` channels. Fewer than G input channels in all: the layer is dense. */
function groupCount(size: number, { inChannels, keep }: LawLayer, group: number): number {
  return keep === 'dense' || keep === group || inChannels < group ? size : Math.min(keep, size);
}

/** sum(count): K for every whole group of G channels, min(K, r) for the last r, under every kernel tap. */
export function stepsPerPixel(layer: LawLayer, group: number): number {
  const whole = Math.floor(layer.inChannels / group);
  const tail = layer.inChannels % group;
  const perTap = whole * groupCount(group, layer, group) + (tail === 0 ? 0 : groupCount(tail, layer, group));
  return layer.kernelHeight * layer.kernelWidth * perTap;
}

/** utilization of `cycles` by work of `usefulWork` multiplications. */
export const utilization = (usefulWork: number, cycles: number, { pes, lanes }: ArrayShape): number => usefulWork / (pes * lanes * cycles);

/** The law of one layer under balanced pruning. `keptWeights` replaces the count of the rules where a mask differs from them. */
export function layerLaw(layer: LawLayer, array: ArrayShape, keptWeights?: number): LayerLaw {
  const steps = stepsPerPixel(layer, array.group);
  const tiles = ceilDiv(layer.outChannels, array.pes);
  const pixelsPerLane = ceilDiv(layer.pixels, array.lanes);
  const drain = ceilDiv(array.pes, array.requant);
  const cycles = tiles * pixelsPerLane * Math.max(steps, drain);
  const usefulWork = (keptWeights ?? layer.outChannels * steps) * layer.pixels;
  return {
    steps, tiles, pixelsPerLane, cycles,
    cyclesWithoutDrain: tiles * pixelsPerLane * steps,
    usefulWork,
    utilization: utilization(usefulWork, cycles, array),
  };
}

/** Whole-layer shape of a convolution or fully connected operator. */
export function lawLayer(network: Network, op: WeightedOp, keep: LawKeep): LawLayer {
  const [outChannels, kernelHeight, kernelWidth] = op.weights.shape;
  return { kernelHeight, kernelWidth, inChannels: arrayInputSize(network, op).channels, outChannels, pixels: outputPixels(network, op), keep };
}

export interface NetworkLaw {
  /** By operator name: plain convolutions and fully connected layers. */
  readonly layers: ReadonlyMap<string, LayerLaw>;
  readonly cycles: number;
  readonly usefulWork: number;
  readonly utilization: number;
}

/** The law of every array layer of a network, and its sum. `keep` by operator name; a name that is absent is dense. */
export function networkLaw(network: Network, keep: ReadonlyMap<string, LawKeep>, array: ArrayShape): NetworkLaw {
  const layers = new Map<string, LayerLaw>();
  for (const op of network.ops) {
    if (isPlainConvolution(op)) layers.set(op.name, layerLaw(lawLayer(network, op, keep.get(op.name) ?? 'dense'), array));
  }
  const sum = (value: (law: LayerLaw) => number): number => [...layers.values()].reduce((total, law) => total + value(law), 0);
  const cycles = sum((law) => law.cycles);
  const usefulWork = sum((law) => law.usefulWork);
  return { layers, cycles, usefulWork, utilization: utilization(usefulWork, cycles, array) };
}

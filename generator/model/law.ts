// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the cycle law: the cycles that the array needs for a layer, from shape, K, P, L and n alone.
 * It must never read a compiled program; the program and the hardware are held to it.
 */
import type { AccelConfig } from '../arch/config.js';
import { clusterCount } from '../arch/derive.js';
import { ceilDiv } from '../core/integers.js';
import { isWeighted, type Network, type Op, type WeightedOp } from '../graph/network.js';
import { arrayInputSize, inputOf, outputOf, outputPixels } from '../graph/query.js';
import { imageSize } from '../tensor/tensor.js';

/** The part of a configuration that the law depends on. */
export type ArrayShape = Pick<AccelConfig, 'pes' | 'group' | 'lanes' | 'requant'>;

/** What a structure of its own leaves of a layer without convolution groups; fractions are means over masks. */
export interface KeptSteps {
  /** Kernel taps that are visited under each word of G channels. */
  readonly taps: number;
  /** Steps of a visited word of which `size` channels belong to the layer. */
  slots(size: number): number;
}

/** What one mask leaves: steps of a pixel by tile of P output channels, of a layer without convolution groups. */
export interface TileSteps {
  tileSteps(array: ArrayShape): readonly number[];
}

/** K of every group of G, all weights, what a structure leaves, or what one mask leaves. */
export type LawKeep = number | 'dense' | KeptSteps | TileSteps;

/**
 * Input channels that an output channel reads. `own`: floor(channel / multiplier) alone, as in depthwise convolution, pooling and
 * element-wise operators; `groups`: those of its convolution group.
 */
export type LawReads = { readonly kind: 'own'; readonly multiplier: number } | { readonly kind: 'groups'; readonly groups: number };

export interface LawLayer {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Output pixels: height x width. */
  readonly pixels: number;
  readonly keep: LawKeep;
  /** Absent: all. */
  readonly reads?: LawReads;
  /** A second tensor of the same size: a step more a word, drained in two passes. */
  readonly secondPass?: true;
}

export interface LayerLaw {
  /** sum(count): steps that one output pixel takes in one tile of P output channels; the most of all tiles. */
  readonly steps: number;
  /** Output-channel tiles: ceil(output channels / P). */
  readonly tiles: number;
  /** N: output pixels a lane, of the whole layer at once; bands that do not divide by L are not counted. */
  readonly pixelsPerLane: number;
  /** N * max(steps, D), summed over the tiles. The fill of the pipeline, loads and stores are not counted. */
  readonly cycles: number;
  /** The same without the drain limit: N * steps. */
  readonly cyclesWithoutDrain: number;
  /** Kept weights x output pixels; padding slots, tile edges and rounding are not useful. */
  readonly usefulWork: number;
  /** usefulWork / (P * L * cycles). */
  readonly utilization: number;
}

/** Kept slots of one group of `size` channels. Fewer than G input channels in all: the layer is dense. */
function groupCount(size: number, { inChannels, keep }: Pick<LawLayer, 'inChannels' | 'keep'>, group: number): number {
  if (typeof keep === 'object') return 'slots' in keep ? keep.slots(size) : size;
  return keep === 'dense' || keep === group || inChannels < group ? size : Math.min(keep, size);
}

/** sum(count): K for every whole group of G channels, min(K, r) for the last r, under every kernel tap. */
export function stepsPerPixel(layer: LawLayer, group: number): number {
  const whole = Math.floor(layer.inChannels / group);
  const tail = layer.inChannels % group;
  const perTap = whole * groupCount(group, layer, group) + (tail === 0 ? 0 : groupCount(tail, layer, group));
  return (typeof layer.keep === 'object' && 'taps' in layer.keep ? layer.keep.taps : layer.kernelHeight * layer.kernelWidth) * perTap;
}

/** Words of G channels that a tile reads under one tap, and the slots that each of them needs, summed. */
function slotsPerTap(layer: LawLayer, reads: LawReads, tile: number, { pes, group }: ArrayShape): number {
  const first = tile * pes;
  const last = Math.min(first + pes, layer.outChannels) - 1;
  if (reads.kind === 'own') {
    // Every cluster of G PEs sees the word of its own channels; otherwise one word after the other, a step each.
    if (reads.multiplier === 1 && clusterCount(pes, group) > 1) return 1;
    const wordOf = (channel: number): number => Math.floor(channel / reads.multiplier / group);
    return wordOf(last) - wordOf(first) + 1;
  }
  const share = layer.inChannels / reads.groups;
  const filters = layer.outChannels / reads.groups;
  const slots = new Map<number, number>();
  for (let each = Math.floor(first / filters); each <= Math.floor(last / filters); each++) {
    const from = each * share;
    for (let word = Math.floor(from / group); word * group < from + share; word++) {
      const [low, high] = [Math.max(from, word * group), Math.min(from + share, (word + 1) * group)];
      // Where the convolution groups do not begin on words, a word overlaps two groups of weights.
      const weightGroups = Math.floor((high - 1 - from) / group) - Math.floor((low - from) / group) + 1;
      const keep = typeof layer.keep === 'number' ? layer.keep * weightGroups : layer.keep;
      slots.set(word, Math.max(slots.get(word) ?? 0, groupCount(high - low, { inChannels: share, keep }, group)));
    }
  }
  return [...slots.values()].reduce((sum, own) => sum + own, 0);
}

/** Steps of a pixel, by tile of P output channels. */
function tileSteps(layer: LawLayer, array: ArrayShape): readonly number[] {
  const { reads } = layer;
  if (reads === undefined && typeof layer.keep === 'object' && 'tileSteps' in layer.keep) return layer.keep.tileSteps(array);
  const tiles = Array.from({ length: ceilDiv(layer.outChannels, array.pes) }, (_, tile) => tile);
  if (reads === undefined) return tiles.map(() => stepsPerPixel(layer, array.group));
  const visits = layer.kernelHeight * layer.kernelWidth + (layer.secondPass === true ? 1 : 0);
  return tiles.map((tile) => visits * slotsPerTap(layer, reads, tile, array));
}

/** Weights of one filter that the rules keep. */
function keptOfFilter(layer: LawLayer, group: number): number {
  const { reads, kernelHeight, kernelWidth, inChannels } = layer;
  if (reads?.kind === 'own') return kernelHeight * kernelWidth;
  return stepsPerPixel(reads === undefined ? layer : { ...layer, inChannels: inChannels / reads.groups }, group);
}

/** utilization of `cycles` by work of `usefulWork` multiplications. */
export const utilization = (usefulWork: number, cycles: number, { pes, lanes }: ArrayShape): number => usefulWork / (pes * lanes * cycles);

/** The law of one layer under balanced pruning. `keptWeights` replaces the count of the rules where a mask differs from them. */
export function layerLaw(layer: LawLayer, array: ArrayShape, keptWeights?: number): LayerLaw {
  const steps = tileSteps(layer, array);
  const pixelsPerLane = ceilDiv(layer.pixels, array.lanes);
  const drain = ceilDiv(array.pes, array.requant) * (layer.secondPass === true ? 2 : 1);
  const sum = (of: (own: number) => number): number => steps.reduce((total, own) => total + of(own), 0);
  const cycles = pixelsPerLane * sum((own) => Math.max(own, drain));
  const usefulWork = (keptWeights ?? layer.outChannels * keptOfFilter(layer, array.group)) * layer.pixels;
  return {
    steps: steps.reduce((a, b) => Math.max(a, b), 0), tiles: steps.length, pixelsPerLane, cycles,
    cyclesWithoutDrain: pixelsPerLane * sum((own) => own),
    usefulWork,
    utilization: utilization(usefulWork, cycles, array),
  };
}

/** Operators of `networkLaw`: all with weights but grouped convolutions, whose tiles follow the groups. */
export const hasLaw = (op: Op): op is WeightedOp => isWeighted(op) && (op.kind !== 'conv2d' || op.groups === 1);

/** Whole-layer shape of an operator with weights. A weight that is beyond int8 less its zero point counts once, though it takes two steps. */
export function lawLayer(network: Network, op: WeightedOp, keep: LawKeep): LawLayer {
  const [outChannels, kernelHeight, kernelWidth] = op.weights.shape;
  const shape = { kernelHeight, kernelWidth, inChannels: arrayInputSize(network, op).channels, outChannels, pixels: outputPixels(network, op), keep };
  if (op.kind === 'depthwise-conv2d') return { ...shape, reads: { kind: 'own', multiplier: op.depthMultiplier } };
  if (op.kind === 'conv2d' && op.groups > 1) return { ...shape, reads: { kind: 'groups', groups: op.groups } };
  return shape;
}

/** Pooling, mean and element-wise operators: a window over each channel. */
function windowLayer(network: Network, op: Op): LawLayer | undefined {
  const input = imageSize(inputOf(network, op).shape);
  const output = imageSize(outputOf(network, op).shape);
  const shape = (kernelHeight: number, kernelWidth: number): LawLayer => ({
    kernelHeight, kernelWidth, inChannels: input.channels, outChannels: output.channels, pixels: output.height * output.width, keep: 'dense',
    reads: { kind: 'own', multiplier: 1 },
  });
  switch (op.kind) {
    case 'average-pool':
    case 'max-pool':
      return shape(op.filterHeight, op.filterWidth);
    case 'mean':
      return shape(input.height, input.width);
    case 'requantize':
    case 'relu':
    case 'leaky-relu':
    case 'logistic':
    case 'hard-swish':
      return shape(1, 1);
    case 'add':
    case 'mul':
      return { ...shape(1, 1), secondPass: true };
    default:
      return undefined;
  }
}

/**
 * The law of an operator as a pass of the array by itself; undefined for kinds that are none. An addition, product or activation
 * that is fused into the layer before it costs nothing. Pooling and element-wise operators have no weights, so no useful work.
 */
export function opLaw(network: Network, op: Op, keep: LawKeep, array: ArrayShape): LayerLaw | undefined {
  if (isWeighted(op)) return layerLaw(lawLayer(network, op, keep), array);
  const layer = windowLayer(network, op);
  return layer === undefined ? undefined : layerLaw(layer, array, 0);
}

export interface NetworkLaw {
  /** By operator name, where `hasLaw`. Pooling, additions and moves are no multiplications: they have no law. */
  readonly layers: ReadonlyMap<string, LayerLaw>;
  readonly cycles: number;
  readonly usefulWork: number;
  readonly utilization: number;
}

/** A fully connected layer takes the images of a batch as pixels: the cycles and the work of one image. */
function batchLaw(layer: LawLayer, array: ArrayShape, batch: number): LayerLaw {
  const all = layerLaw({ ...layer, pixels: batch }, array);
  return { ...all, cycles: ceilDiv(all.cycles, batch), cyclesWithoutDrain: ceilDiv(all.cyclesWithoutDrain, batch), usefulWork: all.usefulWork / batch };
}

/**
 * The law of every layer with weights of a network, and its sum, for one image of `batch`. `keep` by operator name; a name
 * that is absent is dense.
 */
export function networkLaw(network: Network, keep: ReadonlyMap<string, LawKeep>, array: ArrayShape, batch = 1): NetworkLaw {
  const layers = new Map<string, LayerLaw>();
  for (const op of network.ops) {
    if (!hasLaw(op)) continue;
    const layer = lawLayer(network, op, keep.get(op.name) ?? 'dense');
    layers.set(op.name, op.kind === 'fully-connected' ? batchLaw(layer, array, batch) : layerLaw(layer, array));
  }
  const sum = (value: (law: LayerLaw) => number): number => [...layers.values()].reduce((total, law) => total + value(law), 0);
  const cycles = sum((law) => law.cycles);
  const usefulWork = sum((law) => law.usefulWork);
  return { layers, cycles, usefulWork, utilization: utilization(usefulWork, cycles, array) };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the comparison of a layer's output with the golden tensor, and where in the array a wrong value was computed. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { derive } from '../../generator/arch/derive.js';
import type { CompiledLayer, CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { pixelsPerLane } from '../../generator/compile/geometry.js';
import { DefectError } from '../../generator/core/errors.js';
import type { TensorId } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { imageSize } from '../../generator/tensor/tensor.js';

/** The first wrong value of a layer, in row-major order. */
export interface LayerMismatch {
  readonly layer: string;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly rtl: number;
  readonly golden: number;
  readonly pe: number;
  readonly lane: number;
  /** Wrong values of all, in the layer. */
  readonly wrong: number;
  readonly all: number;
}

/** `layer conv2d_3, channel 17, y=4 x=9: rtl -12, golden -11 (pe 1, lane 0; 3 of 16384 values differ)` */
export const formatMismatch = ({ layer, channel, y, x, rtl, golden, pe, lane, wrong, all }: LayerMismatch): string =>
  `layer ${layer}, channel ${channel}, y=${y} x=${x}: rtl ${rtl}, golden ${golden} (pe ${pe}, lane ${lane}; ${wrong} of ${all} values differ)`;

/** The first difference between what the array wrote and the golden output, undefined when all bits agree. */
export function compareLayer({ network, config, tensors }: CompiledNetwork, layer: CompiledLayer, outputId: TensorId, rtl: Int8Array, golden: Int8Array): LayerMismatch | undefined {
  if (rtl.length !== golden.length) throw new DefectError(`compareLayer ${layer.name}`, `${rtl.length} values against ${golden.length}`);
  const first = golden.findIndex((value, i) => value !== rtl[i]);
  if (first < 0) return undefined;
  const { channels, width } = imageSize(tensorById(network, outputId).shape);
  const channel = first % channels;
  const pixel = Math.floor(first / channels);
  const [y, x] = [Math.floor(pixel / width), pixel % width];
  return {
    layer: layer.name, channel, y, x, rtl: rtl[first] as number, golden: golden[first] as number,
    pe: (tensors[outputId]?.channelMap[channel] ?? channel) % config.pes, lane: placeOf(layer, config, y, x)?.lane ?? 0,
    wrong: golden.reduce((sum, value, i) => sum + (value === rtl[i] ? 0 : 1), 0),
    all: golden.length,
  };
}

export function layerOf(compiled: CompiledNetwork, name: string): CompiledLayer {
  const layer = compiled.layers.find((candidate) => candidate.name === name);
  if (layer === undefined) throw new DefectError('layerOf', `${name} is not on the array`);
  return layer;
}

/** Undefined where the raster of the pass is not that of the tensor (parts of a pooling, resizing). */
function placeOf({ tiling }: CompiledLayer, { lanes }: AccelConfig, y: number, x: number): { readonly band: number; readonly lane: number; readonly pixel: number } | undefined {
  const index = tiling.bands.findIndex((band) => y >= band.row && y < band.row + band.rows && x >= band.column && x < band.column + band.columns);
  const band = tiling.bands[index];
  if (band === undefined) return undefined;
  const raster = (y - band.row) * band.columns + (x - band.column);
  const share = pixelsPerLane(band, lanes);
  return { band: index, lane: Math.floor(raster / share), pixel: raster % share };
}

/** Cycles before and after the window that the memory, the interrupt and the register accesses may add to the law. */
const MARGIN = 400;

/**
 * Cycles of a simulation of the layer alone between which the value was computed and drained: from the law of what goes before,
 * to the same plus everything that the layer waited (`cycles` it took alone, undefined: not known).
 */
export function traceWindow(layer: CompiledLayer, config: AccelConfig, at: Pick<LayerMismatch, 'channel' | 'y' | 'x'>, cycles: number | undefined): readonly [from: number, to: number] {
  const { bands, groups, order } = layer.tiling;
  const { drain, fill } = derive(config);
  const place = placeOf(layer, config, at.y, at.x);
  if (place === undefined) return [0, Math.ceil(cycles ?? 1.5 * layer.commandCycles) + MARGIN];
  const tile = Math.floor(at.channel / config.pes);
  const stepsOf = (steps: number): number => Math.max(steps, drain);
  const pairs = order === 'bands-outer'
    ? bands.flatMap((_, band) => groups.map((group) => ({ band, group })))
    : groups.flatMap((group) => bands.map((_, band) => ({ band, group })));
  let before = 0;
  for (const { band, group } of pairs) {
    const pixels = pixelsPerLane(bands[band] as (typeof bands)[number], config.lanes);
    const own = band === place.band && tile >= group.firstTile && tile < group.firstTile + group.tiles.length;
    for (const [i, { steps }] of group.tiles.entries()) {
      if (own && group.firstTile + i === tile) {
        before += place.pixel * stepsOf(steps);
        const waited = Math.max(0, (cycles ?? 1.5 * layer.commandCycles) - layer.commandCycles);
        return [Math.floor(before), Math.ceil(before + stepsOf(steps) + fill + waited + MARGIN)];
      }
      before += pixels * stepsOf(steps);
    }
  }
  throw new DefectError(`traceWindow ${layer.name}`, `no command computes channel ${at.channel}`);
}

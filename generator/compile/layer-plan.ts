// SPDX-License-Identifier: Apache-2.0
/** Owns everything about one array layer that does not depend on its neighbours: schedule, tiling, streams in memory. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { channelParameters } from './channel-parameters.js';
import { encodeIndices, encodeParameters, encodeSchedule, encodeWeights, type EncodedStream } from './encode.js';
import type { StreamBuffer } from './instruction.js';
import type { ArrayLayer } from './layer.js';
import type { MemoryImage } from './memory.js';
import { layerSchedule, type GroupEntry, type LayerSchedule } from './schedule.js';
import type { TileGroup } from './tile-group.js';
import { chooseTiling, type LayerTiling } from './tiling.js';

/** A stream as it lies in memory. */
export interface StoredStream {
  readonly address: number;
  readonly bytes: number;
  readonly words: number;
}

export interface LayerPlan {
  readonly layer: ArrayLayer;
  readonly schedule: LayerSchedule;
  readonly tiling: LayerTiling;
  /** Streams of each group; a stream that the layer does not need is absent. */
  readonly streams: readonly Readonly<Partial<Record<StreamBuffer, StoredStream>>>[];
}

export interface LayerContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  readonly memory: MemoryImage;
}

/** Chooses the tiling of a layer and puts its streams into memory. Throws the compiler's typed errors. */
export function planLayer(layer: ArrayLayer, startsProgram: boolean, context: LayerContext): LayerPlan {
  const { config, format, memory } = context;
  const parameters = channelParameters(layer);
  const schedule = layerSchedule(layer, config.pes, config.group);
  const tiling = chooseTiling(layer, schedule, { config, format, startsProgram });
  const store = (stream: EncodedStream): StoredStream => ({ address: memory.append(stream.bytes), bytes: stream.bytes.length, words: stream.words });
  const offsetOf = (entry: GroupEntry): number => entryOffset(layer, tiling, entry) % config.actDepth;
  const scheduleOf = (group: TileGroup): StoredStream =>
    store(encodeSchedule(schedule.shared ? group.tiles.slice(0, 1) : group.tiles, group.scheduleStride, offsetOf, config));
  const sharedSchedule = schedule.shared ? scheduleOf(tiling.groups[0] as TileGroup) : undefined;
  const streams = tiling.groups.map((group) => ({
    weight: store(encodeWeights(group.tiles, group.weightStride, config)),
    ...(schedule.dense ? {} : { index: store(encodeIndices(group.tiles, group.indexStride, config, format)) }),
    schedule: sharedSchedule ?? scheduleOf(group),
    parameter: store(encodeParameters(parameters, group.firstChannel, group.tiles.length, config)),
  }));
  return { layer, schedule, tiling, streams };
}

/** Bank words from the first word of a pixel's window to a group. */
export const entryOffset = (layer: ArrayLayer, tiling: LayerTiling, { ky, kx, block }: GroupEntry): number =>
  ky * layer.dilation.height * tiling.rowPitch + kx * layer.dilation.width * tiling.pixelWords + block;

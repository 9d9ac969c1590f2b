// SPDX-License-Identifier: Apache-2.0
/** Owns the bit streams of a layer: weights, indices, schedule, parameters and tables as bus-aligned bytes; knows no address. */
import type { AccelConfig } from '../arch/config.js';
import { derive, streamBits } from '../arch/derive.js';
import { insertField } from '../arch/fields.js';
import { bitmapFormat, directFormat, type IndexFormat } from '../arch/index-decoder.js';
import { PARAMETER_BITS, PARAMETER, SCHEDULE_ENTRY, TABLE_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import type { ArrayLayer, ChannelParameters } from './array-layer.js';
import { tileEntries, type Entry } from './chunks.js';
import type { LayerSchedule } from './schedule.js';
import { StreamWriter, type EncodedStream } from './stream-writer.js';
import type { GroupPart } from './tile-group.js';
import { TileSlots } from './tile-slots.js';

/** What the encoders of a layer share. */
export interface EncodeContext {
  readonly layer: ArrayLayer;
  readonly schedule: LayerSchedule;
  readonly config: AccelConfig;
  readonly format: IndexFormat;
}

/** Tiles whose streams are encoded: those of a group, or the first one when all tiles share what it has. */
const tilesOf = (part: GroupPart, stride: number): number => (stride === 0 ? 1 : part.tiles.length);

/** Weight and index planes of a chunk of the tiles from `firstTile` on; the index plane of a dense layer is empty. */
export function encodeSlots(context: EncodeContext, part: GroupPart, firstTile: number): { readonly weight: EncodedStream; readonly index: EncodedStream | undefined } {
  const { layer, schedule, config, format } = context;
  const { pes, group, bus } = config;
  const slots = new TileSlots(layer, schedule, config, format);
  const weightBytes = derive(config).weightStreamBits / 8;
  const weight = new StreamWriter(weightBytes * 8, part.words.weight, bus / 8);
  const bits = format.bitsPerPe(group);
  const index = schedule.dense ? undefined : new StreamWriter(streamBits(pes * bits, bus), part.words.index, bus / 8);
  const putIndex = index === undefined ? undefined : indexWriter(index, format, bits, group);
  const weightTiles = tilesOf(part, part.weightStride);
  const indexTiles = index === undefined ? 0 : tilesOf(part, part.indexStride);
  for (let t = 0; t < Math.max(weightTiles, indexTiles); t++) {
    let step = 0;
    tileEntries(layer, schedule, firstTile + t, part.chunk, part.scheduleLength).forEach((entry, e) => {
      const weightStep = t * part.weightStride + step;
      const indexWord = t * part.indexStride + (format.unit === 'step' ? step : e);
      for (let pe = 0; pe < pes; pe++) {
        const kept = slots.read(firstTile + t, entry, pe);
        if (t < weightTiles) for (let i = 0; i < entry.count; i++) weight.bytes[(weightStep + i) * weightBytes + pe] = slots.weights[i] as number;
        if (t < indexTiles) putIndex?.(indexWord, pe, slots.positions, kept, entry.count);
      }
      step += entry.count;
    });
  }
  return { weight: weight.stream(), index: index?.stream() };
}

type PutIndex = (word: number, pe: number, positions: Uint8Array, kept: number, count: number) => void;

/** Writes one PE's plane fields of one entry; the built-in formats without going through big numbers. */
function indexWriter(writer: StreamWriter, format: IndexFormat, bits: number, group: number): PutIndex {
  if (format === directFormat) {
    return (word, pe, positions, kept) => {
      for (let i = 0; i < kept; i++) writer.putNumber(word + i, pe * bits, bits, positions[i] as number);
    };
  }
  if (format === bitmapFormat) {
    return (word, pe, positions, kept) => {
      let map = 0;
      for (let i = 0; i < kept; i++) map |= 1 << (positions[i] as number);
      writer.putNumber(word, pe * bits, bits, map >>> 0);
    };
  }
  return (word, pe, positions, kept, count) => {
    const fields = format.encode([...positions.subarray(0, kept)], count, group);
    if (fields.length !== (format.unit === 'step' ? count : 1)) {
      throw new DefectError(`index format ${format.name}`, `${fields.length} fields for an entry of ${count} steps`);
    }
    fields.forEach((value, i) => writer.put(word + i, pe * bits, bits, value));
  };
}

/** Schedule words: `offsetOf` places an entry relative to the window of a pixel. */
export function encodeSchedule({ layer, schedule, config }: EncodeContext, part: GroupPart, firstTile: number, offsetOf: (entry: Entry, tile: number) => number): EncodedStream {
  const writer = new StreamWriter(32, part.words.schedule, config.bus / 8);
  for (let t = 0; t < tilesOf(part, part.scheduleStride); t++) {
    tileEntries(layer, schedule, firstTile + t, part.chunk, part.scheduleLength).forEach((entry, e) => {
      const values = {
        offset: offsetOf(entry, firstTile + t),
        countMinusOne: entry.count - 1,
        operand: entry.kind === 'operand' ? 1 : 0,
        maximum: entry.kind === 'maximum' && !entry.isFirstTap ? 1 : 0,
        spread: entry.kind === 'operand' ? (schedule.operand?.spread === true ? 1 : 0) : schedule.spread && entry.kind !== 'idle' ? 1 : 0,
      };
      const word = Object.entries(SCHEDULE_ENTRY).reduce((bits, [name, field]) => insertField(bits, field, values[name as keyof typeof values]), 0);
      writer.putNumber(t * part.scheduleStride + e, 0, 32, word);
    });
  }
  return writer.stream();
}

/** Parameter words: word d of a tile serves its channels d*n .. d*n+n-1; channels that do not exist are 0. The word of the second pass follows. */
export function encodeParameters(channels: readonly ChannelParameters[], firstChannel: number, tiles: number, second: ChannelParameters | undefined, config: AccelConfig): EncodedStream {
  const { drain, parameterStreamBits, busBytes } = derive(config);
  const writer = new StreamWriter(parameterStreamBits, tiles * drain + (second === undefined ? 0 : 1), busBytes);
  const put = (word: number, requantizer: number, channel: ChannelParameters): void => {
    for (const name of ['bias', 'multiplier', 'rightShift', 'leftShift'] as const) {
      const field = PARAMETER[name];
      writer.putNumber(word, requantizer * PARAMETER_BITS + field.lsb, field.width, channel[name] >>> 0);
    }
  };
  for (let i = 0; i < tiles * config.pes; i++) {
    const channel = channels[firstChannel + i];
    if (channel === undefined) break;
    put(Math.floor(i / config.requant), i % config.requant, channel);
  }
  if (second !== undefined) for (let requantizer = 0; requantizer < config.requant; requantizer++) put(tiles * drain, requantizer, second);
  return writer.stream();
}

/** Table words of a layer: an activation in one half, or value and operand tables in the two halves; undefined when it has none. */
export function encodeTables({ table, operand }: ArrayLayer, config: AccelConfig): EncodedStream | undefined {
  const halves = operand?.tables !== undefined ? [operand.tables.value, operand.tables.operand] : table === undefined ? [] : [table];
  if (halves.length === 0) return undefined;
  const writer = new StreamWriter(TABLE_BITS, (halves.length * TABLE_DEPTH) / 2, config.bus / 8);
  halves.forEach((values, half) => values.forEach((value, i) => writer.putNumber(half * (TABLE_DEPTH / 2) + i, 0, TABLE_BITS, value >>> 0)));
  return writer.stream();
}

// SPDX-License-Identifier: Apache-2.0
/** Owns the bit streams of a layer: weights, indices, schedule, parameters and tables as bus-aligned bytes; knows no address. */
import type { AccelConfig } from '../arch/config.js';
import { derive, streamBits } from '../arch/derive.js';
import { insertField } from '../arch/fields.js';
import { bitmapFormat, directFormat, planeBitsPerPe, type IndexFormat } from '../arch/index-decoder.js';
import { PARAMETER_BITS, PARAMETER, SCHEDULE_ENTRY, TABLE_BITS, TABLE_DEPTH } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import { isWeighted } from '../graph/network.js';
import type { ArrayLayer, ChannelParameters } from './array-layer.js';
import { tileEntries, type Entry } from './chunks.js';
import { addDemand, type Demand, type PatternLibrary } from './pattern-library.js';
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
  /** Of a format with a table. */
  readonly library?: PatternLibrary | undefined;
}

/** Tiles whose streams are encoded: those of a group, or the first one when all tiles share what it has. */
const tilesOf = (part: GroupPart, stride: number): number => (stride === 0 ? 1 : part.tiles.length);

/** Weight and index planes of a chunk of the tiles from `firstTile` on; the index plane of a dense layer is empty. */
export function encodeSlots(context: EncodeContext, part: GroupPart, firstTile: number): { readonly weight: EncodedStream; readonly index: EncodedStream | undefined } {
  const { schedule, config, format, library } = context;
  const { pes, group, bus, weightBits } = config;
  const weight = new StreamWriter(derive(config).weightStreamBits, part.words.weight, bus / 8);
  const weightMask = 2 ** weightBits - 1;
  const bits = planeBitsPerPe(format, group);
  const index = schedule.dense ? undefined : new StreamWriter(streamBits(pes * bits, bus), part.words.index, bus / 8);
  const putIndex = index === undefined ? undefined : indexWriter(index, format, bits, group);
  const weightTiles = tilesOf(part, part.weightStride);
  const indexTiles = index === undefined ? 0 : tilesOf(part, part.indexStride);
  eachEntry(context, part, firstTile, Math.max(weightTiles, indexTiles), ({ tile: t, entry, at, step, pe, kept, slots }) => {
    const weightStep = t * part.weightStride + step;
    const indexWord = t * part.indexStride + (format.unit === 'step' ? step : at);
    const number = library?.place(slots.positions, slots.weights, kept, entry.count);
    if (t < weightTiles) for (let i = 0; i < entry.count; i++) weight.putNumber(weightStep + i, pe * weightBits, weightBits, (slots.weights[i] as number) & weightMask);
    if (t >= indexTiles) return;
    if (number === undefined) putIndex?.(indexWord, pe, slots.positions, kept, entry.count);
    else index?.putNumber(indexWord, pe * bits, bits, number);
  });
  return { weight: weight.stream(), index: index?.stream() };
}

/** What one PE does in one entry of a tile; `slots` hold it until the next visit. */
interface Visit {
  /** Tile and entry, counted within the part; steps of the tile before the entry. */
  readonly tile: number;
  readonly at: number;
  readonly step: number;
  readonly entry: Entry;
  readonly pe: number;
  readonly kept: number;
  readonly slots: TileSlots;
}

function eachEntry({ layer, schedule, config, format }: EncodeContext, part: GroupPart, firstTile: number, tiles: number, visit: (visit: Visit) => void): void {
  const slots = new TileSlots(layer, schedule, config, format);
  for (let tile = 0; tile < tiles; tile++) {
    let step = 0;
    tileEntries(layer, schedule, firstTile + tile, part.chunk, part.scheduleLength).forEach((entry, at) => {
      for (let pe = 0; pe < config.pes; pe++) visit({ tile, entry, at, step, pe, kept: slots.read(firstTile + tile, entry, pe), slots });
      step += entry.count;
    });
  }
}

/** Adds the position sets of a part to `demands`, and to `fixed` those that no pruning changes: of channels that are read one by one. */
export function collectDemands(context: EncodeContext, part: GroupPart, firstTile: number, demands: Set<Demand>, fixed: Set<Demand>): void {
  const { channelwise, ops: [first] } = context.layer;
  const isFixed = channelwise || first === undefined || !isWeighted(first);
  eachEntry(context, part, firstTile, tilesOf(part, part.indexStride), ({ entry, kept, slots }) => {
    addDemand(demands, slots.positions, kept, entry.count);
    if (isFixed || entry.kind === 'operand') addDemand(fixed, slots.positions, kept, entry.count);
  });
}

/** The words of a pattern library. */
export function encodePatterns({ patterns }: PatternLibrary, { group, bus }: AccelConfig): EncodedStream {
  const writer = new StreamWriter(streamBits(group, bus), patterns.length, bus / 8);
  patterns.forEach((pattern, i) => writer.putNumber(i, 0, group, pattern));
  return writer.stream();
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

// SPDX-License-Identifier: Apache-2.0
/** Owns the bit streams of a tile group: weights, indices, schedule and parameters as bus-aligned bytes; knows no address. */
import type { AccelConfig } from '../arch/config.js';
import { derive, streamBits } from '../arch/derive.js';
import { insertField } from '../arch/fields.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { PARAMETER_BITS, PARAMETER, SCHEDULE_ENTRY } from '../arch/instructions.js';
import { DefectError } from '../core/errors.js';
import { roundUp } from '../core/integers.js';
import type { ChannelParameters } from './channel-parameters.js';
import type { GroupEntry, TileSchedule } from './schedule.js';

/** A stream and the buffer words in it. */
export interface EncodedStream {
  readonly bytes: Uint8Array;
  readonly words: number;
}

/** Bits that are written as one number. */
const CHUNK_BITS = 30;
const CHUNK_MASK = BigInt(2 ** CHUNK_BITS - 1);

/** Little-endian bit writer over a stream of equal words. */
class StreamWriter {
  readonly bytes: Uint8Array;

  constructor(private readonly wordBits: number, words: number, busBytes: number) {
    this.bytes = new Uint8Array(roundUp((wordBits * words) / 8, busBytes));
  }

  put(word: number, lsb: number, width: number, value: bigint): void {
    let rest = BigInt.asUintN(width, value);
    for (let done = 0; done < width; done += CHUNK_BITS, rest >>= BigInt(CHUNK_BITS)) {
      this.putNumber(word * this.wordBits + lsb + done, Math.min(CHUNK_BITS, width - done), Number(rest & CHUNK_MASK));
    }
  }

  private putNumber(bit: number, width: number, value: number): void {
    for (let done = 0; done < width; ) {
      const index = Math.floor((bit + done) / 8);
      const shift = (bit + done) % 8;
      this.bytes[index] = (this.bytes[index] as number) | (((value >>> done) << shift) & 0xff);
      done += 8 - shift;
    }
  }
}

/** Weight plane: byte p of step s is PE p's weight; tile t starts at word t * stride. */
export function encodeWeights(tiles: readonly TileSchedule[], stride: number, config: AccelConfig): EncodedStream {
  const { weightStreamBits, busBytes } = derive(config);
  const words = (tiles.length - 1) * stride + (tiles.at(-1)?.steps ?? 0);
  const { bytes } = new StreamWriter(weightStreamBits, words, busBytes);
  const wordBytes = weightStreamBits / 8;
  tiles.forEach((tile, t) => {
    for (let step = 0; step < tile.steps; step++) {
      const at = (t * stride + step) * wordBytes;
      for (let pe = 0; pe < config.pes; pe++) bytes[at + pe] = tile.weights[step * config.pes + pe] as number;
    }
  });
  return { bytes, words };
}

/** Index words of a tile. */
export const indexWords = (tile: TileSchedule, format: IndexFormat): number => (format.unit === 'step' ? tile.steps : tile.entries.length);

/** Index plane: field p of a word is PE p's; one word a step or an entry, as the format says. */
export function encodeIndices(tiles: readonly TileSchedule[], stride: number, config: AccelConfig, format: IndexFormat): EncodedStream {
  const { pes, group, bus } = config;
  const bits = format.bitsPerPe(group);
  const last = tiles.at(-1);
  const words = (tiles.length - 1) * stride + (last === undefined ? 0 : indexWords(last, format));
  const writer = new StreamWriter(streamBits(pes * bits, bus), words, bus / 8);
  tiles.forEach((tile, t) => {
    let step = 0;
    tile.entries.forEach((entry, e) => {
      const first = t * stride + (format.unit === 'step' ? step : e);
      for (let pe = 0; pe < pes; pe++) {
        const kept = tile.kept[e * pes + pe] as number;
        const positions = Array.from({ length: kept }, (_, i) => tile.positions[(step + i) * pes + pe] as number);
        const fields = format.encode(positions, entry.count, group);
        if (fields.length !== (format.unit === 'step' ? entry.count : 1)) {
          throw new DefectError(`index format ${format.name}`, `${fields.length} fields for an entry of ${entry.count} steps`);
        }
        fields.forEach((value, i) => writer.put(first + i, pe * bits, bits, value));
      }
      step += entry.count;
    });
  });
  return { bytes: writer.bytes, words };
}

/** Schedule words: `offsetOf` places a group relative to the window of a pixel. */
export function encodeSchedule(
  tiles: readonly TileSchedule[],
  stride: number,
  offsetOf: (entry: GroupEntry) => number,
  config: AccelConfig,
): EncodedStream {
  const words = (tiles.length - 1) * stride + (tiles.at(-1)?.entries.length ?? 0);
  const writer = new StreamWriter(32, words, config.bus / 8);
  tiles.forEach((tile, t) =>
    tile.entries.forEach((entry, e) => {
      const word = insertField(insertField(0, SCHEDULE_ENTRY.offset, offsetOf(entry)), SCHEDULE_ENTRY.countMinusOne, entry.count - 1);
      writer.put(t * stride + e, 0, 32, BigInt(word));
    }),
  );
  return { bytes: writer.bytes, words };
}

/** Parameter words: word d of a tile serves its channels d*n .. d*n+n-1; channels that do not exist are 0. */
export function encodeParameters(channels: readonly ChannelParameters[], firstChannel: number, tiles: number, config: AccelConfig): EncodedStream {
  const { drain, parameterStreamBits, busBytes } = derive(config);
  const words = tiles * drain;
  const writer = new StreamWriter(parameterStreamBits, words, busBytes);
  for (let i = 0; i < tiles * config.pes; i++) {
    const channel = channels[firstChannel + i];
    if (channel === undefined) break;
    const word = Math.floor(i / config.requant);
    const lsb = (i % config.requant) * PARAMETER_BITS;
    for (const name of ['bias', 'multiplier', 'rightShift', 'leftShift'] as const) {
      const field = PARAMETER[name];
      writer.put(word, lsb + field.lsb, field.width, BigInt(channel[name]));
    }
  }
  return { bytes: writer.bytes, words };
}

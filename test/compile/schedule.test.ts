// SPDX-License-Identifier: Apache-2.0
/** Holds group schedules and their bit streams to the weights, read back bit by bit. */
import { describe, expect, it } from 'vitest';
import { bitmapFormat, directFormat, type IndexFormat } from '../../generator/arch/index-decoder.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import type { AccelConfig } from '../../generator/arch/config.js';
import type { ArrayLayer } from '../../generator/compile/array-layer.js';
import { chunksOf, tileEntries, tileSize, type Chunk, type Entry } from '../../generator/compile/chunks.js';
import { encodeParameters, encodeSchedule, encodeSlots, encodeTables } from '../../generator/compile/encode.js';
import { layerSchedule, type LayerSchedule } from '../../generator/compile/schedule.js';
import { chunkedSizes, tileGroups } from '../../generator/compile/tile-group.js';
import { createRandom } from '../../generator/core/random.js';
import { arrayLayer, operandStage, weightsOf, type PlainSlots } from '../support/array-layer.js';

/** Slots from a function that keeps some positions of words whose sizes follow from the number of channels. */
const layerOf = (inChannels: number, outChannels: number, group: number, slots: PlainSlots, kernel = 3, change: Partial<ArrayLayer> = {}): ArrayLayer => {
  const words = Math.ceil(inChannels / group);
  return arrayLayer({
    name: 'layer', inputId: 0, outputId: 1, input: { height: 5, width: 5, words }, output: { height: 3, width: 3, channels: outChannels },
    kernel: { height: kernel, width: kernel }, weights: weightsOf(slots, (word) => Math.min(group, inChannels - word * group)), ...change,
  });
};

/** The first `keep` positions of every word, turned by channel, tap and word. */
const turned = (inChannels: number, group: number, keep: number): PlainSlots => (channel, tap, word) => {
  const size = Math.min(group, inChannels - word * group);
  const positions = Array.from({ length: Math.min(keep, size) }, (_, i) => (i + channel + tap + word) % size).sort((a, b) => a - b);
  return positions.map((position) => [position, ((channel * 31 + tap * 7 + word * 3 + position) % 200) - 100 || 1] as const);
};

const whole = (layer: ArrayLayer, schedule: LayerSchedule): Chunk => chunksOf(layer, schedule, { rows: layer.kernel.height, columns: layer.kernel.width, blocks: schedule.blocks })[0]!;
const scheduleOf = (layer: ArrayLayer, config: PartialConfig, format: IndexFormat = directFormat): { config: AccelConfig; schedule: LayerSchedule; entries: (tile: number) => Entry[] } => {
  const full = validateConfig({ ...config, index: format.name });
  const schedule = layerSchedule(layer, full, format);
  return { config: full, schedule, entries: (tile) => tileEntries(layer, schedule, tile, whole(layer, schedule)) };
};

const bits = (bytes: Uint8Array, lsb: number, width: number): bigint => {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 1n) | BigInt((bytes[(lsb + i) >> 3]! >> ((lsb + i) & 7)) & 1);
  return value;
};

describe('a group schedule', () => {
  it('spends K steps on every whole word and min(K, r) on the tail, under every tap', () => {
    const { schedule, entries } = scheduleOf(layerOf(19, 10, 8, turned(19, 8, 4)), { pes: 4, group: 8 });
    expect(schedule).toMatchObject({ tileCount: 3, dense: false, shared: true, tileStep: 0, maxCount: 4, spread: false });
    for (const tile of [0, 1, 2]) expect(entries(tile).map(({ count }) => count)).toEqual(Array.from({ length: 9 }, () => [4, 4, 3]).flat());
  });

  it('is dense when every word is full, whatever its size', () => {
    expect(scheduleOf(layerOf(19, 4, 8, turned(19, 8, 8)), { pes: 4 }).schedule).toMatchObject({ dense: true, shared: true });
    const { schedule, entries } = scheduleOf(layerOf(3, 4, 8, turned(3, 8, 8)), { pes: 4 });
    expect(schedule.dense).toBe(true);
    expect(entries(0).map(({ count }) => count)).toEqual(Array.from({ length: 9 }, () => 3));
  });

  it('takes the maximum over its PEs, and leaves out words without weights', () => {
    const kept: Record<string, [number, number][]> = { '0,0': [[1, 5], [4, 6]], '1,0': [[7, 7]], '2,0': [[0, 8]] };
    const { entries } = scheduleOf(layerOf(16, 3, 8, (channel, _tap, word) => kept[`${channel},${word}`] ?? [], 1), { pes: 4 });
    expect(entries(0)).toMatchObject([{ kind: 'sum', row: 0, column: 0, block: 0, count: 2 }]);
  });

  it('keeps one idle entry for a tile without weights', () => {
    const layer = layerOf(8, 4, 8, () => [], 1);
    const { schedule, entries } = scheduleOf(layer, { pes: 4 });
    expect(entries(0)).toMatchObject([{ kind: 'idle', count: 1 }]);
    expect(tileSize(layer, schedule, 0, whole(layer, schedule))).toEqual({ entries: 1, steps: 1 });
  });

  it('gives a word with more slots than an entry holds several entries; a bitmap has every position once in each', () => {
    const split: PlainSlots = () => [0, 1, 2, 3].flatMap((position) => [[position, 127], [position, 100]] as const);
    const layer = layerOf(4, 4, 4, split, 1);
    expect(scheduleOf(layer, { pes: 4, group: 4 }).entries(0).map(({ count }) => count)).toEqual([4, 4]);
    const some: PlainSlots = (channel) => (channel === 0 ? [[1, 127], [1, 100], [1, 3]] : [[0, 1]]);
    expect(scheduleOf(layerOf(4, 4, 4, some, 1), { pes: 4, group: 4 }).entries(0).map(({ count }) => count)).toEqual([3]);
    expect(scheduleOf(layerOf(4, 4, 4, some, 1), { pes: 4, group: 4 }, bitmapFormat).entries(0).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  const own = (group: number): PlainSlots => (channel, _tap, word) => (Math.floor(channel / group) === word ? [[channel % group, 1]] : []);

  it('spreads the words of a channelwise layer over the clusters: one entry a tap, one schedule, one index stream', () => {
    const layer = layerOf(48, 48, 8, own(8), 3, { channelwise: true });
    const { schedule, entries } = scheduleOf(layer, { pes: 16, group: 8 });
    expect(schedule).toMatchObject({ spread: true, shared: true, tileStep: 2, commonIndices: true, commonWeights: true, dense: false });
    expect(entries(1).map(({ count }) => count)).toEqual(Array.from({ length: 9 }, () => 1));
  });

  it('broadcasts the words of a tile when there are no clusters, and goes word by word for a maximum', () => {
    const layer = layerOf(48, 48, 8, own(8), 2, { channelwise: true, reduce: 'maximum' });
    const { schedule, entries } = scheduleOf(layer, { pes: 24, group: 8 });
    expect(schedule).toMatchObject({ spread: false, shared: true, tileStep: 3, maximum: true });
    expect(entries(0).map(({ block, row, column }) => [block, row, column])).toEqual([0, 1, 2].flatMap((block) => [[block, 0, 0], [block, 0, 1], [block, 1, 0], [block, 1, 1]]));
  });

  it('visits the operand last: one step for all clusters, or one for every word that the tile meets', () => {
    const operand = operandStage({ kind: 'mul', tensorId: 2, words: 4, place: (channel) => ({ word: Math.floor(channel / 8), position: channel % 8 }) });
    const dense = layerOf(8, 32, 8, turned(8, 8, 8), 1, { operand });
    const spread = scheduleOf(dense, { pes: 16, group: 8 });
    expect(spread.schedule).toMatchObject({ dense: false, shared: true, operand: { spread: true, tileStep: 2 } });
    expect(spread.entries(1).map(({ kind, count }) => `${kind} ${count}`)).toEqual(['sum 8', 'operand 1']);
    const broadcast = scheduleOf(dense, { pes: 24, group: 8 });
    expect(broadcast.schedule.operand).toMatchObject({ spread: false, tileStep: 3 });
    expect(broadcast.entries(0).map(({ kind }) => kind)).toEqual(['sum', 'operand', 'operand', 'operand']);
    const one = layerOf(8, 32, 8, turned(8, 8, 8), 1, { operand: { ...operand, words: 1, place: () => ({ word: 0, position: 0 }) } });
    expect(scheduleOf(one, { pes: 24, group: 8 }).schedule.operand).toMatchObject({ spread: false, tileStep: 0, words: [[0], [0]] });
  });
});

describe('chunks', () => {
  it('cut the steps of a layer into parts that add up, and count what they list (seeds 1..30)', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = createRandom(seed);
      const layer = layerOf(8 * random.integer(1, 6), random.integer(1, 20), 8, (channel, tap, word) => ((channel + tap * word + seed) % 3 === 0 ? [] : [[(channel + tap) % 8, 1]]));
      const { schedule } = scheduleOf(layer, { pes: 4, group: 8 });
      const size = { blocks: random.integer(1, schedule.blocks), rows: random.integer(1, 3), columns: random.integer(1, 3) };
      const chunks = chunksOf(layer, schedule, size);
      for (let tile = 0; tile < schedule.tileCount; tile++) {
        const parts = chunks.map((chunk) => tileEntries(layer, schedule, tile, chunk));
        const real = parts.flat().filter(({ kind }) => kind === 'sum').map(({ row, column, block }) => `${row},${column},${block}`);
        expect(real.sort()).toEqual(tileEntries(layer, schedule, tile, whole(layer, schedule)).filter(({ kind }) => kind === 'sum').map(({ row, column, block }) => `${row},${column},${block}`).sort());
        expect(chunks.map((chunk) => tileSize(layer, schedule, tile, chunk))).toEqual(parts.map((entries) => ({ entries: entries.length, steps: entries.reduce((sum, { count }) => sum + count, 0) })));
      }
      expect(chunks.filter(({ isFirst }) => isFirst)).toEqual([chunks[0]]);
      expect(chunks.filter(({ isLast }) => isLast)).toEqual([chunks.at(-1)]);
    }
  });
});

describe('encoded streams', () => {
  it.each([['direct', directFormat], ['bitmap', bitmapFormat]] as const)('hold every kept weight at its position: %s (seeds 1..6)', (index, format) => {
    for (let seed = 1; seed <= 6; seed++) {
      const slots: PlainSlots = (channel, tap, word) => turned(19, 8, 1 + ((seed + (seed % 2 ? 0 : channel)) % 4))(channel, tap, word);
      const layer = layerOf(19, 10, 8, slots);
      const { config, schedule } = scheduleOf(layer, { pes: [3, 4, 16][seed % 3]!, group: 8, bus: [32, 64, 512][seed % 3]! }, format);
      const [group] = tileGroups(layer, schedule, chunkedSizes(layer, schedule, [whole(layer, schedule)]), schedule.tileCount, config, format);
      const part = group!.parts[0]!;
      const streams = encodeSlots({ layer, schedule, config, format }, part, 0);
      const granule = Math.max(8, config.bus / 16);
      const weightBits = Math.ceil((config.pes * config.weightBits) / granule) * granule;
      const fieldBits = format.bitsPerPe(8);
      const indexBits = Math.ceil((config.pes * fieldBits) / granule) * granule;
      expect((streams.weight.bytes.length * 8) % config.bus).toBe(0);
      const found = new Map<string, number>();
      for (let tile = 0; tile < group!.tiles.length; tile++) {
        let step = 0;
        tileEntries(layer, schedule, tile, part.chunk, part.scheduleLength).forEach((entry, e) => {
          for (let s = 0; s < entry.count; s++) for (let pe = 0; pe < config.pes; pe++) {
            const weight = Number(BigInt.asIntN(8, bits(streams.weight.bytes, (tile * part.weightStride + step + s) * weightBits + pe * 8, 8)));
            const field = bits(streams.index!.bytes, (tile * part.indexStride + (index === 'direct' ? step + s : e)) * indexBits + pe * fieldBits, fieldBits);
            const set = Array.from({ length: 8 }, (_, i) => i).filter((i) => (field >> BigInt(i)) & 1n);
            const position = index === 'direct' ? Number(field) : (set[s] ?? 0);
            if (weight !== 0) found.set(`${tile * config.pes + pe},${entry.row * 3 + entry.column},${entry.block},${position}`, weight);
          }
          step += entry.count;
        });
      }
      const expected = new Map<string, number>();
      for (let channel = 0; channel < 10; channel++) for (let tap = 0; tap < 9; tap++) for (let word = 0; word < 3; word++) {
        for (const [position, weight] of slots(channel, tap, word)) expected.set(`${channel},${tap},${word},${position}`, weight);
      }
      expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
    }
  });

  it('hold schedule entries as offset, count - 1 and flags', () => {
    const layer = layerOf(32, 16, 8, (channel, _tap, word) => (Math.floor(channel / 8) === word ? [[channel % 8, 1]] : []), 2, { channelwise: true, reduce: 'maximum' });
    const { config, schedule } = scheduleOf(layer, { pes: 16, group: 8 });
    const [group] = tileGroups(layer, schedule, chunkedSizes(layer, schedule, [whole(layer, schedule)]), 1, config, directFormat);
    const { bytes, words } = encodeSchedule({ layer, schedule, config, format: directFormat }, group!.parts[0]!, 0, (entry) => 100 * entry.row + 10 * entry.column + entry.block);
    expect(words).toBe(4);
    const view = new DataView(bytes.buffer);
    const [spread, maximum] = [0x8000_0000, 0x4000_0000];
    expect([0, 1, 2, 3].map((e) => view.getUint32(4 * e, true))).toEqual([spread, spread + maximum + 10, spread + maximum + 100, spread + maximum + 110]);
    const dense = scheduleOf(layerOf(19, 4, 8, turned(19, 8, 8)), { pes: 4 });
    const denseLayer = layerOf(19, 4, 8, turned(19, 8, 8));
    const [denseGroup] = tileGroups(denseLayer, dense.schedule, chunkedSizes(denseLayer, dense.schedule, [whole(denseLayer, dense.schedule)]), 1, dense.config, directFormat);
    const stream = encodeSchedule({ layer: denseLayer, schedule: dense.schedule, config: dense.config, format: directFormat }, denseGroup!.parts[0]!, 0, (entry) => 100 * entry.row + 10 * entry.column + entry.block);
    const denseView = new DataView(stream.bytes.buffer);
    expect([denseView.getUint32(0, true), denseView.getUint32(4 * 26, true)]).toEqual([7 << 24, (2 << 24) | 222]);
  });

  it('hold the parameters of each channel, and behind them those of the second pass for every requantizer', () => {
    const config = validateConfig({ pes: 4, group: 8, requant: 2, bus: 128 });
    const channel = (i: number) => ({ bias: -1000 * i, multiplier: 2 ** 30 + i, rightShift: i, leftShift: i % 8 });
    const { bytes, words } = encodeParameters(Array.from({ length: 11 }, (_, i) => channel(i)), 4, 2, channel(31), config);
    expect(words).toBe(5);
    for (let i = 4; i < 14; i++) {
      const at = Math.floor((i - 4) / 2) * 144 + ((i - 4) % 2) * 72;
      const values = [bits(bytes, at, 32), bits(bytes, at + 32, 32), bits(bytes, at + 64, 5), bits(bytes, at + 69, 3)];
      const { bias, multiplier, rightShift, leftShift } = i >= 12 ? channel(31) : i === 11 ? { bias: 0, multiplier: 0, rightShift: 0, leftShift: 0 } : channel(i);
      expect([BigInt.asIntN(32, values[0]!), ...values.slice(1)].map(Number)).toEqual([bias, multiplier, rightShift, leftShift]);
    }
  });

  it('hold a table in half of the table words, and those of a sum in both', () => {
    const config = validateConfig({ pes: 4, group: 8, bus: 64 });
    const table = Int8Array.from({ length: 256 }, (_, i) => i - 100);
    const one = encodeTables(layerOf(8, 8, 8, () => [], 1, { table }), config)!;
    expect([one.words, new DataView(one.bytes.buffer).getInt32(4 * 3, true)]).toEqual([256, -97]);
    const tables = { value: Int32Array.from({ length: 256 }, (_, i) => -70_000 * i), operand: Int32Array.from({ length: 256 }, (_, i) => i) };
    const both = encodeTables(layerOf(8, 8, 8, () => [], 1, { operand: operandStage({ kind: 'add', tensorId: 0, words: 1, place: () => undefined, tables }) }), config)!;
    const view = new DataView(both.bytes.buffer);
    expect([both.words, view.getInt32(4 * 2, true), view.getInt32(4 * 258, true)]).toEqual([512, -140_000, 2]);
    expect(encodeTables(layerOf(8, 8, 8, () => [], 1), config)).toBeUndefined();
  });
});

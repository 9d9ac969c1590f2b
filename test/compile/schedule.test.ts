// SPDX-License-Identifier: Apache-2.0
/** Holds group schedules and their bit streams to the mask, read back bit by bit. */
import { describe, expect, it } from 'vitest';
import { bitmapFormat, directFormat } from '../../generator/arch/index-decoder.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { channelParameters } from '../../generator/compile/channel-parameters.js';
import { encodeIndices, encodeParameters, encodeSchedule, encodeWeights } from '../../generator/compile/encode.js';
import { arrayLayer, type ArrayLayer, type ArrayOp } from '../../generator/compile/layer.js';
import { layerSchedule } from '../../generator/compile/schedule.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import type { PruneResult } from '../../generator/prune/prune.js';
import { keepBalanced, keepUnconstrained } from '../support/compile-layer.js';

const layerOf = (network: Network, prune?: PruneResult): ArrayLayer => arrayLayer(network, network.ops[0] as ArrayOp, prune);
const network = (channels: number, outChannels: number, seed = 1, kernel = 3): Network => randomConvNetwork({ inputShape: [5, 5, channels], outChannels, kernel, seed });
/** A prune result with one mask. */
const masked = (mask: Uint8Array): PruneResult =>
  ({ groupSize: 8, constraint: '', method: '', masks: new Map([['conv2d_1', mask]]), keep: new Map([['conv2d_1', 1]]) });
const bits = (bytes: Uint8Array, lsb: number, width: number): bigint => {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 1n) | BigInt((bytes[(lsb + i) >> 3]! >> ((lsb + i) & 7)) & 1);
  return value;
};

describe('a group schedule', () => {
  it('spends K steps on every whole group and min(K, r) on the tail, under every tap', () => {
    const net = network(19, 10);
    const { tiles, dense, shared } = layerSchedule(layerOf(net, keepBalanced(net, 8, 4)), 4, 8);
    expect(tiles).toHaveLength(3);
    for (const tile of tiles) expect(tile.entries.map((entry) => entry.count)).toEqual(Array.from({ length: 9 }, () => [4, 4, 3]).flat());
    expect({ dense, shared }).toEqual({ dense: false, shared: true });
  });

  it('is dense without a mask, and with fewer than G input channels whatever K is', () => {
    expect(layerSchedule(layerOf(network(19, 4)), 4, 8)).toMatchObject({ dense: true, shared: true });
    const first = network(3, 4);
    const schedule = layerSchedule(layerOf(first, keepBalanced(first, 8, 1)), 4, 8);
    expect(schedule.dense).toBe(true);
    expect(schedule.tiles[0]!.entries.map((entry) => entry.count)).toEqual(Array.from({ length: 9 }, () => 3));
  });

  it('takes the maximum over its PEs when the mask is not balanced, and leaves out empty groups', () => {
    const net = network(16, 3, 1, 1);
    const mask = new Uint8Array(48);
    for (const at of [1, 4, 16 + 7, 32 + 0]) mask[at] = 1;
    const [tile] = layerSchedule(layerOf(net, masked(mask)), 4, 8).tiles;
    expect(tile!.entries).toEqual([{ ky: 0, kx: 0, block: 0, count: 2 }]);
    expect([...tile!.positions]).toEqual([1, 7, 0, 0, 4, 0, 0, 0]);
    const w = (net.ops[0] as ArrayOp).weights.data;
    expect([...tile!.weights]).toEqual([w[1], w[23], w[32], 0, w[4], 0, 0, 0]);
  });

  it('keeps one step with weight 0 for a tile without weights', () => {
    const net = network(8, 4, 1, 1);
    const { tiles } = layerSchedule(layerOf(net, masked(new Uint8Array(32))), 4, 8);
    expect(tiles[0]).toMatchObject({ entries: [{ ky: 0, kx: 0, block: 0, count: 1 }], steps: 1, weights: new Int8Array(4) });
  });

  it('takes a full group in order in every PE, so that no index is needed', () => {
    const net = network(8, 2, 1, 1);
    const mask = Uint8Array.from({ length: 16 }, (_, i) => (i < 8 || i === 13 ? 1 : 0));
    const schedule = layerSchedule(layerOf(net, masked(mask)), 2, 8);
    expect(schedule.dense).toBe(true);
    const w = (net.ops[0] as ArrayOp).weights.data;
    expect(Array.from({ length: 8 }, (_, step) => schedule.tiles[0]!.weights[2 * step + 1])).toEqual([0, 0, 0, 0, 0, w[13], 0, 0]);
  });
});

describe('encoded streams', () => {
  it.each([['direct', directFormat], ['bitmap', bitmapFormat]] as const)('hold every kept weight at its position: %s (seeds 1..6)', (index, format) => {
    for (let seed = 1; seed <= 6; seed++) {
      const config = validateConfig({ pes: [3, 4, 16][seed % 3]!, group: 8, index, bus: [32, 64, 512][seed % 3]! });
      const net = network(19, 10, seed);
      const layer = layerOf(net, (seed % 2 ? keepBalanced : keepUnconstrained)(net, 8, 3));
      const { tiles } = layerSchedule(layer, config.pes, 8);
      const stride = Math.max(...tiles.map((tile) => tile.steps));
      const weights = encodeWeights(tiles, stride, config);
      const indices = encodeIndices(tiles, stride, config, format);
      const granule = Math.max(8, config.bus / 16);
      const weightBits = Math.ceil((config.pes * 8) / granule) * granule;
      const fieldBits = format.bitsPerPe(8);
      const indexBits = Math.ceil((config.pes * fieldBits) / granule) * granule;
      expect((weights.bytes.length * 8) % config.bus).toBe(0);
      const found = new Int8Array(layer.weights.length);
      tiles.forEach((tile, t) => {
        let step = 0;
        tile.entries.forEach((entry, e) => {
          for (let s = 0; s < entry.count; s++) for (let pe = 0; pe < config.pes; pe++) {
            const weight = Number(BigInt.asIntN(8, bits(weights.bytes, (t * stride + step + s) * weightBits + pe * 8, 8)));
            const field = bits(indices.bytes, (t * stride + (index === 'direct' ? step + s : e)) * indexBits + pe * fieldBits, fieldBits);
            const set = Array.from({ length: 8 }, (_, i) => i).filter((i) => (field >> BigInt(i)) & 1n);
            const position = index === 'direct' ? Number(field) : (set[s] ?? 0);
            const channel = t * config.pes + pe;
            if (weight === 0) continue;
            const at = ((channel * 3 + entry.ky) * 3 + entry.kx) * 19 + entry.block * 8 + position;
            found[at] = found[at]! + weight;
          }
          step += entry.count;
        });
      });
      expect([...found]).toEqual([...layer.weights].map((weight, i) => (layer.mask![i] ? weight : 0)));
    }
  });

  it('hold schedule entries as offset and count - 1', () => {
    const config = validateConfig({ pes: 4, group: 8 });
    const { tiles } = layerSchedule(layerOf(network(19, 4)), 4, 8);
    const { bytes, words } = encodeSchedule(tiles, 0, (entry) => 100 * entry.ky + 10 * entry.kx + entry.block, config);
    expect(words).toBe(27);
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(0, true)).toBe((7 << 24) | 0);
    expect(view.getUint32(4 * 26, true)).toBe((2 << 24) | 222);
  });

  it('hold bias with the input zero point folded in, multiplier and both shifts of each channel', () => {
    const net = randomConvNetwork({ inputShape: [5, 5, 7], outChannels: 11, seed: 4, gain: 2000 });
    const layer = layerOf(net);
    const config = validateConfig({ pes: 4, group: 8, requant: 2, bus: 128 });
    const parameters = channelParameters(layer);
    expect(parameters.some(({ leftShift }) => leftShift > 0)).toBe(true);
    const { bytes, words } = encodeParameters(parameters, 4, 2, config);
    expect(words).toBe(4);
    for (let channel = 4; channel < 12; channel++) {
      const at = Math.floor((channel - 4) / 2) * 144 + ((channel - 4) % 2) * 72;
      const values = [bits(bytes, at, 32), bits(bytes, at + 32, 32), bits(bytes, at + 64, 5), bits(bytes, at + 69, 3)];
      const filter = layer.weights.subarray(channel * 63, channel * 63 + 63).reduce((a, b) => a + b, 0);
      const shift = layer.requant.shifts[channel] ?? 0;
      const expected = channel === 11 ? [0, 0, 0, 0] : [layer.bias[channel]! - layer.requant.inputZeroPoint * filter, layer.requant.multipliers[channel]!, Math.max(0, -shift), Math.max(0, shift)];
      expect([BigInt.asIntN(32, values[0]!), ...values.slice(1)].map(Number)).toEqual(expected);
    }
  });
});

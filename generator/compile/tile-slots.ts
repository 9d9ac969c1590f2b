// SPDX-License-Identifier: Apache-2.0
/** Owns what every PE does in every step of a schedule entry: its weight and its position in the word. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import type { ArrayLayer } from './array-layer.js';
import type { Entry } from './chunks.js';
import { levelOf, readWord, slotBuffer, type LayerSchedule } from './schedule.js';

/** Reads the steps of one PE and entry after the other into buffers of its own. */
export class TileSlots {
  /** Steps of the last entry read; steps past the kept ones have weight 0 and position 0. */
  readonly positions: Uint8Array;
  readonly weights: Int8Array;
  private readonly slots;

  constructor(
    private readonly layer: ArrayLayer,
    private readonly schedule: LayerSchedule,
    private readonly config: AccelConfig,
    private readonly format: IndexFormat,
  ) {
    this.positions = new Uint8Array(config.group);
    this.weights = new Int8Array(config.group);
    this.slots = slotBuffer(config.group);
  }

  /** Reads `entry` for one PE of a tile; returns how many positions it visits. */
  read(tile: number, entry: Entry, pe: number): number {
    const { layer, schedule, config: { group, pes } } = this;
    this.positions.fill(0, 0, entry.count);
    this.weights.fill(0, 0, entry.count);
    const channel = tile * pes + pe;
    if (schedule.commonIndices) this.positions[0] = pe % group;
    if (entry.kind === 'idle') return schedule.commonIndices ? 1 : 0;
    if (entry.kind === 'operand') return this.readOperand(channel, tile, entry, pe);
    const word = readWord(layer.channelwise, schedule.spread, channel, (schedule.firstWord[tile] as number) + entry.block, group);
    const weighs = entry.kind === 'sum' || entry.isLastTap;
    if (schedule.commonIndices) {
      const isMine = schedule.spread || Math.floor(pe / group) === entry.block;
      if (schedule.commonWeights) this.weights[0] = isMine && weighs ? 1 : 0;
      else if (weighs && channel < layer.output.channels && word >= 0 && layer.weights.slots(channel, this.tapOf(entry), word, this.slots) > 0) {
        this.weights[0] = this.slots.weights[0] as number;
      }
      return 1;
    }
    if (channel >= layer.output.channels || word < 0 || word >= layer.input.words) return schedule.dense ? inOrder(this.positions, entry.count) : 0;
    const count = layer.weights.slots(channel, this.tapOf(entry), word, this.slots);
    const { positions, weights } = this.slots;
    if (schedule.dense) {
      for (let i = 0; i < count; i++) this.weights[positions[i] as number] = weights[i] as number;
      return inOrder(this.positions, entry.count);
    }
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (schedule.levels > 1 && levelOf(positions, i, group, this.format) !== entry.level) continue;
      this.positions[kept] = positions[i] as number;
      this.weights[kept++] = weighs ? (weights[i] as number) : 0;
    }
    return kept;
  }

  /** A maximum has its weights under the last tap; the others only pass by. */
  private tapOf(entry: Entry): number {
    const { height, width } = this.layer.kernel;
    return entry.kind === 'maximum' ? height * width - 1 : entry.row * width + entry.column;
  }

  /** Channels that are gaps take what comes first, so that no PE is without an operand. */
  private readOperand(channel: number, tile: number, entry: Entry, pe: number): number {
    const { layer, schedule: { operand, commonIndices }, config: { group } } = this;
    const word = operand?.words[tile]?.[entry.block];
    const place = channel < layer.output.channels ? layer.operand?.place(channel) : undefined;
    if (commonIndices) {
      this.weights[0] = operand?.spread === true || Math.floor(pe / group) === entry.block ? 1 : 0;
      return 1;
    }
    if (operand?.spread === true) {
      [this.positions[0], this.weights[0]] = [pe % group, 1];
      return 1;
    }
    if (place === undefined ? entry.block !== 0 : place.word !== word) return 0;
    [this.positions[0], this.weights[0]] = [place?.position ?? 0, 1];
    return 1;
  }
}

function inOrder(positions: Uint8Array, count: number): number {
  for (let i = 0; i < count; i++) positions[i] = i;
  return count;
}

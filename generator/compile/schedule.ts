// SPDX-License-Identifier: Apache-2.0
/** Owns group schedules: which activation words an output-channel tile visits, and how many steps it spends on each. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import { DefectError } from '../core/errors.js';
import { ceilDiv } from '../core/integers.js';
import { MAX_SLOTS_PER_POSITION, type ArrayLayer, type SlotBuffer } from './array-layer.js';
import { operandSchedule, type OperandSchedule } from './operand-schedule.js';

/**
 * What every tile of P output channels visits: under each tap, `blocks` words from its first word on. Counts are the
 * maximum of kept weights over the PEs: exactly K when the mask is balanced.
 */
export interface LayerSchedule {
  readonly tileCount: number;
  readonly taps: number;
  readonly blocks: number;
  /** Entries that one word may take: 1, or more when weights are split and a word has more slots than an entry can hold. */
  readonly levels: number;
  /** Every cluster of GROUP PEs sees a word of its own: block 0 stands for CLUSTERS words. */
  readonly spread: boolean;
  /** Entries go word by word, and the weight is on the last tap of each. */
  readonly maximum: boolean;
  /** By tile: word of block 0. */
  readonly firstWord: Int32Array;
  /** Steps by tile, tap, block and level; 0: no entry. */
  readonly counts: Uint8Array;
  /** Every entry takes positions 0 .. size-1 of its word in order: no index is needed. */
  readonly dense: boolean;
  readonly maxCount: number;
  /** The entries of tile t are those of tile 0, `tileStep` words further on for each tile. */
  readonly shared: boolean;
  readonly tileStep: number;
  /** PE p takes position p mod GROUP in every step of every tile: one index stream serves all tiles. */
  readonly commonIndices: boolean;
  /** Moreover every weight is 1: one weight stream serves all tiles. */
  readonly commonWeights: boolean;
  readonly operand: OperandSchedule | undefined;
}

export const slotBuffer = (group: number): SlotBuffer => ({
  positions: new Uint8Array(group * MAX_SLOTS_PER_POSITION),
  weights: new Int8Array(group * MAX_SLOTS_PER_POSITION),
});

/** Whether two slots of a word have one position. */
export function hasRepeats(positions: Uint8Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (positions[i] === positions[i - 1]) return true;
  return false;
}

/** Without `maySpread` all PEs see one word at a time: slower, and less of the input at once. */
export function layerSchedule(layer: ArrayLayer, config: AccelConfig, format: IndexFormat, maySpread = true): LayerSchedule {
  const { pes, group } = config;
  const { clusters } = derive(config);
  const tileCount = ceilDiv(layer.output.channels, pes);
  const operand = layer.operand === undefined ? undefined : operandSchedule(layer.operand, layer.output.channels, config, maySpread);
  const spread = maySpread && layer.channelwise && clusters > 1 && layer.input.words > 1;
  const firstWord = Int32Array.from({ length: tileCount }, (_, tile) => (layer.channelwise ? Math.floor((tile * pes) / group) : 0));
  const shape = { tileCount, taps: layer.kernel.height * layer.kernel.width, blocks: blocksOf(layer, tileCount, spread, config), spread, firstWord };
  const counted = count(layer, shape, 1, config, format) ?? count(layer, shape, MAX_SLOTS_PER_POSITION, config, format);
  if (counted === undefined) throw new DefectError('layerSchedule', `a word of ${layer.name} has more slots than entries hold`);
  const tileStep = operand?.tileStep !== undefined || operand === undefined ? stepOf(counted.counts, firstWord) : undefined;
  const shared = tileStep !== undefined;
  const common = layer.channelwise && shared && pes % group === 0 && counted.canonical && (operand === undefined || operand.canonical);
  return {
    ...shape, ...counted, operand, shared, tileStep: tileStep ?? 0,
    maximum: layer.reduce === 'maximum',
    dense: counted.inOrder && operand === undefined && !spread && layer.reduce === 'sum',
    commonIndices: common,
    commonWeights: common && counted.ones,
  };
}

/** Words that a tile visits under a tap at most. */
function blocksOf(layer: ArrayLayer, tileCount: number, spread: boolean, { pes, group }: AccelConfig): number {
  if (!layer.channelwise) return layer.input.words;
  if (spread) return 1;
  const touched = Array.from({ length: tileCount }, (_, tile) => {
    const last = Math.min((tile + 1) * pes, layer.output.channels) - 1;
    return Math.floor(last / group) - Math.floor((tile * pes) / group) + 1;
  });
  return touched.reduce((most, each) => Math.max(most, each), 1);
}

interface Counted {
  readonly levels: number;
  readonly counts: Uint8Array;
  readonly maxCount: number;
  readonly inOrder: boolean;
  /** All slots are one a word, at the channel's position modulo GROUP; and all weights 1. */
  readonly canonical: boolean;
  readonly ones: boolean;
}

type Shape = Pick<LayerSchedule, 'tileCount' | 'taps' | 'blocks' | 'spread' | 'firstWord'>;

/** Counts the steps of every word; undefined when more levels are needed. */
function count(layer: ArrayLayer, { tileCount, taps, blocks, spread, firstWord }: Shape, levels: number, { pes, group }: AccelConfig, format: IndexFormat): Counted | undefined {
  const into = slotBuffer(group);
  const isMaximum = layer.reduce === 'maximum';
  const sizes = Array.from({ length: layer.input.words }, (_, word) => layer.weights.wordSize(word));
  const counts = new Uint8Array(tileCount * taps * blocks * levels);
  let [maxCount, inOrder, canonical, ones] = [0, levels === 1, levels === 1, true];
  const most = new Uint8Array(levels);
  for (let tile = 0, at = 0; tile < tileCount; tile++) {
    const channels = Math.min(pes, layer.output.channels - tile * pes);
    for (let tap = 0; tap < taps; tap++) {
      for (let block = 0; block < blocks; block++, at += levels) {
        let [slots, repeats] = [0, false];
        most.fill(0);
        for (let pe = 0; pe < channels; pe++) {
          const channel = tile * pes + pe;
          const word = readWord(layer.channelwise, spread, channel, (firstWord[tile] as number) + block, group);
          if (word < 0 || word >= layer.input.words) continue;
          const own = layer.weights.slots(channel, isMaximum ? taps - 1 : tap, word, into);
          if (own === 0) continue;
          slots = Math.max(slots, own);
          repeats ||= hasRepeats(into.positions, own);
          if (layer.channelwise) {
            canonical &&= own === 1 && into.positions[0] === channel % group;
            ones &&= into.weights[0] === 1;
          }
          countLevels(most, into.positions, own, group, format);
        }
        if (levels === 1 && (slots > group || (repeats && format.order === 'ascending'))) return undefined;
        if (slots > levels * group || (isMaximum && slots > 1)) throw new DefectError('layerSchedule', `${slots} slots of a word in ${layer.name}`);
        if (slots > 0) {
          counts.set(most, at);
          for (const each of most) maxCount = Math.max(maxCount, each);
          inOrder &&= slots === sizes[(firstWord[tile] as number) + block] && !repeats;
        }
      }
    }
  }
  return { levels, counts, maxCount: Math.max(1, maxCount), inOrder, canonical, ones };
}

/** Word that a channel reads when its tile visits `word`; -1: none, because it is another channel's. */
export function readWord(channelwise: boolean, spread: boolean, channel: number, word: number, group: number): number {
  if (!channelwise) return word;
  const own = Math.floor(channel / group);
  return spread || own === word ? own : -1;
}

/** Raises the steps of each level to what one PE's slots need. */
function countLevels(most: Uint8Array, positions: Uint8Array, slots: number, group: number, format: IndexFormat): void {
  if (most.length === 1) {
    most[0] = Math.max(most[0] as number, slots);
    return;
  }
  for (let level = 0; level < most.length; level++) {
    let own = 0;
    for (let i = 0; i < slots; i++) if (levelOf(positions, i, group, format) === level) own++;
    most[level] = Math.max(most[level] as number, own);
  }
}

/** Entry that slot i of a word belongs to: a position comes once in an entry where the decoder needs it, else G slots fill one. */
export function levelOf(positions: Uint8Array, i: number, group: number, format: IndexFormat): number {
  if (format.order === 'any') return Math.floor(i / group);
  let level = 0;
  while (i - level > 0 && positions[i - level - 1] === positions[i]) level++;
  return level;
}

/** Words from the entries of one tile to those of the next when all tiles have the same ones; else undefined. */
function stepOf(counts: Uint8Array, firstWord: Int32Array): number | undefined {
  const tiles = firstWord.length;
  const step = tiles > 1 ? (firstWord[1] as number) : 0;
  const perTile = counts.length / tiles;
  for (let tile = 1; tile < tiles; tile++) {
    if (firstWord[tile] !== tile * step) return undefined;
    for (let i = 0; i < perTile; i++) if (counts[tile * perTile + i] !== counts[i]) return undefined;
  }
  return step;
}

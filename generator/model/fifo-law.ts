// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the steps of a layer by its mask on an array that is not built: every processing element has a FIFO of activation words, so that it may run behind
 * the others. A model beside `mask-law.ts`, for comparison; it must never read a compiled program.
 */
import type { ArrayShape } from './law.js';

/** Shape of weights in OHWI order. */
type MaskShape = readonly [outChannels: number, kernelHeight: number, kernelWidth: number, inChannels: number];

/** By tile of P output channels: `slots[entry * filters + pe]` of the entries that any of its filters has a slot in, tap after tap, word after word. */
export interface TileCounts {
  readonly filters: number;
  readonly entries: number;
  readonly slots: Uint8Array;
}

/** Kept slots under each tap and word of G channels. `order[i]`: the filter in place i (default: as they are). */
export function tileCounts(mask: Uint8Array, [outChannels, kernelHeight, kernelWidth, inChannels]: MaskShape, { pes, group }: Pick<ArrayShape, 'pes' | 'group'>, order?: readonly number[]): TileCounts[] {
  const taps = kernelHeight * kernelWidth;
  const words = Math.ceil(inChannels / group);
  const tiles: TileCounts[] = [];
  for (let first = 0; first < outChannels; first += pes) {
    const filters = Math.min(pes, outChannels - first);
    const slots = new Uint8Array(taps * words * filters);
    let entries = 0;
    for (let tap = 0; tap < taps; tap++) {
      for (let word = 0; word < words; word++) {
        let any = false;
        for (let pe = 0; pe < filters; pe++) {
          const row = ((order?.[first + pe] ?? first + pe) * taps + tap) * inChannels;
          let count = 0;
          for (let i = word * group; i < Math.min(inChannels, (word + 1) * group); i++) count += mask[row + i] as number;
          slots[entries * filters + pe] = count;
          any ||= count > 0;
        }
        if (any) entries++;
      }
    }
    tiles.push({ filters, entries, slots: slots.subarray(0, entries * filters) });
  }
  return tiles;
}

/**
 * Steps of a pixel, by tile. Each entry (one activation word, with the slots that every PE has in it) is broadcast in the order of the schedule, at most one a cycle, to a FIFO
 * a PE of `depth` entries; the entry that a PE works on is one of them. A PE takes one cycle a slot, and one for an entry without a slot of its own: it has to take the word off its
 * FIFO. The broadcast waits while any FIFO is full. A pixel ends when the last PE is done: sums are captured and drained together. So `depth` 0 and 1 are lockstep, and Infinity
 * takes as long as the PE with the largest sum.
 */
export function fifoSteps(mask: Uint8Array, shape: MaskShape, array: Pick<ArrayShape, 'pes' | 'group'>, depth: number, order?: readonly number[]): number[] {
  const places = Math.max(1, depth);
  return tileCounts(mask, shape, array, order).map(({ filters, entries, slots }) => {
    /** When each PE is done with what it got so far; when the last PE was done with an entry. */
    const done = new Float64Array(filters);
    const drained = new Float64Array(entries);
    let broadcast = -1;
    for (let entry = 0; entry < entries; entry++) {
      broadcast = Math.max(broadcast + 1, entry >= places ? (drained[entry - places] as number) : 0);
      let last = 0;
      for (let pe = 0; pe < filters; pe++) {
        const end = Math.max(broadcast, done[pe] as number) + Math.max(1, slots[entry * filters + pe] as number);
        done[pe] = end;
        if (end > last) last = end;
      }
      drained[entry] = last;
    }
    return Math.max(1, drained[entries - 1] ?? 0);
  });
}

/** Logic that FIFOs of `depth` entries add, estimated for 7 series devices; not synthesized. */
export interface FifoCost {
  /** d x G bytes a PE and lane. */
  readonly bytes: number;
  /** In LUT RAM: 4 LUTs for 32 words of 6 bits, and two pointers and a level. */
  readonly luts: number;
  /** The output word, pointers and level; all bits of it where no LUT RAM is used. */
  readonly ff: number;
  readonly ffWithoutLutRam: number;
}

/** Of all PEs and lanes together. Undefined for unlimited FIFOs. */
export function fifoCost(depth: number, { pes, group, lanes }: Pick<ArrayShape, 'pes' | 'group' | 'lanes'>): FifoCost | undefined {
  if (!Number.isFinite(depth)) return undefined;
  const bits = 8 * group;
  let pointer = 1;
  while (2 ** pointer < depth) pointer++;
  const control = 3 * pointer + 1;
  const each = (perLane: number): number => pes * (perLane * lanes + control);
  return { bytes: pes * lanes * depth * group, luts: each(4 * Math.ceil(bits / 6) * Math.ceil(depth / 32)), ff: each(bits), ffWithoutLutRam: each(bits * depth) };
}

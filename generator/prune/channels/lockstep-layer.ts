// SPDX-License-Identifier: Apache-2.0
/** Owns the steps of one layer in lockstep while its filters and input channels change places; what `maskSteps` counts, kept up to date. */

import type { WeightShape } from '../scheme.js';

export class LockstepLayer {
  private readonly mask: Uint8Array;
  /** Slots by filter, tap and word. */
  private readonly counts: Int32Array;
  /** The most of a tile's filters, by tile, tap and word. */
  private readonly most: Int32Array;
  private readonly taps: number;
  private readonly words: number;
  private sum = 0;

  constructor(mask: Uint8Array, private readonly shape: WeightShape, private readonly pes: number, private readonly group: number) {
    const [filters, height, width, channels] = shape;
    this.mask = mask.slice();
    this.taps = height * width;
    this.words = Math.ceil(channels / group);
    this.counts = new Int32Array(filters * this.taps * this.words);
    this.mask.forEach((bit, i) => {
      const at = Math.floor(i / channels) * this.words + Math.floor((i % channels) / group);
      this.counts[at] = (this.counts[at] as number) + bit;
    });
    this.most = new Int32Array(Math.ceil(filters / pes) * this.taps * this.words);
    for (let tile = 0; tile * pes < filters; tile++) for (let word = 0; word < this.taps * this.words; word++) this.refresh(tile, word);
  }

  /** Steps of a pixel, all tiles together; tiles without a slot count as none. */
  get steps(): number {
    return this.sum;
  }

  private refresh(tile: number, word: number): void {
    const per = this.taps * this.words;
    const at = tile * per + word;
    let most = 0;
    for (let o = tile * this.pes; o < Math.min(this.shape[0], (tile + 1) * this.pes); o++) most = Math.max(most, this.counts[o * per + word] as number);
    this.sum += most - (this.most[at] as number);
    this.most[at] = most;
  }

  swapFilters(a: number, b: number): void {
    if (a === b) return;
    const exchange = (values: Uint8Array | Int32Array, per: number): void => {
      const own = values.slice(a * per, (a + 1) * per);
      values.copyWithin(a * per, b * per, (b + 1) * per);
      values.set(own, b * per);
    };
    const per = this.taps * this.words;
    exchange(this.mask, this.mask.length / this.shape[0]);
    exchange(this.counts, per);
    const tiles = new Set([Math.floor(a / this.pes), Math.floor(b / this.pes)]);
    if (tiles.size > 1) for (const tile of tiles) for (let word = 0; word < per; word++) this.refresh(tile, word);
  }

  swapChannels(p: number, q: number): void {
    const { mask, counts, words, group } = this;
    const [filters, , , channels] = this.shape;
    const [from, to] = [Math.floor(p / group), Math.floor(q / group)];
    for (let row = 0; row < filters * this.taps; row++) {
      const [x, y] = [mask[row * channels + p] as number, mask[row * channels + q] as number];
      if (x === y) continue;
      mask[row * channels + p] = y;
      mask[row * channels + q] = x;
      counts[row * words + from] = (counts[row * words + from] as number) + y - x;
      counts[row * words + to] = (counts[row * words + to] as number) + x - y;
    }
    if (from === to) return;
    for (let tile = 0; tile * this.pes < filters; tile++) for (let tap = 0; tap < this.taps; tap++) for (const word of [from, to]) this.refresh(tile, tap * words + word);
  }
}

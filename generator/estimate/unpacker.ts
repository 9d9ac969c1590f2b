// SPDX-License-Identifier: Apache-2.0
/** Owns the timing of a stream's way from beats to buffer words: one beat and one word a cycle at most. */
import type { StreamShape } from './units.js';

export class Unpacker {
  #word = 1;
  #beat = 1;
  #alwaysRoom = true;
  #granules = 0;
  #words = 0;
  /** The cycle that comes next. */
  #cycle = 0;

  /** A stream of `words` words begins; its first beat may come in `cycle`. */
  start({ word, beat }: StreamShape, words: number, cycle: number): void {
    this.#word = word;
    this.#beat = beat;
    this.#alwaysRoom = beat === 1 || word > beat;
    this.#granules = 0;
    this.#words = words;
    this.#cycle = cycle;
  }

  /** Offers a beat from `cycle` on; returns the cycle in which it is taken. */
  take(cycle: number): number {
    this.#run(cycle);
    // Without room two words wait, so one leaves now.
    if (!this.#alwaysRoom) while (this.#words > 0 && this.#granules >= 2 * this.#word) this.#run(this.#cycle + 1);
    const taken = this.#cycle;
    this.#run(taken + 1);
    if (this.#words > 0) this.#granules += this.#beat;
    return taken;
  }

  /** The first cycle from `cycle` on in which all words are written. */
  finish(cycle: number): number {
    const left = this.#words;
    const from = this.#cycle;
    this.#run(from + left);
    return Math.max(cycle, left === 0 ? from : from + left);
  }

  /** Lets words leave until `cycle`. */
  #run(cycle: number): void {
    if (cycle <= this.#cycle) return;
    const leave = Math.min(cycle - this.#cycle, this.#words, Math.floor(this.#granules / this.#word));
    this.#words -= leave;
    this.#granules -= leave * this.#word;
    this.#cycle = cycle;
  }
}

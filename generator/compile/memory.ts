// SPDX-License-Identifier: Apache-2.0
/** Owns the memory image: addresses from BASE in order of request, every piece aligned; no memory is reused. */
import { roundUp } from '../core/integers.js';
import { LimitError, LIMITS, limitText } from '../graph/limits.js';

/** A growing image of the accelerator's memory. */
export class MemoryImage {
  private readonly pieces: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  private end = 0;

  constructor(private readonly alignment: number) {}

  /** Reserves zeroed memory and returns its address. Throws LimitError. */
  reserve(bytes: number): number {
    const address = roundUp(this.end, this.alignment);
    this.end = address + bytes;
    if (this.end > LIMITS.imageBytes) {
      throw new LimitError('memory image', `${this.end} bytes of activations, weights and programs`, `at most ${limitText(LIMITS.imageBytes)}`, 'Use a smaller input or network, or a smaller group: channels are padded to groups.');
    }
    return address;
  }

  /** Puts constant data into memory and returns its address. */
  append(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length);
    this.pieces.push({ address, bytes });
    return address;
  }

  /** The whole image, `BASE` at index 0, a multiple of the alignment long. */
  image(): Uint8Array {
    const image = new Uint8Array(roundUp(this.end, this.alignment));
    for (const { address, bytes } of this.pieces) image.set(bytes, address);
    return image;
  }
}

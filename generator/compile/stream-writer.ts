// SPDX-License-Identifier: Apache-2.0
/** Owns a bit stream of equal words, as bus-aligned bytes; knows no meaning of a word. */
import { roundUp } from '../core/integers.js';

/** A stream and the buffer words in it. */
export interface EncodedStream {
  readonly bytes: Uint8Array;
  readonly words: number;
}

/** Bits that are written as one number. */
const CHUNK_BITS = 30;
const CHUNK_MASK = BigInt(2 ** CHUNK_BITS - 1);

/** Little-endian bit writer; every field is written once. */
export class StreamWriter {
  readonly bytes: Uint8Array;

  constructor(private readonly wordBits: number, private readonly words: number, busBytes: number) {
    this.bytes = new Uint8Array(roundUp((wordBits * words) / 8, busBytes));
  }

  /** A number of any width, two's complement. */
  put(word: number, lsb: number, width: number, value: bigint): void {
    let rest = BigInt.asUintN(width, value);
    for (let done = 0; done < width; done += CHUNK_BITS, rest >>= BigInt(CHUNK_BITS)) {
      this.putNumber(word, lsb + done, Math.min(CHUNK_BITS, width - done), Number(rest & CHUNK_MASK));
    }
  }

  /** A number of at most 32 bits, unsigned. */
  putNumber(word: number, lsb: number, width: number, value: number): void {
    const bit = word * this.wordBits + lsb;
    for (let done = 0; done < width; ) {
      const index = Math.floor((bit + done) / 8);
      const shift = (bit + done) % 8;
      this.bytes[index] = (this.bytes[index] as number) | (((value >>> done) << shift) & 0xff);
      done += 8 - shift;
    }
  }

  stream(): EncodedStream {
    return { bytes: this.bytes, words: this.words };
  }
}

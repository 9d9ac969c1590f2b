// SPDX-License-Identifier: Apache-2.0
/** Holds the BMP reader to a writer of its own and to damaged files. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { readBmp } from '../../generator/import/bmp.js';
import { ImageFormatError } from '../../generator/import/images.js';

interface Request {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly topDown?: boolean;
  readonly palette?: readonly (readonly [number, number, number])[];
}

/** A file whose pixel bytes come from `pixel(y, x)`: blue, green, red (and 0), or one palette index. */
function writeBmp({ width, height, depth, topDown = false, palette = [] }: Request, pixel: (y: number, x: number) => readonly number[]): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 32) * 4;
  const start = 54 + 4 * palette.length;
  const bytes = new Uint8Array(start + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, topDown ? -height : height, true);
  view.setUint16(28, depth, true);
  palette.forEach(([r, g, b], i) => bytes.set([b, g, r, 0], 54 + 4 * i));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) bytes.set(pixel(y, x), start + (topDown ? y : height - 1 - y) * rowBytes + (x * depth) / 8);
  }
  return bytes;
}

describe('readBmp', () => {
  it.each([[24, false], [24, true], [32, false]])('reads %i bits a pixel, rows from the top first: %s', (depth, topDown) => {
    const random = createRandom(depth);
    const pixels = Array.from({ length: 5 * 3 * 3 }, () => random.integer(0, 255));
    const bytes = writeBmp({ width: 5, height: 3, depth, topDown }, (y, x) => {
      const [r, g, b] = pixels.slice((5 * y + x) * 3) as [number, number, number];
      return depth === 24 ? [b, g, r] : [b, g, r, 0];
    });
    expect(readBmp(bytes)).toEqual({ height: 3, width: 5, channels: 3, data: Uint8Array.from(pixels) });
  });

  it('reads a palette, grey as one channel', () => {
    const grey = writeBmp({ width: 3, height: 1, depth: 8, palette: [[7, 7, 7], [200, 200, 200]] }, (_y, x) => [x & 1]);
    expect(readBmp(grey)).toEqual({ height: 1, width: 3, channels: 1, data: Uint8Array.of(7, 200, 7) });
    const colour = writeBmp({ width: 2, height: 1, depth: 8, palette: [[1, 2, 3], [4, 5, 6]] }, (_y, x) => [x]);
    expect(readBmp(colour).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it('refuses what it cannot read, with the reason', () => {
    const good = writeBmp({ width: 2, height: 2, depth: 24 }, () => [1, 2, 3]);
    const edit = (at: number, value: number): Uint8Array => good.map((byte, i) => (i === at ? value : byte));
    expect(() => readBmp(new Uint8Array(60))).toThrow(ImageFormatError);
    expect(() => readBmp(new Uint8Array(60), 'a.bmp')).toThrow('a.bmp: 60 bytes without a BMP header; expected a BMP image');
    expect(() => readBmp(edit(28, 16))).toThrow('16 bits a pixel, compression 0; expected 8, 24 or 32 bits, no compression');
    expect(() => readBmp(edit(30, 1))).toThrow('24 bits a pixel, compression 1');
    expect(() => readBmp(edit(18, 0))).toThrow('0 x 2 pixels; expected 1 to 32768 a side');
    expect(() => readBmp(good.slice(0, -1))).toThrow('69 bytes; expected 70 for 2 x 2 pixels of 24 bits');
    expect(() => readBmp(writeBmp({ width: 2, height: 1, depth: 8, palette: [[1, 1, 1]] }, () => [1]))).toThrow('colour 1; expected 0..0, the palette');
  });

  it('gives an image or an ImageFormatError for 2,000 damaged files (seed 1)', () => {
    const random = createRandom(1);
    const good = writeBmp({ width: 4, height: 4, depth: 8, palette: [[1, 1, 1], [2, 3, 4]] }, (y, x) => [(x + y) & 1]);
    for (let i = 0; i < 2000; i++) {
      const bytes = good.slice(0, random.next() < 0.2 ? random.integer(0, good.length) : good.length);
      if (bytes.length > 0) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      try {
        readBmp(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ImageFormatError);
      }
    }
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Holds pictures to files written by the libraries' encoders: pixels, sizes, channels, labels, the meaning of a pixel, damage. */

import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { LabelError } from '../../generator/import/image-errors.js';
import { ImageFormatError, readImages, readSources, toInt8Image, toRealImage } from '../../generator/import/images.js';
import { readJpeg } from '../../generator/import/jpeg.js';
import { classNumbers, parseLabels } from '../../generator/import/labels.js';
import { fitPixels, resizePixels, type PixelImage } from '../../generator/import/pixel-image.js';
import { pixelsToInt8, pixelsToReal, realToInt8 } from '../../generator/import/pixel-values.js';
import { readPicture } from '../../generator/import/picture.js';
import { readPng } from '../../generator/import/png.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { dataPath, readData } from '../support/data.js';

const random = createRandom(9);
const WIDTH = 5;
const HEIGHT = 4;
const RGB = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => random.integer(0, 255));
const rgba = (alpha: number): Buffer => Buffer.from(Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i % 4 === 3 ? alpha : RGB[Math.floor(i / 4) * 3 + (i % 4)]!)));

function png(colorType: 0 | 2 | 4 | 6, data = rgba(255)): Uint8Array {
  const image = new PNG({ width: WIDTH, height: HEIGHT });
  image.data = data;
  return new Uint8Array(PNG.sync.write(image, { colorType, inputColorType: 6, bgColor: { red: 0, green: 0, blue: 0 } }));
}

/** A smooth picture: JPEG keeps it within a few steps. */
const smooth = (width: number, height: number): PixelImage => ({
  width, height, channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [4 * (Math.floor(i / 3) % width), 3 * Math.floor(i / 3 / width), 90][i % 3]!),
});

function jpegOf({ width, height, data }: PixelImage): Uint8Array {
  const pixels = Buffer.from(Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : data[Math.floor(i / 4) * 3 + (i % 4)]!)));
  return new Uint8Array(jpeg.encode({ width, height, data: pixels }, 95).data);
}

const picture = (height: number, width: number, channels: 1 | 3, data: readonly number[]): PixelImage => ({ height, width, channels, data: Uint8Array.from(data) });

describe('PNG', () => {
  it('colour with and without transparency, which is left out', () => {
    for (const bytes of [png(2), png(6), png(6, rgba(77))]) expect(readPng(bytes)).toEqual({ height: HEIGHT, width: WIDTH, channels: 3, data: RGB });
  });

  it('grey, alone and with transparency, is three equal channels', () => {
    const grey = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i % 4 === 3 ? 255 : 7 * Math.floor(i / 4))));
    for (const type of [0, 4] as const) expect([...readPng(png(type, grey)).data]).toEqual(Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => 7 * Math.floor(i / 3)));
  });

  it('16 bits become 8', () => {
    const image = new PNG({ width: 2, height: 1 });
    image.data = Buffer.from(Uint16Array.of(0, 257, 0x8080, 0xffff, 65535, 257 * 3, 257 * 200, 0xffff).buffer);
    const bytes = new Uint8Array(PNG.sync.write(image, { bitDepth: 16, colorType: 2, inputColorType: 6 }));
    expect([...readPng(bytes).data]).toEqual([0, 1, 128, 255, 3, 200]);
  });

  it('is refused when it is damaged, too large or interlaced and long', () => {
    const good = png(2);
    const edit = (at: number, value: number): Uint8Array => good.map((byte, i) => (i === at ? value : byte));
    expect(() => readPng(good.slice(0, 40), 'a.png')).toThrow(ImageFormatError);
    expect(() => readPng(good.slice(0, 40), 'a.png')).toThrow(/^a\.png: a damaged PNG \(.+\); expected a whole PNG image\. Pass PNG, JPEG or BMP/);
    expect(() => readPng(edit(50, good[50]! ^ 1))).toThrow('a damaged PNG');
    expect(() => readPng(edit(16, 1), 'a.png')).toThrow('a.png: 16777221 x 4 pixels; expected 1 to 32768 a side, 67108864 in all.');
    expect(() => readPng(Uint8Array.from([...edit(28, 1), ...new Uint8Array(2 ** 18)]))).toThrow(/an interlaced PNG of \d+ bytes; expected one without interlacing, or of at most 262144 bytes/);
    expect(() => readPng(new Uint8Array(50))).toThrow('50 bytes without a PNG header');
  });
});

describe('JPEG', () => {
  it('is within a few steps of the picture', () => {
    const image = smooth(40, 24);
    const found = readJpeg(jpegOf(image));
    expect([found.width, found.height, found.channels]).toEqual([40, 24, 3]);
    found.data.forEach((value, i) => expect(Math.abs(value - image.data[i]!)).toBeLessThanOrEqual(8));
  });

  it('that ends early is refused', () => {
    const bytes = jpegOf(smooth(40, 24));
    expect(() => readJpeg(bytes.slice(0, 200), 'a.jpg')).toThrow(ImageFormatError);
    expect(() => readJpeg(bytes.slice(0, 200), 'a.jpg')).toThrow(/^a\.jpg: a damaged JPEG \(.+\); expected a whole JPEG image/);
    expect(() => readJpeg(new Uint8Array(9))).toThrow('9 bytes without a JPEG header');
  });
});

describe('damaged pictures', () => {
  it('end in pixels or an ImageFormatError: 600 mutations of each kind (seed 9)', () => {
    for (const good of [png(2), png(6), jpegOf(smooth(16, 8))]) {
      let refused = 0;
      for (let i = 0; i < 600; i++) {
        const bytes = good.slice(0, random.next() < 0.3 ? random.integer(0, good.length) : good.length);
        for (let n = random.integer(1, 4); n > 0 && bytes.length > 0; n--) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
        try {
          const { data, width, height, channels } = readPicture(bytes, good[0] === 0xff ? 'a.jpg' : 'a.png');
          expect(data.length).toBe(width * height * channels);
        } catch (error) {
          if (!(error instanceof ImageFormatError)) throw new Error(`mutation ${i} ended in ${String(error)}`, { cause: error });
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(100);
    }
  });

  it('under a wrong name are read as what they are, and other bytes are refused by the name', () => {
    expect(readPicture(png(2), 'a.jpg').data).toEqual(RGB);
    expect(() => readPicture(new Uint8Array(60), 'a.jpeg')).toThrow('a.jpeg: 60 bytes without a JPEG header');
    expect(() => readPicture(new Uint8Array(60), 'a.bmp')).toThrow('a.bmp: 60 bytes without a BMP header');
  });
});

describe('size and channels', () => {
  it('grey is repeated, colour becomes luma', () => {
    expect([...fitPixels(picture(1, 2, 1, [9, 200]), { height: 1, width: 2, channels: 3 }, undefined, 'x')]).toEqual([9, 9, 9, 200, 200, 200]);
    const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77];
    expect([...fitPixels(picture(2, 2, 3, colours), { height: 2, width: 2, channels: 1 }, undefined, 'x')]).toEqual([76, 150, 29, 77]);
    expect(() => fitPixels(picture(1, 1, 1, [0]), { height: 1, width: 1, channels: 2 }, undefined, 'x')).toThrow('x: a picture; expected values of 2 channels, which a picture does not have');
  });

  it('another size is refused with the remedy', () => {
    expect(() => fitPixels(picture(1, 2, 1, [9, 200]), { height: 4, width: 3, channels: 1 }, undefined, 'a.png')).toThrow(
      'a.png: 2 x 1 pixels; expected 3 x 4, what the network reads. Resize the picture, or add --resize nearest or --resize bilinear.',
    );
  });

  it('nearest takes the pixel under the centre, bilinear weighs four', () => {
    const row = picture(1, 2, 1, [0, 100]);
    expect([...resizePixels(row, 1, 4, 'nearest').data]).toEqual([0, 0, 100, 100]);
    expect([...resizePixels(row, 1, 4, 'bilinear').data]).toEqual([0, 25, 75, 100]);
    expect([...resizePixels(picture(2, 2, 1, [0, 100, 200, 100]), 1, 1, 'bilinear').data]).toEqual([100]);
    expect([...resizePixels(picture(1, 4, 1, [1, 2, 3, 4]), 1, 2, 'nearest').data]).toEqual([2, 4]);
    const same = picture(HEIGHT, WIDTH, 3, [...RGB]);
    for (const method of ['nearest', 'bilinear'] as const) expect(resizePixels(same, HEIGHT, WIDTH, method)).toEqual(same);
  });
});

describe('the meaning of a pixel', () => {
  const pixels = Uint8Array.of(0, 1, 127, 128, 255);
  it.each([
    ['value', { scale: 1, zeroPoint: -128 }, [-128, -127, -1, 0, 127]],
    ['value', { scale: 2, zeroPoint: -128 }, [-128, -127, -64, -64, 0]],
    ['unit', { scale: Math.fround(1 / 255), zeroPoint: -128 }, [-128, -127, -1, 0, 127]],
    ['signed', { scale: 1 / 64, zeroPoint: 5 }, [-59, -58, 5, 5, 69]],
    ['shift', { scale: 0.02, zeroPoint: 3 }, [-128, -127, -1, 0, 127]],
    ['bytes', { scale: 0.02, zeroPoint: 3 }, [0, 1, 127, -128, -1]],
  ] as const)('%s at %o', (meaning, input, expected) => {
    expect([...pixelsToInt8(pixels, meaning, input)]).toEqual(expected);
  });

  it('of a float network is a real number; int8 has none', () => {
    expect([...pixelsToReal(pixels, 'value')]).toEqual([0, 1, 127, 128, 255]);
    expect([...pixelsToReal(Uint8Array.of(0, 255), 'signed')]).toEqual([-1, 1]);
    const [raw] = readSources('a.raw', new Uint8Array(60), [1, HEIGHT, WIDTH, 3]);
    expect(() => toRealImage(raw!, 'value', 'a.raw')).toThrow('a.raw: int8 values, whose scale is not known; expected real values for a float network. Pass pictures, CIFAR-10 records or a .npy array of float32.');
  });

  it('a picture as int8 input is x - 128, and the same through real values at scale 1', () => {
    const input = { shape: [1, HEIGHT, WIDTH, 3], quantization: { scale: 1, zeroPoint: -128 } };
    const [image] = readImages('a.png', png(2), input);
    expect([...image!.data]).toEqual([...RGB].map((x) => x - 128));
    const [source] = readSources('a.png', png(2), input.shape);
    expect(realToInt8(toRealImage(source!).data, input.quantization)).toEqual(image!.data);
  });

  it.skipIf(dataPath('tflite-micro/person_detect.tflite') === undefined)('person_detect reads the bytes as they are: the recorded output', () => {
    const network = importTflite(readData('tflite-micro/person_detect.tflite'), 'person_detect');
    const { shape, quantization } = network.tensors[network.inputs[0]!]!;
    const [source] = readSources('person.bmp', readData('tflite-micro/person.bmp'), shape);
    const outputOf = (meaning: 'bytes' | 'shift'): number[] => [...goldenOutput(network, runGolden(network, toInt8Image(source!, quantization, meaning).data)).data];
    expect(outputOf('bytes')).toEqual([-113, 113]);
    expect(outputOf('shift')).not.toEqual([-113, 113]);
  });
});

describe('labels', () => {
  it('of a list: numbers, or names in alphabetical order; heading, quotes and more columns', () => {
    expect([...parseLabels('file,label\na.png,3\n"b.png", 7\n\n', 'l')]).toEqual([['a.png', 3], ['b.png', 7]]);
    expect([...parseLabels('x/a.png,12,dog\nx/b.png,12,cat\r\nc.png,0,dog', 'l')]).toEqual([['x/a.png', 1], ['x/b.png', 0], ['c.png', 1]]);
    expect(classNumbers(['10', '9', '10'])).toEqual(new Map([['10', 10], ['9', 9]]));
  });

  it('that contradict one another or are missing are refused', () => {
    expect(() => parseLabels('a.png,1\na.png,2', 'labels.csv')).toThrow(LabelError);
    expect(() => parseLabels('a.png,1\na.png,2', 'labels.csv')).toThrow('labels.csv, line 2: a.png is 2 here and 1 before; expected one label for a file. Write a line FILE,LABEL for every picture');
    expect(() => parseLabels('a.png', 'labels.csv')).toThrow('labels.csv, line 1: "a.png"; expected FILE,LABEL');
  });
});

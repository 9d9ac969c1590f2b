// SPDX-License-Identifier: Apache-2.0
/** Owns the files that images of digits become: PNG pictures with labels for gen-accel, .npy arrays for training, a sheet to look at. */
import { PNG } from 'pngjs';
import { digitImage, SIDE, type DigitImage, type Split } from './images.js';

/** Path within a folder -> content. */
export type Files = Map<string, Uint8Array | string>;

function png(width: number, height: number, grey: (x: number, y: number) => number): Uint8Array {
  const picture = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture.data.fill(grey(x, y), 4 * (y * width + x), 4 * (y * width + x) + 3).fill(255, 4 * (y * width + x) + 3, 4 * (y * width + x) + 4);
  }
  return new Uint8Array(PNG.sync.write(picture, { colorType: 0 }));
}

/** A folder that --images and --calibration read: 0000.png ... and labels.csv. */
export function pictureFolder(images: readonly DigitImage[]): Files {
  const name = (i: number): string => `${String(i).padStart(4, '0')}.png`;
  const files: Files = new Map(images.map(({ pixels }, i) => [name(i), png(SIDE, SIDE, (x, y) => pixels[y * SIDE + x] as number)]));
  return files.set('labels.csv', `file,label\n${images.map(({ label }, i) => `${name(i)},${label}\n`).join('')}`);
}

/** NumPy's format, version 1. */
export function npy(shape: readonly number[], data: Uint8Array): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`;
  const header = `${text}${' '.repeat(63 - ((10 + text.length) % 64))}\n`;
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, 10 + header.length);
  return bytes;
}

/** SPLIT.npy (N x SIDE x SIDE x 1) and SPLIT-labels.npy. */
export function arrays(split: Split, count: number): Files {
  const pixels = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const image = digitImage(split, i);
    pixels.set(image.pixels, i * SIDE * SIDE);
    labels[i] = image.label;
  }
  return new Map([[`${split}.npy`, npy([count, SIDE, SIDE, 1], pixels)], [`${split}-labels.npy`, npy([count], labels)]]);
}

/** Many images in one picture, `columns` a row, with a pixel between. */
export function sheet(images: readonly DigitImage[], columns: number): Uint8Array {
  const step = SIDE + 1;
  const rows = Math.ceil(images.length / columns);
  return png(columns * step - 1, rows * step - 1, (x, y) => {
    const image = images[Math.floor(y / step) * columns + Math.floor(x / step)];
    return x % step === SIDE || y % step === SIDE || image === undefined ? 128 : (image.pixels[(y % step) * SIDE + (x % step)] as number);
  });
}

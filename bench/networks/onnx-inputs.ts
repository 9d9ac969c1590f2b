// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the inputs of the ONNX models as real numbers, channels last: the bits of examples/onnxruntime-reference/inputs.py, which
 * onnxruntime was recorded on. Real numbers are computed in float64 and rounded once.
 */
import { createRandom } from '../../generator/core/random.js';
import { readBmp } from '../../generator/import/bmp.js';
import { readIdxImages, readIdxLabels } from '../../generator/import/idx.js';
import { readSources } from '../../generator/import/images.js';
import { fitPixels, resizePixels, type PixelImage } from '../../generator/import/pixel-image.js';
import { pixelsToReal, reversedChannels } from '../../generator/import/pixel-values.js';
import { gunzipSync } from 'node:zlib';
import { readDataFile } from './data-files.js';

/** A real input, with its class where it has one. */
export interface RealInput {
  readonly label?: number;
  readonly data: Float32Array;
}

export interface LabelledPixels {
  readonly label: number;
  readonly picture: PixelImage;
}

/** CIFAR-10 photos `from` up to `to`. */
export const photos = (set: 'train4000' | 'dev500', from: number, to: number): LabelledPixels[] =>
  readSources('photos.bin', readDataFile(`cifar10/${set}_cifarbin.bin`), [1, 32, 32, 3]).slice(from, to)
    .map(({ label, values }) => ({ label: label as number, picture: { height: 32, width: 32, channels: 3, data: Uint8Array.from(values.data) } }));

/** The first MNIST digits. */
export function digits(set: 'train' | 't10k', count: number): LabelledPixels[] {
  const read = (file: string): Uint8Array => new Uint8Array(gunzipSync(readDataFile(`mnist/${set}-${file}-ubyte.gz`)));
  const labels = readIdxLabels(read('labels-idx1'), set);
  return readIdxImages(read('images-idx3'), set).slice(0, count).map((picture, i) => ({ label: labels[i] as number, picture }));
}

export const PICTURES = ['coral/cat.bmp', 'coral/bird.bmp'] as const;
export const pictures = (): PixelImage[] => PICTURES.map((file) => readBmp(readDataFile(file), file));

/** Recorded as the int8 input of the TFLite model. */
const KEYWORD_SCALE = 0.5847029089927673;
const KEYWORD_ZERO = 83;
const FEATURES = 490;

export function keywords(): RealInput[] {
  const values = new Int8Array(readDataFile('eembc-kws01/dev250_x_i8_250x49x10.bin'));
  const labels = new TextDecoder().decode(readDataFile('eembc-kws01/dev250_labels.csv')).trim().split(/\r?\n/).map((line) => Number(line.split(',')[1]));
  return labels.map((label, i) => ({ label, data: Float32Array.from(values.subarray(FEATURES * i, FEATURES * (i + 1)), (q) => KEYWORD_SCALE * (q - KEYWORD_ZERO)) }));
}

const BANDS = 128;

/** Seeded log spectra, five frames of 128 bands in dB: a random walk over the bands, and 3 dB of noise from frame to frame. */
export function spectra(count: number): RealInput[] {
  const random = createRandom(1);
  return Array.from({ length: count }, () => {
    let level = -15 + 15 * random.next();
    const bands = Array.from({ length: BANDS }, () => {
      const band = level;
      level = level * 0.97 + (6 * random.next() - 3.6);
      return band;
    });
    return { data: Float32Array.from({ length: 5 * BANDS }, (_, i) => (bands[i % BANDS] as number) + (6 * random.next() - 3)) };
  });
}

export const bilinear = (picture: PixelImage, side: number): PixelImage => resizePixels(picture, side, side, 'bilinear');

/** side x side pictures of one size as one, in rows. */
export function mosaic(tiles: readonly PixelImage[], side: number): PixelImage {
  const { height: size, channels } = tiles[0] as PixelImage;
  const width = side * size;
  const data = new Uint8Array(width * width * channels);
  for (let i = 0; i < side * side; i++) {
    const [tileRow, tileColumn] = [Math.floor(i / side), i % side];
    for (let y = 0; y < size; y++) {
      const row = (tiles[i] as PixelImage).data.subarray(y * size * channels, (y + 1) * size * channels);
      data.set(row, ((tileRow * size + y) * width + tileColumn * size) * channels);
    }
  }
  return { height: width, width, channels, data };
}

/** What a model reads of a picture. */
export type Reading = (picture: PixelImage) => Float32Array;
export const asValue: Reading = ({ data }) => pixelsToReal(data, 'value');
export const normalized = (mean: readonly number[], deviation: readonly number[]): Reading => ({ data }) => pixelsToReal(data, 'unit', { mean, deviation });
/** Blue, green, red, less a mean. */
export const caffe: Reading = ({ data, channels }) => pixelsToReal(reversedChannels(data, channels), 'value', { mean: [104, 117, 123], deviation: [1] });
export const unitLuma: Reading = (picture) => pixelsToReal(fitPixels(picture, { ...picture, channels: 1 }, undefined, 'luma'), 'unit');

// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of input images from bytes: pictures, IDX and CIFAR-10 records, .npy arrays, raw int8. */

import type { Quantization } from '../graph/network.js';
import { elementCount, formatShape, imageSize, type Shape } from '../tensor/tensor.js';
import { isIdxName, readIdxImages } from './idx.js';
import { ImageFormatError } from './image-errors.js';
import { parseNpy } from './npy.js';
import { isPictureName, readPicture } from './picture.js';
import { fitPixels, type PixelImage, type ResizeMethod } from './pixel-image.js';
import { DEFAULT_INT8_PIXELS, DEFAULT_REAL_PIXELS, pixelsToInt8, pixelsToReal, realToInt8, type Normalization, type PixelMeaning, type RealPixels } from './pixel-values.js';

export { ImageFormatError } from './image-errors.js';

/** One input of an int8 network. */
export interface InputImage {
  /** Class number, where the format has one. */
  readonly label?: number;
  /** NHWC int8, ready for the network. */
  readonly data: Int8Array;
}

/** One input of a float network. */
export interface RealImage {
  readonly label?: number;
  readonly data: Float32Array;
}

/** What the network wants: shape and quantization of its input tensor. */
export interface InputSpec {
  readonly shape: Shape;
  readonly quantization: Quantization;
}

/** One input as its file has it, NHWC. */
export interface SourceImage {
  readonly label?: number;
  readonly values:
    | { readonly kind: 'pixels'; readonly data: Uint8Array }
    | { readonly kind: 'int8'; readonly data: Int8Array }
    | { readonly kind: 'real'; readonly data: Float32Array };
}

const labelOf = ({ label }: SourceImage): { readonly label?: number } => (label === undefined ? {} : { label });

/** `pixels` and `normalization` say what pixels mean; int8 is taken as it is, real values are quantized. */
export function toInt8Image(image: SourceImage, input: Quantization, pixels: PixelMeaning = DEFAULT_INT8_PIXELS, normalization?: Normalization): InputImage {
  const { values } = image;
  const data = values.kind === 'int8' ? values.data : values.kind === 'real' ? realToInt8(values.data, input) : pixelsToInt8(values.data, pixels, input, normalization);
  return { ...labelOf(image), data };
}

/** Throws ImageFormatError for int8, which says nothing about real values. */
export function toRealImage(image: SourceImage, pixels: RealPixels = DEFAULT_REAL_PIXELS, where = 'image', normalization?: Normalization): RealImage {
  const { values } = image;
  if (values.kind === 'int8') {
    throw new ImageFormatError(where, 'int8 values, whose scale is not known', 'real values for a float network', 'Pass pictures, CIFAR-10 records or a .npy array of float32.');
  }
  return { ...labelOf(image), data: values.kind === 'real' ? values.data : pixelsToReal(values.data, pixels, normalization) };
}

const CIFAR_PIXELS = 32 * 32;
/** One label byte, then 1024 red, 1024 green and 1024 blue bytes, row-major. */
const CIFAR_RECORD_BYTES = 1 + 3 * CIFAR_PIXELS;

/** CIFAR-10 binary records -> pixels, HWC. Throws ImageFormatError on a partial record. */
function cifarSources(bytes: Uint8Array, where: string): SourceImage[] {
  const count = bytes.length / CIFAR_RECORD_BYTES;
  if (count === 0 || !Number.isInteger(count)) {
    throw new ImageFormatError(where, `${bytes.length} bytes`, `a positive multiple of ${CIFAR_RECORD_BYTES} (1 label, 3 x 1024 pixels)`);
  }
  return Array.from({ length: count }, (_, record) => {
    const start = record * CIFAR_RECORD_BYTES;
    const label = bytes[start] as number;
    if (label > 9) throw new ImageFormatError(`${where}, record ${record}`, `label ${label}`, '0..9');
    const data = new Uint8Array(3 * CIFAR_PIXELS);
    for (let channel = 0; channel < 3; channel++) {
      const plane = start + 1 + channel * CIFAR_PIXELS;
      for (let pixel = 0; pixel < CIFAR_PIXELS; pixel++) data[3 * pixel + channel] = bytes[plane + pixel] as number;
    }
    return { label, values: { kind: 'pixels', data } };
  });
}

/** Raw int8, one image after the other. Throws ImageFormatError on a partial image. */
function rawSources(bytes: Uint8Array, shape: Shape, where: string): SourceImage[] {
  const size = elementCount(shape);
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new ImageFormatError(where, `${bytes.length} bytes`, `a positive multiple of ${size} (${formatShape(shape)})`);
  }
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) => ({ values: { kind: 'int8', data: values.slice(i * size, (i + 1) * size) } }));
}

/** A .npy array of one image or of N images (C order, N first), NHWC: int8 as it is, uint8 and float32 as real values. */
function npySources(bytes: Uint8Array, input: Shape, where: string): SourceImage[] {
  const { shape, type, data } = parseNpy(bytes, where);
  const size = elementCount(input);
  const one = input.slice(1);
  const matches = [input, one, [shape[0] ?? 0, ...one]].some((wanted) => formatShape(wanted) === formatShape(shape));
  if (!matches || data.length === 0) throw new ImageFormatError(where, `shape ${formatShape(shape)}`, `Nx${formatShape(one)} or ${formatShape(one)}`);
  const bad = type === 'float32' ? data.find((value) => !Number.isFinite(value)) : undefined;
  if (bad !== undefined) throw new ImageFormatError(where, `the value ${bad}`, 'finite numbers');
  return Array.from({ length: data.length / size }, (_, i): SourceImage => {
    const own = data.subarray(i * size, (i + 1) * size);
    return { values: own instanceof Int8Array ? { kind: 'int8', data: own.slice() } : { kind: 'real', data: Float32Array.from(own) } };
  });
}

/**
 * Images from a file's bytes; the format follows from the file's name and size: `.png`, `.jpg`, `.jpeg` and `.bmp`, IDX, `.npy`, then
 * CIFAR-10 records (`.bin` of a fitting size, for a 32 x 32 x 3 input), then raw int8. Throws ImageFormatError, NpyFormatError.
 */
export function readSources(fileName: string, bytes: Uint8Array, shape: Shape, resize?: ResizeMethod): SourceImage[] {
  const fitted = (picture: PixelImage): SourceImage => ({ values: { kind: 'pixels', data: fitPixels(picture, imageSize(shape), resize, fileName) } });
  if (isPictureName(fileName)) return [fitted(readPicture(bytes, fileName))];
  if (isIdxName(fileName)) return readIdxImages(bytes, fileName).map(fitted);
  if (/\.npy$/i.test(fileName)) return npySources(bytes, shape, fileName);
  const { height, width, channels } = imageSize(shape);
  const isCifarInput = height === 32 && width === 32 && channels === 3;
  const isRaw = bytes.length % elementCount(shape) === 0;
  if (isCifarInput && /\.bin$/i.test(fileName) && (bytes.length % CIFAR_RECORD_BYTES === 0 || !isRaw)) return cifarSources(bytes, fileName);
  return rawSources(bytes, shape, fileName);
}

const toInt8Images = (images: readonly SourceImage[], quantization: Quantization): InputImage[] => images.map((image) => toInt8Image(image, quantization));

/** The same, ready for an int8 network; pixels become x - 128. */
export const readImages = (fileName: string, bytes: Uint8Array, input: InputSpec): InputImage[] =>
  toInt8Images(readSources(fileName, bytes, input.shape), input.quantization);

/** CIFAR-10 binary records -> NHWC int8 (pixel - 128). Throws ImageFormatError on a partial record. */
export const readCifarRecords = (bytes: Uint8Array, where = 'CIFAR-10 records'): InputImage[] =>
  toInt8Images(cifarSources(bytes, where), { scale: 1, zeroPoint: -128 });

/** Raw int8, one image after the other. Throws ImageFormatError on a partial image. */
export const readRawInt8 = (bytes: Uint8Array, input: InputSpec, where = 'raw int8'): InputImage[] =>
  toInt8Images(rawSources(bytes, input.shape, where), input.quantization);

/** A .npy array; uint8 and float32 are quantized with the input's scale and zero point. */
export const readNpyImages = (bytes: Uint8Array, input: InputSpec, where = '.npy'): InputImage[] =>
  toInt8Images(npySources(bytes, input.shape, where), input.quantization);

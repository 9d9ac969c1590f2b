// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of input images from bytes: CIFAR-10 records, .npy arrays, raw int8. */

import { GenAccelError } from '../core/errors.js';
import { elementCount, formatShape, imageSize, type Shape } from '../tensor/tensor.js';
import type { Quantization } from '../graph/network.js';
import { parseNpy } from './npy.js';

/** One input of a network. */
export interface InputImage {
  /** Class number, where the format has one. */
  readonly label?: number;
  /** NHWC int8, ready for the network. */
  readonly data: Int8Array;
}

/** What the network wants: shape and quantization of its input tensor. */
export interface InputSpec {
  readonly shape: Shape;
  readonly quantization: Quantization;
}

/** The bytes are not images of the size that the network reads. */
export class ImageFormatError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_IMAGE_FORMAT', 'input', {
      where,
      found,
      expected,
      remedy: 'Pass CIFAR-10 binary records (.bin), a .npy array or raw int8 of the size of the network input.',
    });
  }
}

const CIFAR_PIXELS = 32 * 32;
/** One label byte, then 1024 red, 1024 green and 1024 blue bytes, row-major. */
const CIFAR_RECORD_BYTES = 1 + 3 * CIFAR_PIXELS;

/** CIFAR-10 binary records -> NHWC int8 (pixel - 128). Throws ImageFormatError on a partial record. */
export function readCifarRecords(bytes: Uint8Array, where = 'CIFAR-10 records'): InputImage[] {
  const count = bytes.length / CIFAR_RECORD_BYTES;
  if (count === 0 || !Number.isInteger(count)) {
    throw new ImageFormatError(where, `${bytes.length} bytes`, `a positive multiple of ${CIFAR_RECORD_BYTES} (1 label, 3 x 1024 pixels)`);
  }
  return Array.from({ length: count }, (_, record) => {
    const start = record * CIFAR_RECORD_BYTES;
    const label = bytes[start] as number;
    if (label > 9) throw new ImageFormatError(`${where}, record ${record}`, `label ${label}`, '0..9');
    const data = new Int8Array(3 * CIFAR_PIXELS);
    for (let channel = 0; channel < 3; channel++) {
      const plane = start + 1 + channel * CIFAR_PIXELS;
      for (let pixel = 0; pixel < CIFAR_PIXELS; pixel++) data[3 * pixel + channel] = (bytes[plane + pixel] as number) - 128;
    }
    return { label, data };
  });
}

/** Raw int8, one image after the other. Throws ImageFormatError on a partial image. */
export function readRawInt8(bytes: Uint8Array, input: InputSpec, where = 'raw int8'): InputImage[] {
  const size = elementCount(input.shape);
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new ImageFormatError(where, `${bytes.length} bytes`, `a positive multiple of ${size} (${formatShape(input.shape)})`);
  }
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) => ({ data: values.slice(i * size, (i + 1) * size) }));
}

/**
 * A .npy array of one image or of N images (C order, N first), NHWC.
 * int8 is taken as it is; uint8 and float32 are real values that are quantized with the input's scale and
 * zero point (for a scale of 1 and zero point -128 a uint8 pixel becomes pixel - 128).
 */
export function readNpyImages(bytes: Uint8Array, input: InputSpec, where = '.npy'): InputImage[] {
  const { shape, type, data } = parseNpy(bytes, where);
  const size = elementCount(input.shape);
  const one = input.shape.slice(1);
  const matches = [input.shape, one, [shape[0] ?? 0, ...one]].some((wanted) => formatShape(wanted) === formatShape(shape));
  if (!matches || data.length === 0) throw new ImageFormatError(where, `shape ${formatShape(shape)}`, `Nx${formatShape(one)} or ${formatShape(one)}`);
  const { scale, zeroPoint } = input.quantization;
  const toInt8 = (value: number): number => {
    if (type === 'int8') return value;
    if (!Number.isFinite(value)) throw new ImageFormatError(where, `the value ${value}`, 'finite numbers');
    const quotient = Math.fround(value / scale);
    return Math.min(127, Math.max(-128, Math.sign(quotient) * Math.round(Math.abs(quotient)) + zeroPoint));
  };
  const values = Int8Array.from(data, toInt8);
  return Array.from({ length: values.length / size }, (_, i) => ({ data: values.slice(i * size, (i + 1) * size) }));
}

/**
 * Images from a file's bytes; the format follows from the file's name and size: `.npy`, then CIFAR-10
 * records (`.bin` of a fitting size, for a 32 x 32 x 3 input), then raw int8.
 */
export function readImages(fileName: string, bytes: Uint8Array, input: InputSpec): InputImage[] {
  if (/\.npy$/i.test(fileName)) return readNpyImages(bytes, input, fileName);
  const { height, width, channels } = imageSize(input.shape);
  const isCifarInput = height === 32 && width === 32 && channels === 3;
  const isRaw = bytes.length % elementCount(input.shape) === 0;
  if (isCifarInput && /\.bin$/i.test(fileName) && (bytes.length % CIFAR_RECORD_BYTES === 0 || !isRaw)) {
    return readCifarRecords(bytes, fileName);
  }
  return readRawInt8(bytes, input, fileName);
}

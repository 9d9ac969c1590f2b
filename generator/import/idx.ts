// SPDX-License-Identifier: Apache-2.0
/** Owns the IDX format of MNIST and its kin: grey pictures of one size, one after the other, and their labels in a file of their own. */

import { formatShape } from '../tensor/tensor.js';
import { ImageFormatError } from './image-errors.js';
import type { PixelImage } from './pixel-image.js';

const UNSIGNED_BYTES = 0x08;

/** `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte`. */
export const isIdxName = (name: string): boolean => /[-.]idx\d(-ubyte)?$/i.test(name);

/** One number a picture, or nothing that could be pictures. */
export const isIdxLabelName = (name: string): boolean => /[-.]idx[12](-ubyte)?$/i.test(name);

/** The name of the labels beside these pictures: `t10k-images-idx3-ubyte` -> `t10k-labels-idx1-ubyte`. */
export const idxLabelName = (name: string): string => name.replace(/images(?=[^/]*$)/i, 'labels').replace(/idx\d(?=[^/]*$)/i, 'idx1');

/** The dimensions and the bytes behind the header. Throws ImageFormatError. */
function readIdx(bytes: Uint8Array, dimensions: number, where: string): { readonly shape: readonly number[]; readonly data: Uint8Array } {
  const [zero, alsoZero, type, found] = bytes;
  const expected = `an IDX file: 0, 0, ${UNSIGNED_BYTES} (unsigned bytes), ${dimensions} (dimensions)`;
  if (zero !== 0 || alsoZero !== 0 || type !== UNSIGNED_BYTES || found !== dimensions) {
    throw new ImageFormatError(where, `${bytes.length} bytes that begin with ${[...bytes.subarray(0, 4)].join(', ')}`, expected);
  }
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) throw new ImageFormatError(where, `${bytes.length} bytes`, `a header of ${start}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size === 0 || bytes.length - start !== size) throw new ImageFormatError(where, `${bytes.length - start} bytes behind the header`, `${size} (${formatShape(shape)}), more than none`);
  return { shape, data: bytes.subarray(start) };
}

/** The pictures of N x H x W unsigned bytes. Throws ImageFormatError. */
export function readIdxImages(bytes: Uint8Array, where: string): PixelImage[] {
  const { shape: [count = 0, height = 0, width = 0], data } = readIdx(bytes, 3, where);
  return Array.from({ length: count }, (_, i) => ({ height, width, channels: 1, data: data.subarray(i * height * width, (i + 1) * height * width) }));
}

/** The labels of N unsigned bytes. Throws ImageFormatError. */
export const readIdxLabels = (bytes: Uint8Array, where: string): readonly number[] => [...readIdx(bytes, 1, where).data];

// SPDX-License-Identifier: Apache-2.0
/** Owns how a tensor lies in memory: NHWC, channels padded to whole groups, maybe inside a larger tensor; packs and unpacks for the host. */
import { roundUp } from '../core/integers.js';
import { imageSize, type ImageSize, type Shape } from '../tensor/tensor.js';

/** Where a tensor lies. Pixels follow each other in steps of `pixelBytes`, rows in steps of `rowBytes`. */
export interface TensorLayout {
  /** Bytes from BASE; multiple of GROUP. */
  readonly address: number;
  readonly shape: Shape;
  readonly size: ImageSize;
  /** G-byte words that hold its channels, gaps included. */
  readonly words: number;
  /** Bytes of these words. */
  readonly pixelUsed: number;
  /** Lies inside a larger tensor: bytes between its pixels belong to others. */
  readonly isPart: boolean;
  /** Bytes from one pixel to the next; more than its words when it is a part of a larger tensor. */
  readonly pixelBytes: number;
  readonly rowBytes: number;
  /** Bytes from its first to behind its last. */
  readonly bytes: number;
  /** Bytes from one image of a batch to the next. */
  readonly imageBytes: number;
  /** Byte of each logical channel within a pixel; concatenation may leave gaps. */
  readonly channelMap: readonly number[];
}

/** Channel c in byte c. */
export const denseMap = (channels: number): number[] => Array.from({ length: channels }, (_, channel) => channel);

/** Words of GROUP bytes that hold a map. */
export const mapWords = (channelMap: readonly number[], group: number): number => Math.floor((channelMap.at(-1) ?? 0) / group) + 1;

/** A tensor on its own: pixels lie together, each a multiple of `wordUnit` words. */
export function tensorLayout(address: number, shape: Shape, group: number, channelMap: readonly number[] = denseMap(imageSize(shape).channels), wordUnit = 1): TensorLayout {
  const size = imageSize(shape);
  const words = mapWords(channelMap, group);
  const pixelBytes = roundUp(words, wordUnit) * group;
  const bytes = size.height * size.width * pixelBytes;
  return { address, shape, size, words, pixelUsed: words * group, isPart: false, pixelBytes, rowBytes: size.width * pixelBytes, bytes, imageBytes: bytes, channelMap };
}

/** A tensor that is a part of another one: its first element lies `row`, `column` and `word` words behind the other's. */
export function partLayout(whole: TensorLayout, shape: Shape, channelMap: readonly number[], group: number, at: { readonly row: number; readonly column: number; readonly word: number }): TensorLayout {
  const size = imageSize(shape);
  const words = mapWords(channelMap, group);
  const { pixelBytes, rowBytes, imageBytes } = whole;
  return {
    address: whole.address + at.row * rowBytes + at.column * pixelBytes + at.word * group,
    shape, size, words, pixelUsed: words * group, isPart: true, pixelBytes, rowBytes, imageBytes, channelMap,
    bytes: (size.height - 1) * rowBytes + (size.width - 1) * pixelBytes + words * group,
  };
}

/** The same tensor of another image of the batch. */
export const imageLayout = (layout: TensorLayout, image: number): TensorLayout => ({ ...layout, address: layout.address + image * layout.imageBytes });

/** Memory offset of each element in order. */
function forEachElement({ address, size, rowBytes, pixelBytes, channelMap }: TensorLayout, visit: (index: number, at: number) => void): void {
  let index = 0;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const pixel = address + y * rowBytes + x * pixelBytes;
      for (let c = 0; c < size.channels; c++) visit(index++, pixel + (channelMap[c] as number));
    }
  }
}

/** Writes a tensor (row-major, logical channels) into memory; padding channels of its words become 0. */
export function packTensor(memory: Uint8Array, layout: TensorLayout, data: Int8Array): void {
  const { address, size, rowBytes, pixelBytes, pixelUsed } = layout;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const pixel = address + y * rowBytes + x * pixelBytes;
      memory.fill(0, pixel, pixel + pixelUsed);
    }
  }
  forEachElement(layout, (index, at) => (memory[at] = data[index] as number));
}

/** Reads a tensor from memory, padding channels left out. */
export function unpackTensor(memory: Uint8Array, layout: TensorLayout): Int8Array {
  const { height, width, channels } = layout.size;
  const data = new Int8Array(height * width * channels);
  forEachElement(layout, (index, at) => (data[index] = memory[at] as number));
  return data;
}

// SPDX-License-Identifier: Apache-2.0
/** Owns how a tensor lies in memory: NHWC, channels padded to whole groups; packs and unpacks for the host. */
import { roundUp } from '../core/integers.js';
import { imageSize, type ImageSize, type Shape } from '../tensor/tensor.js';

/** Where a tensor lies. Pixels and rows follow each other without gaps; a pixel takes `pixelBytes`. */
export interface TensorLayout {
  /** Bytes from BASE; multiple of GROUP and of the bus width. */
  readonly address: number;
  readonly shape: Shape;
  readonly size: ImageSize;
  /** Channels rounded up to whole groups. */
  readonly pixelBytes: number;
  readonly rowBytes: number;
  readonly bytes: number;
  /** Byte of each logical channel within a pixel; later operators (concatenation) may leave gaps. */
  readonly channelMap: readonly number[];
}

export function tensorLayout(address: number, shape: Shape, group: number): TensorLayout {
  const size = imageSize(shape);
  const pixelBytes = roundUp(size.channels, group);
  return {
    address, shape, size, pixelBytes,
    rowBytes: size.width * pixelBytes,
    bytes: size.height * size.width * pixelBytes,
    channelMap: Array.from({ length: size.channels }, (_, channel) => channel),
  };
}

/** Writes a tensor (row-major, logical channels) into memory; padding channels become 0. */
export function packTensor(memory: Uint8Array, layout: TensorLayout, data: Int8Array): void {
  const { height, width, channels } = layout.size;
  memory.fill(0, layout.address, layout.address + layout.bytes);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const at = layout.address + pixel * layout.pixelBytes;
    for (let c = 0; c < channels; c++) memory[at + (layout.channelMap[c] as number)] = data[pixel * channels + c] as number;
  }
}

/** Reads a tensor from memory, padding channels left out. */
export function unpackTensor(memory: Uint8Array, layout: TensorLayout): Int8Array {
  const { height, width, channels } = layout.size;
  const data = new Int8Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const at = layout.address + pixel * layout.pixelBytes;
    for (let c = 0; c < channels; c++) data[pixel * channels + c] = memory[at + (layout.channelMap[c] as number)] as number;
  }
  return data;
}

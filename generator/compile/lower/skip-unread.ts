// SPDX-License-Identifier: Apache-2.0
/** Owns the rows and columns that a strided kernel never reads. */
import type { ArrayLayer } from '../array-layer.js';

/**
 * A kernel of one row that strides over rows never reads those between: they are not loaded, and the layer has stride 1.
 * Columns likewise, where a pixel is long enough to be fetched alone.
 */
export function skipUnread(layer: ArrayLayer, burstBytes: number, group: number): ArrayLayer {
  const { input, output, kernel, stride, padding } = layer;
  const skipsRows = kernel.height === 1 && padding.top === 0 && (output.height - 1) * stride.height < input.height;
  const skipsColumns = kernel.width === 1 && padding.left === 0 && (output.width - 1) * stride.width < input.width && input.words * group >= burstBytes;
  const height = skipsRows ? stride.height : 1;
  const width = skipsColumns ? stride.width : 1;
  return {
    ...layer,
    inputStep: { height, width },
    input: { ...input, height: height === 1 ? input.height : output.height, width: width === 1 ? input.width : output.width },
    stride: { height: stride.height / height, width: stride.width / width },
  };
}

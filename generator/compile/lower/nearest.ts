// SPDX-License-Identifier: Apache-2.0
/** Owns the question whether a resize repeats every row and column the same number of times. */
import type { Network, ResizeNearestOp } from '../../graph/network.js';
import { inputOf, outputOf } from '../../graph/query.js';
import { nearestIndex } from '../../graph/nearest-index.js';
import { imageSize } from '../../tensor/tensor.js';
import type { Extent } from '../array-layer.js';

/** Output rows and columns for each input row and column; undefined when they differ. */
export function wholeFactor(network: Network, op: ResizeNearestOp): Extent | undefined {
  const [from, to] = [imageSize(inputOf(network, op).shape), imageSize(outputOf(network, op).shape)];
  const factorOf = (inputs: number, outputs: number): number | undefined => {
    const factor = outputs / inputs;
    const isWhole = Number.isInteger(factor) && Array.from({ length: outputs }, (_, at) => nearestIndex(at, inputs, outputs, op)).every((index, at) => index === Math.floor(at / factor));
    return isWhole ? factor : undefined;
  };
  const [height, width] = [factorOf(from.height, to.height), factorOf(from.width, to.width)];
  return height === undefined || width === undefined ? undefined : { height, width };
}

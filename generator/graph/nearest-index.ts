// SPDX-License-Identifier: Apache-2.0
/** Owns TensorFlow's rule for resizing by nearest neighbour. */
import type { ResizeNearestOp } from './network.js';

/** The input row (column) that an output row (column) repeats: GetNearestNeighbor, in float32 as there. */
export function nearestIndex(at: number, inputs: number, outputs: number, op: Pick<ResizeNearestOp, 'alignCorners' | 'halfPixelCenters'>): number {
  const scale = op.alignCorners && outputs > 1 ? Math.fround((inputs - 1) / (outputs - 1)) : Math.fround(inputs / outputs);
  const place = Math.fround(Math.fround(at + (op.halfPixelCenters ? 0.5 : 0)) * scale);
  const index = op.alignCorners ? Math.floor(place + 0.5) : Math.floor(place);
  return Math.min(index, inputs - 1);
}

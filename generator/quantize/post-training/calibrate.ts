// SPDX-License-Identifier: Apache-2.0
/** Owns calibration: the float network is run on calibration inputs, and the values of every activation are taken down. */

import { runFloat } from '../../float/execute.js';
import type { FloatNetwork } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { CalibrationError } from './errors.js';
import { emptyHistogram, withValues, type Histogram } from './histogram.js';

export type Histograms = ReadonlyMap<TensorId, Histogram>;

/**
 * The distribution of every activation over all inputs, in whatever order they come.
 * Throws CalibrationError without inputs, or for a value that is not finite; TensorShapeError for an input of another size.
 */
export function calibrate(network: FloatNetwork, inputs: Iterable<Float32Array>): Histograms {
  const histograms = new Map<TensorId, Histogram>();
  let count = 0;
  for (const input of inputs) {
    for (const [id, values] of runFloat(network, input)) {
      const more = withValues(histograms.get(id) ?? emptyHistogram(), values);
      if (more === undefined) throw new CalibrationError(network.name, `a value in ${network.tensors[id]?.name ?? `tensor ${id}`} that is not finite, for input ${count}`);
      histograms.set(id, more);
    }
    count++;
  }
  if (count === 0) throw new CalibrationError(network.name, 'no calibration input');
  return histograms;
}

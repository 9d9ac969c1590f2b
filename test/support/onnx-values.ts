// SPDX-License-Identifier: Apache-2.0
/** Moves values between the dimension order of an ONNX tensor and that of the network's tensor, position by position. */
import type { OnnxPort } from '../../generator/import/onnx/convert-graph.js';
import { elementCount, stridesOf } from '../../generator/tensor/tensor.js';

/** Index in the network's tensor for every index of the ONNX tensor. */
function places({ shape, dims }: OnnxPort): number[] {
  const physical = dims.map((dim) => (dim < 0 ? 1 : (shape[dim] as number)));
  const [own, strides] = [stridesOf(shape), stridesOf(physical)];
  return Array.from({ length: elementCount(shape) }, (_, i) =>
    dims.reduce((sum, dim, p) => sum + (dim < 0 ? 0 : (Math.floor(i / (own[dim] as number)) % (shape[dim] as number)) * (strides[p] as number)), 0));
}

export function toNetwork(port: OnnxPort, values: ArrayLike<number>): Float32Array {
  const out = new Float32Array(values.length);
  places(port).forEach((to, i) => { out[to] = values[i] as number; });
  return out;
}

export const fromNetwork = (port: OnnxPort, values: ArrayLike<number>): Float32Array => Float32Array.from(places(port), (at) => values[at] as number);

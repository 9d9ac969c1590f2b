// SPDX-License-Identifier: Apache-2.0
/** Owns the import of an ONNX file: bytes in, a validated network out, in float32 or, for a quantized model, in int8. */

import type { FloatNetwork } from '../../float/network.js';
import { validateFloatNetwork } from '../../float/validate.js';
import type { ImportedNetwork } from '../tflite/import.js';
import { convertGraph, type ConvertedGraph, type OnnxPort } from './convert-graph.js';
import { readOnnxModel, type OnnxReading } from './model.js';
import { quantizedNetwork } from './quantized-network.js';

export interface ImportedOnnx {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** Images lie channels last, except where the model itself transposes them: the order with fewer transpositions. */
function converted(bytes: Uint8Array, name: string, reading: OnnxReading): ConvertedGraph {
  const model = readOnnxModel(bytes, reading);
  const last = convertGraph(model, name, false);
  if (last.transposeCount === 0) return last;
  const own = convertGraph(model, name, true);
  return own.transposeCount < last.transposeCount ? own : last;
}

/** A float model as it is. Throws the importer's errors or InvalidNetworkError, and nothing else, whatever the bytes are. */
export function importOnnxFloat(bytes: Uint8Array, name: string, reading: OnnxReading = {}): ImportedOnnx & { readonly network: FloatNetwork } {
  const { network, inputs, outputs } = converted(bytes, name, reading);
  return { network: validateFloatNetwork(network), inputs, outputs };
}

/** Any model: QuantizeLinear and its kin make it an integer one, which keeps the scales and zero points that it states. Errors as above. */
export function readOnnx(bytes: Uint8Array, name: string, reading: OnnxReading = {}): ImportedOnnx & ImportedNetwork {
  const graph = converted(bytes, name, reading);
  const { inputs, outputs } = graph;
  if (graph.quantizations.size > 0) return { kind: 'int8', network: quantizedNetwork(graph), inputs, outputs };
  return { kind: 'float32', network: validateFloatNetwork(graph.network), inputs, outputs };
}

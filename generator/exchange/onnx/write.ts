// SPDX-License-Identifier: Apache-2.0
/** Owns the writing of a float network as an ONNX file: float32, opset 13, images N x C x H x W. */

import { isFloatWeighted, type FloatNetwork, type FloatOp } from '../../float/network.js';
import { floatTensorById } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import { encodeModel } from '../../import/onnx/proto.js';
import type { Shape } from '../../tensor/tensor.js';
import { WritingContext } from './context.js';
import { GraphBuilder, valueInfo } from './graph-builder.js';
import { fileShape } from './layout.js';
import { writeOp } from './operators.js';
import { weightShapeInFile, weightsInFileOrder } from './weighted.js';

export const OPSET = 13;
/** The first that knows opset 13. */
const IR_VERSION = 7;

/** Where an operator's weights are in the file. */
export interface WrittenWeights {
  /** The initializer's name. */
  readonly name: string;
  /** O x I x H x W, or O x I of a fully connected layer. */
  readonly shape: Shape;
}

export interface WrittenOnnx {
  readonly bytes: Uint8Array;
  /** By the operator's name; nodes have the names of operators. */
  readonly weights: ReadonlyMap<string, WrittenWeights>;
  /** The file runs on any number of images at once: its first dimension has a name and no size. */
  readonly anyBatch: boolean;
}

/** An operator that gives the first dimension another meaning, or another size. */
function touchesBatch(network: FloatNetwork, op: FloatOp): boolean {
  switch (op.kind) {
    case 'transpose':
      return op.permutation[0] !== 0;
    case 'pad':
      return op.before[0] !== 0 || op.after[0] !== 0;
    case 'resize-nearest': {
      const [from, to] = [op.inputs[0], op.outputs[0]].map((id) => floatTensorById(network, id).shape) as [Shape, Shape];
      return [1, 2].some((d) => Math.floor((from[d] as number) * Math.fround((to[d] as number) / (from[d] as number))) !== to[d]);
    }
    default:
      return false;
  }
}

/** A bias of zeros before a batch norm is left out, as training tools leave it out. */
function needsBias(network: FloatNetwork, op: FloatOp): boolean {
  const [output] = op.outputs;
  const readers = network.ops.filter(({ inputs }) => (inputs as readonly TensorId[]).includes(output));
  return network.outputs.includes(output) || readers.length === 0 || readers.some(({ kind }) => kind !== 'batch-norm');
}

/**
 * The file of a valid network. Tensors and weights keep their names, made unique. Importing it gives the network's values again.
 * Throws UnwritableOpError.
 */
export function writeOnnx(network: FloatNetwork): WrittenOnnx {
  const graph = new GraphBuilder();
  const names = new Map<TensorId, string>();
  for (const id of [...network.inputs, ...network.outputs]) if (!names.has(id)) names.set(id, graph.unique(floatTensorById(network, id).name));
  const weights = new Map<string, WrittenWeights>();
  const initializers = new Map<string, string>();
  for (const op of network.ops.filter(isFloatWeighted)) {
    const shape = weightShapeInFile(op);
    const name = graph.floats(op.weights.name === '' ? `${op.name}/weights` : op.weights.name, shape, weightsInFileOrder(op, op.weights.data));
    initializers.set(op.name, name);
    weights.set(op.name, { name, shape });
  }
  for (const { id, name, constant } of network.tensors) if (!names.has(id) && constant === undefined) names.set(id, graph.unique(name));
  for (const op of network.ops) writeOp(new WritingContext(network, graph, op, names, needsBias(network, op)), op, initializers.get(op.name));

  const anyBatch = !network.ops.some((op) => touchesBatch(network, op));
  const port = (id: TensorId) => valueInfo(names.get(id) as string, fileShape(floatTensorById(network, id).shape), anyBatch ? 'N' : undefined);
  const proto = graph.finish(network.name, network.inputs.map(port), network.outputs.map(port));
  return { bytes: encodeModel({ ir_version: IR_VERSION, opset_import: [{ domain: '', version: OPSET }], graph: proto }), weights, anyBatch };
}

// SPDX-License-Identifier: Apache-2.0
/** Owns an ONNX model as plain data: nodes in execution order, constants, typed inputs. Knows no operator. */

import { LimitError, LIMITS, limitText, shapeProblem } from '../../graph/limits.js';
import type { Shape } from '../../tensor/tensor.js';
import { isAbsent, readAttribute, type AttributeValue } from './attributes.js';
import { DynamicOnnxShapeError, MalformedOnnxError, quoted, UnsupportedOnnxOpsetError, UnsupportedOnnxTypeError } from './errors.js';
import { ExternalData, type ExternalLoader } from './external-data.js';
import { inOrder } from './node-order.js';
import { decodeModel, toNumber, type GraphProto, type NodeProto, type ValueInfoProto } from './proto.js';
import { readTensor, typeName, type OnnxTensor } from './tensors.js';

export type { AttributeValue } from './attributes.js';

export interface OnnxNode {
  readonly index: number;
  readonly name: string;
  readonly domain: string;
  readonly type: string;
  /** Of the node's domain. */
  readonly opset: number;
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** An input that no initializer gives a value. */
export interface OnnxInput {
  readonly name: string;
  /** As its name; operators refuse those they cannot read. */
  readonly type: string;
  readonly shape: Shape;
}

export interface OnnxModel {
  /** Of the file and its external data. */
  readonly bytes: number;
  readonly opset: number;
  /** Every node comes after those that it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
}

export interface OnnxReading {
  /** Reads external data from the model's folder. */
  readonly external?: ExternalLoader;
  /** Inputs that become constants. */
  readonly fixed?: ReadonlyMap<string, OnnxTensor>;
}

/** Older operators keep their meaning; the tests cover 7 to 21 and some of 1 and of 22 to 25. */
export const OPSETS = { oldest: 1, newest: 25 } as const;

const AI_ONNX = new Set(['', 'ai.onnx']);

function readNode(proto: NodeProto, index: number, opsets: ReadonlyMap<string, number>, external: ExternalData): OnnxNode {
  const domain = AI_ONNX.has(proto.domain ?? '') ? '' : (proto.domain as string);
  const node = {
    index,
    name: proto.name ?? '',
    domain,
    type: proto.op_type ?? '',
    opset: opsets.get(domain) ?? 1,
    inputs: [...(proto.input ?? [])],
    outputs: [...(proto.output ?? [])],
  };
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of proto.attribute ?? []) {
    const value = readAttribute(attribute, node, external);
    if (value !== undefined) attributes.set(attribute.name ?? '', value);
  }
  return { ...node, attributes };
}

/** A dimension without a value, or of -1 or 0, is dynamic: the batch becomes 1. */
function readInput(info: ValueInfoProto): OnnxInput {
  const name = info.name ?? '';
  const where = `input ${quoted(name)}`;
  const tensor = info.type?.tensor_type;
  if (isAbsent(tensor)) throw new UnsupportedOnnxTypeError(where, 'no tensor', 'a tensor of float32, int8 or uint8');
  const type = typeName(tensor.elem_type ?? 0);
  if (isAbsent(tensor.shape)) throw new DynamicOnnxShapeError(where, 'no shape', 'a shape');
  const shape = (tensor.shape.dim ?? []).map((dim, d) => {
    const value = toNumber(dim.dim_value ?? 0);
    if (value >= 1 && Number.isSafeInteger(value)) return value;
    if (d === 0) return 1;
    throw new DynamicOnnxShapeError(where, `dimension ${d} is ${dim.dim_param === undefined || dim.dim_param === '' ? value : dim.dim_param}`, 'a number');
  });
  const problem = shapeProblem(shape);
  if (problem !== undefined) throw new LimitError(`ONNX ${where}`, problem, `at most ${limitText(LIMITS.tensorValues)} values and ${LIMITS.rank} dimensions`);
  return { name, type, shape };
}

function readOpsets(imports: readonly { readonly domain?: string; readonly version?: Parameters<typeof toNumber>[0] }[] | undefined): Map<string, number> {
  const opsets = new Map((imports ?? []).map(({ domain = '', version = 1 }) => [AI_ONNX.has(domain) ? '' : domain, toNumber(version)]));
  const opset = opsets.get('') ?? OPSETS.oldest;
  if (!(opset >= OPSETS.oldest && opset <= OPSETS.newest)) throw new UnsupportedOnnxOpsetError(`opset ${opset}`, `${OPSETS.oldest} to ${OPSETS.newest}`);
  return opsets.set('', opset);
}

/** Throws the importer's errors. */
export function readOnnxModel(bytes: Uint8Array, { external, fixed = new Map() }: OnnxReading): OnnxModel {
  const proto = decodeModel(bytes);
  if (isAbsent(proto.graph)) throw new MalformedOnnxError('file', 'no graph', 'a model with a graph');
  const data = new ExternalData(external);
  const graph = readGraph(proto.graph, readOpsets(proto.opset_import), data, fixed);
  return { bytes: bytes.length + data.taken, ...graph };
}

function readGraph(graph: GraphProto, opsets: ReadonlyMap<string, number>, external: ExternalData, fixed: ReadonlyMap<string, OnnxTensor>): Omit<OnnxModel, 'bytes'> {
  if ((graph.sparse_initializer ?? []).length > 0) throw new UnsupportedOnnxTypeError('graph', 'a sparse initializer', 'dense initializers');
  const constants = new Map(fixed);
  for (const initializer of graph.initializer ?? []) {
    const tensor = readTensor(initializer, 'initializer', external);
    if (constants.has(tensor.name)) throw new MalformedOnnxError('graph', `two initializers ${quoted(tensor.name)}`, 'one');
    constants.set(tensor.name, tensor);
  }
  // Old files list their initializers among the inputs.
  const inputs = (graph.input ?? []).filter(({ name = '' }) => !constants.has(name)).map(readInput);
  const names = new Set(inputs.map(({ name }) => name));
  if (names.size !== inputs.length) throw new MalformedOnnxError('graph', 'two inputs of one name', 'one');
  const nodes = (graph.node ?? []).map((node, index) => readNode(node, index, opsets, external));
  const outputs = (graph.output ?? []).map(({ name = '' }) => name);
  if (inputs.length === 0 || outputs.length === 0) throw new MalformedOnnxError('graph', `${inputs.length} inputs and ${outputs.length} outputs`, 'at least one of both');
  return { opset: opsets.get('') ?? 1, nodes: inOrder(nodes, [...names, ...constants.keys()]), constants, inputs, outputs };
}

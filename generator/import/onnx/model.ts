// SPDX-License-Identifier: Apache-2.0
/** Owns an ONNX model as plain data: nodes in execution order, constants, typed inputs. Knows no operator. */

import { LimitError, LIMITS, limitText, shapeProblem } from '../../graph/limits.js';
import type { Shape } from '../../tensor/tensor.js';
import { DynamicOnnxShapeError, MalformedOnnxError, quoted, UnsupportedOnnxOpError, UnsupportedOnnxOpsetError, UnsupportedOnnxTypeError } from './errors.js';
import { decodeModel, toNumber, type AttributeProto, type GraphProto, type NodeProto, type ValueInfoProto } from './proto.js';
import { readTensor, typeName, type ExternalLoader, type OnnxTensor } from './tensors.js';

export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor };

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

const [FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS, , GRAPHS] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Absent bytes are an empty list. */
const text = (bytes: ArrayLike<number> | undefined): string => new TextDecoder().decode(Uint8Array.from(bytes ?? []));

/** A message that is not in the file is null there. */
const isAbsent = (message: object | null | undefined): message is null | undefined => message === undefined || message === null;

/** Old files leave the type out: the field that is there tells it. */
function attributeType(proto: AttributeProto): number | undefined {
  if (proto.type !== undefined && proto.type !== 0) return proto.type;
  const has = (field: keyof AttributeProto): boolean => Object.hasOwn(proto, field);
  if (has('f')) return FLOAT;
  if (has('i')) return INT;
  if (has('s')) return STRING;
  if (has('t')) return TENSOR;
  if (has('g')) return GRAPH;
  if ((proto.floats ?? []).length > 0) return FLOATS;
  if ((proto.ints ?? []).length > 0) return INTS;
  if ((proto.strings ?? []).length > 0) return STRINGS;
  return (proto.graphs ?? []).length > 0 ? GRAPHS : undefined;
}

function readAttribute(proto: AttributeProto, node: Omit<OnnxNode, 'attributes'>, external: ExternalLoader | undefined): AttributeValue | undefined {
  const place = `node ${node.index} (${node.type}), attribute ${proto.name ?? ''}`;
  if ((proto.ref_attr_name ?? '') !== '') throw new UnsupportedOnnxOpError(node, `attribute ${proto.name ?? ''} of a function`, 'a value');
  switch (attributeType(proto)) {
    case FLOAT:
      return { kind: 'float', value: proto.f ?? 0 };
    case INT:
      return { kind: 'int', value: toNumber(proto.i ?? 0) };
    case STRING:
      return { kind: 'string', value: text(proto.s) };
    case TENSOR:
      if (isAbsent(proto.t)) throw new MalformedOnnxError(place, 'no tensor', 'one');
      return { kind: 'tensor', value: readTensor(proto.t, place, external) };
    case FLOATS:
      return { kind: 'floats', value: proto.floats ?? [] };
    case INTS:
      return { kind: 'ints', value: (proto.ints ?? []).map(toNumber) };
    case STRINGS:
      return { kind: 'strings', value: (proto.strings ?? []).map(text) };
    case GRAPH:
    case GRAPHS:
      throw new UnsupportedOnnxOpError(node, `a subgraph (attribute ${proto.name ?? ''})`, 'a model without branches and loops', 'Export the model with the branch that is taken (torch.onnx.export without scripting), or run onnx-simplifier.');
    case undefined:
      return undefined;
    default:
      throw new UnsupportedOnnxOpError(node, `attribute ${proto.name ?? ''} of type ${proto.type ?? 0}`, 'numbers, strings or a tensor');
  }
}

const AI_ONNX = new Set(['', 'ai.onnx']);

function readNode(proto: NodeProto, index: number, opsets: ReadonlyMap<string, number>, external: ExternalLoader | undefined): OnnxNode {
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
    throw new DynamicOnnxShapeError(where, `dimension ${d} is ${dim.dim_param ?? value}`, 'a number');
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

/** The nodes in an order in which each follows what it reads. Throws MalformedOnnxError for a cycle, a name without origin or a name that is written twice. */
export function inOrder(nodes: readonly OnnxNode[], known: Iterable<string>): OnnxNode[] {
  const written = new Set(known);
  const readers = new Map<string, number[]>();
  const missing = nodes.map(() => 0);
  const writers = new Set<string>();
  for (const { outputs, index } of nodes) {
    for (const name of outputs.filter((output) => output !== '')) {
      if (written.has(name) || writers.has(name)) throw new MalformedOnnxError(`node ${index}`, `${quoted(name)} is written a second time`, 'one writer');
      writers.add(name);
    }
  }
  nodes.forEach(({ inputs, index, type }, at) => {
    for (const name of new Set(inputs)) {
      if (name === '' || written.has(name)) continue;
      if (!writers.has(name)) throw new MalformedOnnxError(`node ${index} (${type})`, `reads ${quoted(name)}, which nothing writes`, 'an input, an initializer or the output of a node');
      missing[at] = (missing[at] as number) + 1;
      const own = readers.get(name);
      if (own === undefined) readers.set(name, [at]);
      else own.push(at);
    }
  });
  // Lowest place first among the nodes that are ready: a file in order keeps its order.
  const order: OnnxNode[] = [];
  const ready = new Set<number>();
  const pass = (at: number): void => {
    const node = nodes[at] as OnnxNode;
    order.push(node);
    for (const name of node.outputs) {
      for (const reader of readers.get(name) ?? []) {
        missing[reader] = (missing[reader] as number) - 1;
        if (missing[reader] === 0 && reader < place) ready.add(reader);
      }
    }
  };
  let place = 0;
  for (; place < nodes.length; place++) {
    if (missing[place] !== 0) continue;
    pass(place);
    for (const late of ready) {
      ready.delete(late);
      pass(late);
    }
  }
  if (order.length < nodes.length) throw new MalformedOnnxError('graph', `${nodes.length - order.length} nodes read each other in a circle`, 'a graph without cycles');
  return order;
}

/** Throws the importer's errors. */
export function readOnnxModel(bytes: Uint8Array, { external, fixed = new Map() }: OnnxReading): OnnxModel {
  const proto = decodeModel(bytes);
  if (isAbsent(proto.graph)) throw new MalformedOnnxError('file', 'no graph', 'a model with a graph');
  return readGraph(proto.graph, readOpsets(proto.opset_import), external, fixed);
}

function readGraph(graph: GraphProto, opsets: ReadonlyMap<string, number>, external: ExternalLoader | undefined, fixed: ReadonlyMap<string, OnnxTensor>): OnnxModel {
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

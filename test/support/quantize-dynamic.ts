// SPDX-License-Identifier: Apache-2.0
/** Rewrites a float ONNX model as onnxruntime's quantize_dynamic does by default: int8 weights, one scale a tensor, zero point 0. */
import { createHash } from 'node:crypto';
import { decodeModel, encodeModel, toNumber, type NodeProto, type TensorProto } from '../../generator/import/onnx/proto.js';
import { readTensor } from '../../generator/import/onnx/tensors.js';
import { floats, INT8, integers, node } from './onnx-model.js';

interface IntegerTensor {
  readonly scale: number;
  readonly data: Int8Array;
}

/** Halves to even, as numpy. */
function round(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** -127..127 over the largest magnitude, in float32. */
function quantized(values: ArrayLike<number>): IntegerTensor {
  const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = Math.fround((2 * largest) / 254);
  return { scale, data: Int8Array.from(values, (value) => round(Math.fround(value / scale))) };
}

/** A matrix of rows x columns, column by column. */
const transposed = (values: ArrayLike<number>, rows: number, columns: number): number[] =>
  Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);

export interface DynamicModel {
  readonly bytes: Uint8Array;
  /** Of the integer weights of every product, in order of the digests. */
  readonly weightsSha256: readonly string[];
}

/** Conv, and Gemm with transposed B, become integer products with the scales and biases behind them. */
export function quantizeDynamic(bytes: Uint8Array): DynamicModel {
  const { graph = {}, ...rest } = decodeModel(bytes);
  const constants = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? '', readTensor(tensor, 'initializer')]));
  const added: TensorProto[] = [];
  const digests: string[] = [];
  const known = new Set<string>();
  const rewritten = (graph.node ?? []).flatMap((one): NodeProto[] => {
    const [type, [x = '', w = '', b = ''], [y = '']] = [one.op_type ?? '', one.input ?? [], one.output ?? []];
    const weights = constants.get(w);
    if ((type !== 'Conv' && type !== 'Gemm') || weights === undefined) return [one];
    const isConv = type === 'Conv';
    const [outputs = 1, depth = 1] = weights.shape;
    const { scale, data } = quantized(isConv ? weights.data : transposed(weights.data, outputs, depth));
    digests.push(createHash('sha256').update(data).digest('hex'));
    added.push(integers(`${w}_quantized`, isConv ? weights.shape : [depth, outputs], data, INT8), integers(`${w}_zero_point`, [], [0], INT8), floats(`${w}_scale`, [], [scale]));
    const isNew = !known.has(x);
    known.add(x);
    const product = { ...node(isConv ? 'ConvInteger' : 'MatMulInteger', [`${x}_quantized`, `${w}_quantized`, `${x}_zero_point`, `${w}_zero_point`], `${y}_sums`), attribute: isConv ? (one.attribute ?? []) : [] };
    const bias = constants.get(b);
    if (bias !== undefined) added.push(floats(`${y}_bias`, isConv ? [1, outputs, 1, 1] : [outputs], bias.data));
    return [
      ...(isNew ? [node('DynamicQuantizeLinear', [x], [`${x}_quantized`, `${x}_scale`, `${x}_zero_point`])] : []),
      node('Mul', [`${x}_scale`, `${w}_scale`], `${y}_scale`),
      product,
      node('Cast', [`${y}_sums`], `${y}_cast`, [{ name: 'to', type: 2, i: 1 }]),
      node('Mul', [`${y}_cast`, `${y}_scale`], bias === undefined ? y : `${y}_real`),
      ...(bias === undefined ? [] : [node('Add', [`${y}_real`, `${y}_bias`], y)]),
    ];
  });
  const model = { ...rest, ir_version: toNumber(rest.ir_version ?? 7), graph: { ...graph, node: rewritten, initializer: [...(graph.initializer ?? []), ...added] } };
  return { bytes: encodeModel(model), weightsSha256: digests.toSorted() };
}

// SPDX-License-Identifier: Apache-2.0
/** Holds the TFLite importer to one hostile file for each thing that can be wrong, with the text that the user reads. */
import { Builder } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import type { Shape } from '../../generator/tensor/tensor.js';
import { opNetwork, type OpRequest, type TensorRequest } from '../support/op-network.js';
import { writeTflite } from '../support/tflite-writer.js';
import { refusalOf } from './refusal.js';
import { readTree, writeTree } from './tflite-tree.js';

interface TensorTree {
  shape: Shape;
  type: number;
  buffer: number;
  name: string;
  quantization: { scale: number[]; zero_point: bigint[]; quantized_dimension: number };
}
interface ModelTree {
  version: number;
  codes: { custom?: string }[];
  buffers: { data?: Uint8Array }[];
  subgraphs: { tensors: TensorTree[]; operators: { inputs: number[]; outputs: number[]; options: Record<string, number> }[]; inputs: number[]; outputs: number[] }[];
}
type Graph = ModelTree['subgraphs'][number];

/** The file after a change of its fields. */
function edited(bytes: Uint8Array, change: (graph: Graph, model: ModelTree) => void): Uint8Array {
  const model = readTree(bytes) as unknown as ModelTree;
  change(model.subgraphs[0]!, model);
  return writeTree(model as never);
}

const IMAGE = { shape: [1, 4, 6, 3] };
const written = (op: OpRequest, inputs: readonly TensorRequest[], output: TensorRequest): Uint8Array => writeTflite(opNetwork(op, inputs, output));
const conv = writeTflite(randomConvNetwork({ inputShape: [6, 5, 4], outChannels: 4, activation: 'none', seed: 1 }));
const unary = written({ kind: 'leaky-relu', alpha: 0.5 }, [IMAGE], IMAGE);
const pool = written({ kind: 'average-pool', filterHeight: 2, filterWidth: 3, strideHeight: 2, strideWidth: 1, padding: { top: 0, left: 0, bottom: 0, right: 0 } }, [IMAGE], { shape: [1, 2, 4, 3] });
const concat = written({ kind: 'concatenation', axis: 3 }, [IMAGE, IMAGE], { shape: [1, 4, 6, 6] });
const transpose = written({ kind: 'transpose', permutation: [0, 2, 3, 1] }, [IMAGE], { shape: [1, 6, 3, 4] });
const pad = written({ kind: 'pad', before: [0, 1, 2, 0], after: [0, 0, 1, 0], value: -9 }, [IMAGE], { shape: [1, 5, 9, 3] });
const resize = written({ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: true }, [IMAGE], { shape: [1, 8, 12, 3] });
const reshape = written({ kind: 'reshape' }, [IMAGE], { shape: [1, 72] });

const shaped = (shape: Shape): Uint8Array => edited(unary, ({ tensors }) => tensors.forEach((tensor) => { tensor.shape = shape; }));
const int32s = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
const options = (bytes: Uint8Array, change: Record<string, number>): Uint8Array => edited(bytes, ({ operators }) => { Object.assign(operators[0]!.options, change); });
/** Another value of the first constant: a permutation, amounts, weights. */
const constant = (bytes: Uint8Array, data: Uint8Array | undefined, at = 1): Uint8Array => edited(bytes, ({ tensors, operators }, { buffers }) => { buffers[tensors[operators[0]!.inputs[at]!]!.buffer] = data === undefined ? {} : { data }; });
const chain = (length: number, shape: Shape = [1, 2, 2, 3]): Uint8Array => edited(unary, (graph) => {
  const [tensor, operator] = [{ ...graph.tensors[1]!, shape }, graph.operators[0]!];
  graph.tensors = Array.from({ length: length + 1 }, (_, i) => ({ ...tensor, name: `t${i}` }));
  graph.operators = Array.from({ length }, (_, i) => ({ ...operator, inputs: [i], outputs: [i + 1] }));
  graph.outputs = [length];
});
/** Operators that all read the same weights. */
const shared = edited(conv, (graph, { buffers }) => {
  Object.assign(graph.tensors[2]!, { shape: [4000, 3, 3, 4], quantization: { scale: [1], zero_point: [0n], quantized_dimension: 0 } });
  buffers[graph.tensors[2]!.buffer] = { data: new Uint8Array(4000 * 36) };
  graph.tensors[1]!.shape = [1, 6, 5, 4000];
  graph.operators = Array.from({ length: 1000 }, () => ({ ...graph.operators[0]!, inputs: [0, 2] }));
});

/** Many tables in few bytes: every place of a list leads to the same one. */
function overlapping(count: number): Uint8Array {
  const b = new Builder(1024);
  const name = b.createString('n'.repeat(10_000));
  b.startObject(4);
  b.addFieldOffset(3, name, 0);
  const tensor = b.endObject();
  b.startVector(4, count, 4);
  for (let i = 0; i < count; i++) b.addOffset(tensor);
  const tensors = b.endVector();
  b.startObject(1);
  b.addFieldOffset(0, tensors, 0);
  const graph = b.endObject();
  b.startVector(4, 1, 4);
  b.addOffset(graph);
  const graphs = b.endVector();
  b.startObject(3);
  b.addFieldInt32(0, 3, 0);
  b.addFieldOffset(2, graphs, 0);
  b.finish(b.endObject(), 'TFL3');
  return b.asUint8Array().slice();
}

const REFUSED: readonly (readonly [what: string, bytes: Uint8Array, message: string])[] = [
  ['nothing in it', new Uint8Array(0), 'TFLite header: a read of 4 bytes at offset 4; expected an offset within the 0 bytes of the file.'],
  ['text', new TextEncoder().encode('not a model\n'), 'TFLite header: file identifier "a mo"; expected "TFL3".'],
  ['a header of control characters', Uint8Array.of(8, 0, 0, 0, 27, 91, 51, 49), 'file identifier "\\u001b[31"'],
  ['another version', edited(unary, (_, model) => { model.version = 9; }), 'TFLite model.version: schema version 9; expected 3.'],
  ['two graphs', edited(unary, (graph, model) => { model.subgraphs = [graph, graph]; }), 'TFLite model.subgraphs: 2 subgraphs; expected 1.'],
  ['a shape beyond 2^31 values', shaped([1, 65_536, 65_536, 65_536]), 'tensor 0 (input_0): shape 1x65536x65536x65536 has more than 2^26 elements'],
  ['activations of 10^12 values', shaped([1, 1e6, 1e6, 1]), 'its activations have 2000000000000 values, more than 2^28'],
  ['too many activations of a size that fits', chain(20, [1, 4096, 4096, 1]), 'its activations have 352321536 values, more than 2^28'],
  ['a hundred dimensions', shaped(Array.from({ length: 100 }, () => 1)), 'TFLite model.subgraphs[0].tensors[0].shape: 100 elements; expected at most 8.'],
  ['a negative dimension', shaped([1, -4, 6, 3]), 'tensor 0 (input_0): shape 1x-4x6x3 has a dimension below 1'],
  ['a dimension of 0', shaped([1, 0, 6, 3]), 'tensor 0 (input_0): shape 1x0x6x3 has a dimension below 1'],
  ['operators in a circle', edited(unary, ({ operators }) => { operators.push({ ...operators[0]!, inputs: [1], outputs: [0] }); }), 'leakyrelu_2: writes tensor 0 a second time'],
  ['an operator that reads itself', edited(unary, ({ operators }) => { operators[0]!.inputs = [1]; }), 'leakyrelu_1: reads tensor 1 before anything wrote it'],
  ['operators in no order of execution', edited(chain(3), ({ operators }) => { operators.reverse(); }), 'leakyrelu_1: reads tensor 1 before anything wrote it'],
  ['an output that nothing writes', edited(unary, (graph) => { graph.tensors.push(graph.tensors[1]!); graph.outputs = [2]; }), 'network output 2 is never written'],
  ['an input that is listed twice', edited(unary, (graph) => { graph.inputs = [0, 0]; }), 'an input is listed twice'],
  ['a tensor index beyond the list', edited(unary, ({ operators }) => { operators[0]!.inputs = [2 ** 31 - 1]; }), 'TFLite operator 0 (LEAKY_RELU): tensor index 2147483647; expected 0..1.'],
  ['a buffer that is not there', edited(conv, ({ tensors }) => { tensors[2]!.buffer = 99; }), 'TFLite model.subgraphs[0].tensors[2].buffer: index 99; expected 0..4.'],
  ['weights without values', constant(conv, undefined), 'TFLite tensor 2 (conv2d_1/weights): 0 bytes of data; expected 144 for shape 4x3x3x4.'],
  ['weights with some bytes', constant(conv, new Uint8Array(5)), 'TFLite tensor 2 (conv2d_1/weights): 5 bytes of data; expected 144'],
  ['a scale that is NaN', edited(unary, ({ tensors }) => { tensors[0]!.quantization.scale = [NaN]; }), 'tensor 0 (input_0): scale NaN is not a positive number'],
  ['an infinite scale', edited(unary, ({ tensors }) => { tensors[0]!.quantization.scale = [Infinity]; }), 'tensor 0 (input_0): scale Infinity is not a positive number'],
  ['a zero point of 2^63 - 1', edited(unary, ({ tensors }) => { tensors[0]!.quantization.zero_point = [2n ** 63n - 1n]; }), 'zero point 9223372036854776000 is not in -128..127'],
  ['a type that is none', edited(unary, ({ tensors }) => { tensors[0]!.type = 77; }), 'TFLite tensor 0 (input_0): type 77 activation; expected int8.'],
  ['an axis out of range', options(concat, { axis: 9 }), 'concat_1: concatenates 1x4x6x3 along dimension 9'],
  ['an axis of -2^31', options(concat, { axis: -(2 ** 31) }), 'concat_1: concatenates 1x4x6x3 along dimension -2147483644'],
  ['no permutation', constant(transpose, int32s([0, 1, 1, 3])), 'transpose_1: 0,1,1,3 is no permutation'],
  ['a negative stride', options(conv, { stride_h: -1 }), 'conv2d_1: stride height is -1'],
  ['a stride of 0', options(conv, { stride_h: 0 }), '1 problem:\n  - conv2d_1: stride height is 0'],
  ['a negative dilation', options(conv, { dilation_h: -3 }), 'conv2d_1: dilation height is -3'],
  ['a dilation of 2^30', options(conv, { dilation_h: 2 ** 30 }), 'conv2d_1: dilation height is 1073741824, more than 65536'],
  ['a negative filter', options(pool, { filter_h: -1 }), 'avgpool_1: filter height is -1'],
  ['a filter of 2^30', options(pool, { filter_h: 2 ** 30, padding: 0 }), 'avgpool_1: filter height is 1073741824, more than 65536'],
  ['groups that do not divide', edited(conv, ({ tensors }) => { tensors[0]!.shape = [1, 6, 5, 6]; }), 'conv2d_1: number of groups is 1.5'],
  ['negative padding', constant(pad, int32s([0, 0, -1, 0, 0, 0, 0, 0])), 'pad_1: padding 0,-1,0,0 before and 0,0,0,0 after'],
  ['padding of 2^31 - 1', constant(pad, int32s([0, 0, 2 ** 31 - 1, 0, 0, 0, 0, 0])), 'pad_1: gives 1x2147483651x6x3, its output tensor says 1x5x9x3'],
  ['padding of 2^62', edited(pad, ({ tensors }, { buffers }) => { tensors[2]!.type = 4; buffers[tensors[2]!.buffer] = { data: new Uint8Array(BigInt64Array.from([0n, 0n, 2n ** 62n, 0n, 0n, 0n, 0n, 0n]).buffer) }; }), 'TFLite tensor 2 (op_1/paddings): value 4611686018427387904; expected a number of 32 bits.'],
  ['a resize to 10^9 rows', edited(resize, ({ tensors }) => { tensors[1]!.shape = [1, 1e9, 1e9, 3]; }), 'shape 1x1000000000x1000000000x3 has more than 2^26 elements'],
  ['a reshape to 2^90 values', edited(reshape, ({ tensors }) => { tensors[1]!.shape = [2 ** 30, 2 ** 30, 2 ** 30]; }), 'shape 1073741824x1073741824x1073741824 has more than 2^26 elements'],
  ['a thousand places in a permutation', edited(constant(transpose, int32s(Array.from({ length: 1000 }, () => 1))), ({ tensors }) => { tensors[2]!.shape = [1000]; }), 'TFLite tensor 2 (op_1/permutation): 1000 numbers; expected at most 16.'],
  ['100,000 operators', chain(100_000), 'TFLite model.subgraphs[0].tensors: 100001 elements; expected at most 65536.'],
  ['a concatenation of a million', edited(concat, ({ operators }) => { operators[0]!.inputs = Array.from({ length: 1_000_000 }, () => 0); }), 'inputs: 1000000 elements; expected at most 65536.'],
  ['one set of weights for a thousand operators', shared, 'values to compute in all, in a file of'],
  ['60,000 tensors in the place of one', overlapping(60_000), 'TFLite'],
];

describe('a TFLite file is refused that has', () => {
  it.each(REFUSED)('%s', (_what, bytes, message) => {
    expect(refusalOf(() => readTflite(bytes, 'm'))).toContain(message);
  });
});

describe('a TFLite file is taken that has', () => {
  it('as many operators in a chain as there may be', () => {
    expect(readTflite(chain(16_384), 'm').network.ops).toHaveLength(16_384);
  });

  it('tensors of one name, and an input that is the output', () => {
    expect(readTflite(edited(unary, ({ tensors }) => tensors.forEach((tensor) => { tensor.name = 'same'; })), 'm').network.tensors.map(({ name }) => name)).toEqual(['same', 'same']);
    expect(readTflite(edited(unary, (graph) => { graph.operators = []; graph.outputs = [0]; }), 'm').network.ops).toEqual([]);
  });

  it('names of 10 MB, which are cut', () => {
    const { network } = readTflite(edited(unary, ({ tensors }) => { tensors[0]!.name = 'n'.repeat(1e7); }), 'm');
    expect(network.tensors[0]?.name).toBe(`${'n'.repeat(200)}... (10000000 bytes)`);
  });
});

// SPDX-License-Identifier: Apache-2.0
/** Writes small ONNX models, so that reading, quantizing and compiling them is tested without any outside file. */

import { createRandom, type Random } from '../../generator/core/random.js';
import { encodeModel, type AttributeProto, type NodeProto, type TensorProto, type ValueInfoProto } from '../../generator/import/onnx/proto.js';

export const ONNX_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

export const onnxValue = (name: string, dims: readonly (number | string)[], type: number = ONNX_TYPE.float32): ValueInfoProto =>
  ({ name, type: { tensor_type: { elem_type: type, shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dim_value: dim } : { dim_param: dim })) } } } });

export const onnxNode = (type: string, input: readonly string[], output: string, attribute: readonly AttributeProto[] = [], domain = ''): NodeProto =>
  ({ op_type: type, name: `${type}_${output}`, input, output: [output], attribute, domain });

export const onnxFloats = (name: string, dims: readonly number[], data: readonly number[]): TensorProto => ({ name, dims, data_type: ONNX_TYPE.float32, float_data: data });
export const onnxIntegers = (name: string, dims: readonly number[], data: readonly number[], type: number): TensorProto =>
  ({ name, dims, data_type: type, ...(type === ONNX_TYPE.int64 ? { int64_data: data } : { int32_data: data }) });

export const onnxInts = (name: string, ints: readonly number[]): AttributeProto => ({ name, type: 7, ints });
export const onnxFloat = (name: string, f: number): AttributeProto => ({ name, type: 1, f });

export interface OnnxParts {
  readonly nodes: readonly NodeProto[];
  readonly input: ValueInfoProto;
  readonly initializers: readonly TensorProto[];
  /** Name and shape; default: y of no shape. */
  readonly output?: ValueInfoProto;
  readonly opset?: number;
}

export const onnxModel = ({ nodes, input, initializers, output = onnxValue('y', []), opset = 13 }: OnnxParts): Uint8Array =>
  encodeModel({ ir_version: 7, opset_import: [{ domain: '', version: opset }], graph: { name: 'small', node: nodes, input: [input], output: [output], initializer: initializers } });

const normal = (random: Random): number => random.next() + random.next() + random.next() - 1.5;

/** Random values with a deviation of about `spread` / 2. */
const values = (random: Random, name: string, dims: readonly number[], spread: number, offset = 0): TensorProto =>
  onnxFloats(name, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => offset + spread * normal(random)));

/** What a test changes about the float network. */
export interface FloatOnnxEdits {
  /** The input's shape; default 1 x 3 x 8 x 8. */
  readonly input?: readonly (number | string)[];
  /** The first convolution's weights instead of the random ones: data in a file beside the model, for example. */
  readonly stem?: (weights: TensorProto) => TensorProto;
  readonly more?: (nodes: readonly NodeProto[]) => readonly NodeProto[];
}

/**
 * A float network of 3 x 8 x 8 images and 10 classes: convolutions with batch norm, x * sigmoid(x), a residual sum, pooling, weights
 * that are computed from constants (Exp, Pow), softmax.
 */
export function floatOnnx(seed: number, { input = [1, 3, 8, 8], stem = (weights) => weights, more = (nodes) => nodes }: FloatOnnxEdits = {}): Uint8Array {
  const random = createRandom(seed);
  const pads = onnxInts('pads', [1, 1, 1, 1]);
  return onnxModel({
    input: onnxValue('x', input),
    output: onnxValue('y', [input[0] ?? 1, 10]),
    initializers: [
      stem(values(random, 'stem', [10, 3, 3, 3], 0.4)), values(random, 'gamma', [10], 0.2, 1), values(random, 'beta', [10], 0.3), values(random, 'mean', [10], 0.3),
      onnxFloats('variance', [10], Array.from({ length: 10 }, () => 0.5 + random.next())),
      values(random, 'gated', [10, 10, 1, 1], 0.6), values(random, 'gated_bias', [10], 0.2),
      values(random, 'logarithm', [18, 10, 3, 3], 0.6, -1), values(random, 'sign', [18, 10, 3, 3], 0.8), onnxFloats('power', [], [1.5]),
      values(random, 'fc', [10, 18], 0.8), values(random, 'fc_bias', [10], 0.2),
    ],
    nodes: more([
      onnxNode('Conv', ['x', 'stem'], 'stem_out', [pads]),
      onnxNode('BatchNormalization', ['stem_out', 'gamma', 'beta', 'mean', 'variance'], 'normed', [onnxFloat('epsilon', 1e-5)]),
      onnxNode('Relu', ['normed'], 'a'),
      onnxNode('Conv', ['a', 'gated', 'gated_bias'], 'b'),
      onnxNode('Sigmoid', ['b'], 'gate'), onnxNode('Mul', ['b', 'gate'], 'swish'),
      onnxNode('Add', ['swish', 'a'], 'sum'), onnxNode('LeakyRelu', ['sum'], 'leaky', [onnxFloat('alpha', 0.1)]),
      onnxNode('MaxPool', ['leaky'], 'pooled', [onnxInts('kernel_shape', [2, 2]), onnxInts('strides', [2, 2])]),
      onnxNode('Exp', ['logarithm'], 'sizes'), onnxNode('Pow', ['sizes', 'power'], 'raised'), onnxNode('Mul', ['raised', 'sign'], 'deep'),
      onnxNode('Conv', ['pooled', 'deep'], 'c', [pads, onnxInts('strides', [2, 2])]), onnxNode('Relu', ['c'], 'd'),
      onnxNode('GlobalAveragePool', ['d'], 'averages'), onnxNode('Flatten', ['averages'], 'flat'),
      onnxNode('Gemm', ['flat', 'fc', 'fc_bias'], 'logits', [{ name: 'transB', type: 2, i: 1 }]), onnxNode('Softmax', ['logits'], 'y'),
    ]),
  });
}

/** A statically quantized network in QDQ form: a convolution with ReLU, an average over the image, a fully connected layer. */
export function quantizedOnnx(seed: number): Uint8Array {
  const random = createRandom(seed);
  const int8 = (name: string, dims: readonly number[]): TensorProto => onnxIntegers(name, dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.integer(-100, 100)), ONNX_TYPE.int8);
  const pair = (from: string, to: string, scale: string, zero: string): NodeProto[] => [onnxNode('QuantizeLinear', [from, scale, zero], `${to}_q`), onnxNode('DequantizeLinear', [`${to}_q`, scale, zero], to)];
  const scales = Array.from({ length: 12 }, () => 0.004 + 0.002 * random.next());
  return onnxModel({
    input: onnxValue('x', [1, 3, 8, 8]),
    output: onnxValue('y', [1, 10]),
    initializers: [
      onnxFloats('xs', [], [0.02]), onnxIntegers('xz', [], [-7], ONNX_TYPE.int8), onnxFloats('as', [], [0.05]), onnxIntegers('az', [], [-128], ONNX_TYPE.int8),
      onnxFloats('ms', [], [0.03]), onnxIntegers('mz', [], [-128], ONNX_TYPE.int8), onnxFloats('ys', [], [0.08]), onnxIntegers('yz', [], [3], ONNX_TYPE.int8),
      int8('wq', [12, 3, 3, 3]), onnxFloats('ws', [12], scales), int8('fq', [12, 10]), onnxFloats('fs', [], [0.006]),
    ],
    nodes: [
      ...pair('x', 'xr', 'xs', 'xz'), onnxNode('DequantizeLinear', ['wq', 'ws'], 'w', [{ name: 'axis', type: 2, i: 0 }]),
      onnxNode('Conv', ['xr', 'w'], 'conv', [onnxInts('pads', [1, 1, 1, 1])]), onnxNode('Relu', ['conv'], 'relu'), ...pair('relu', 'a', 'as', 'az'),
      onnxNode('GlobalAveragePool', ['a'], 'mean'), ...pair('mean', 'm', 'ms', 'mz'), onnxNode('Flatten', ['m'], 'flat'),
      onnxNode('DequantizeLinear', ['fq', 'fs'], 'f'), onnxNode('MatMul', ['flat', 'f'], 'sums'), ...pair('sums', 'y', 'ys', 'yz'),
    ],
  });
}

// SPDX-License-Identifier: Apache-2.0
/** Holds the ONNX importer to one hostile file for each thing that can be wrong, with the text that the user reads. */
import { describe, expect, it } from 'vitest';
import type { AttributeProto, TensorProto } from '../../generator/import/onnx/proto.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import * as onnxTree from './onnx-tree.js';
import { float, floats, IMAGE, int, integers, ints, modelOf, node, raw, text, TYPE, value, type ModelParts } from './onnx-writing.js';
import { refusalOf } from './refusal.js';

const relu = [node('Relu', ['x'], 'y')];
const count = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** One operator on x and constants. */
const one = (type: string, attributes: readonly AttributeProto[] = [], constants: readonly TensorProto[] = [], more: Partial<ModelParts> = {}): ModelParts =>
  ({ nodes: [node(type, ['x', ...constants.map(({ name = '' }) => name)], 'y', attributes)], initializers: constants, ...more });
const w = raw('w', [6, 4, 1, 1]);
const half = [text('coordinate_transformation_mode', 'asymmetric'), text('nearest_mode', 'floor')];
const quantized = (scale: number, zeroPoint: number, type: number = TYPE.int8): ModelParts =>
  ({ nodes: [node('QuantizeLinear', ['x', 's', 'z'], 'q'), node('DequantizeLinear', ['q', 's', 'z'], 'y')], initializers: [floats('s', [], [scale]), integers('z', [], [zeroPoint], type)] });
/** A model with 64-bit integers that no number holds: `list` in place of the first list of int64 values. */
const wide = (parts: ModelParts, list: readonly bigint[]): Uint8Array => {
  const tree = onnxTree.readTree(modelOf(parts)) as { graph: { initializer: { int64_data: bigint[] }[] } };
  tree.graph.initializer[0]!.int64_data = [...list];
  return onnxTree.writeTree(tree as never);
};

const REFUSED: readonly (readonly [what: string, file: ModelParts | Uint8Array, message: string])[] = [
  ['an empty file', new Uint8Array(0), 'ONNX file: no graph; expected a model with a graph.'],
  ['a file of text', new TextEncoder().encode('not a model\n'), 'ONNX file: wire type 6 at byte 1; expected a protobuf message.'],
  ['a shape beyond 2^31 values', { nodes: relu, inputs: [value('x', [1, 65_536, 65_536, 65_536])] }, 'ONNX input "x": shape 1x65536x65536x65536 has more than 2^26 elements; expected at most 2^26 values and 8 dimensions. Use a smaller model, or a smaller input. docs/models.md has the limits.'],
  ['a hundred dimensions', { nodes: relu, inputs: [value('x', count(100).map(() => 1))] }, 'ONNX input "x": 100 dimensions, more than 8'],
  ['a negative dimension', { nodes: relu, inputs: [value('x', [1, -3, 4, 4])] }, 'ONNX input "x": dimension 1 is -3; expected a number.'],
  ['a dimension of 0', { nodes: relu, inputs: [value('x', [1, 0, 4, 4])] }, 'ONNX input "x": dimension 1 is 0; expected a number.'],
  ['nodes in a circle', { nodes: [node('Relu', ['b'], 'a'), node('Relu', ['a'], 'b'), node('Relu', ['b'], 'y')] }, 'ONNX graph: 3 nodes read each other in a circle, or wait for such ones: node 0 (Relu); expected a graph without cycles.'],
  ['a node that reads itself', { nodes: [node('Add', ['x', 'y'], 'y')] }, 'ONNX graph: a node reads what it writes: node 0 (Add); expected a graph without cycles.'],
  ['a tensor that is written twice', { nodes: [...relu, node('Neg', ['x'], 'y')] }, 'ONNX node 1: "y" is written a second time; expected one writer.'],
  ['two inputs of a name', { nodes: relu, inputs: [value('x', IMAGE), value('x', IMAGE)] }, 'ONNX graph: two inputs of one name; expected one.'],
  ['two constants of a name', { nodes: relu, initializers: [w, w] }, 'ONNX graph: two initializers "w"; expected one.'],
  ['an output that nothing writes', { nodes: [node('Relu', ['x'], 'z')] }, 'ONNX output "y": nothing writes it; expected an activation.'],
  ['a tensor from nowhere', { nodes: [node('Relu', ['z'], 'y')] }, 'ONNX node 0 (Relu): reads "z", which nothing writes; expected an input, an initializer or the output of a node.'],
  ['a weight that is NaN', one('Conv', [], [floats('w', [1, 4, 1, 1], [1, NaN, 1, 1])]), 'conv2d_1: weight 1 is NaN, not a finite number'],
  ['an infinite weight', one('Conv', [], [floats('w', [1, 4, 1, 1], [1, Infinity, 1, 1])]), 'conv2d_1: weight 1 is Infinity, not a finite number'],
  ['an infinite variance', one('BatchNormalization', [], [floats('s', [4]), floats('o', [4]), floats('m', [4]), floats('v', [4], [1, 2, Infinity, 4])]), 'variance 2 is Infinity, not a finite number'],
  ['a scale of 0', quantized(0, 0), 'ONNX node 0 "QuantizeLinear_of_x" (QuantizeLinear, opset 13): scale 0; expected a positive number.'],
  ['a scale that is NaN', quantized(NaN, 0), 'scale NaN; expected a positive number.'],
  ['a zero point of int32', quantized(0.1, 300, TYPE.int32), 'an activation of int32; expected int8 or uint8.'],
  ['weights without values', one('Conv', [], [{ name: 'w', dims: [1, 4, 1, 1], data_type: 1 }]), 'ONNX initializer "w": 0 values; expected 4 for 1x4x1x1.'],
  ['weights with some bytes', one('Conv', [], [{ name: 'w', dims: [1, 4, 1, 1], data_type: 1, raw_data: new Uint8Array(7) }]), 'ONNX initializer "w": 7 bytes of data; expected 16 for 1x4x1x1 of float32.'],
  ['weights for no output', one('Conv', [], [floats('w', [0, 4, 1, 1], [])]), 'weights of shape 0x4x1x1; expected no dimension of 0.'],
  ['weights of 10^12 values', one('Conv', [], [{ name: 'w', dims: [1e6, 1e6], data_type: 1 }]), 'ONNX initializer "w": shape 1000000x1000000; expected at most 2^28 values.'],
  ['an attribute of another type', one('Conv', [text('group', 'x')], [w]), 'attribute group is string; expected int.'],
  ['an attribute from Object', one('Relu', [int('__proto__', 1)]), 'attribute __proto__; expected one of'],
  ['an operator from Object', { nodes: [node('constructor', ['x'], 'y')] }, '(constructor, opset 13): an operator that is not supported; expected one of the'],
  ['an axis out of range', { nodes: [node('Concat', ['x', 'x'], 'y', [int('axis', 9)])] }, 'axis 9 of 4 dimensions; expected a dimension that is there.'],
  ['no permutation', one('Transpose', [ints('perm', [0, 1, 1, 3])]), 'perm 0, 1, 1, 3 for 4 dimensions; expected a permutation.'],
  ['a negative stride', one('Conv', [ints('strides', [-1, 1])], [w]), '-1 in strides; expected positive numbers.'],
  ['a dilation of 0', one('Conv', [ints('dilations', [0, 1])], [w]), '0 in dilations; expected positive numbers.'],
  ['negative padding', one('Conv', [ints('pads', [-1, 0, 0, 0])], [w]), '-1 in pads; expected no negative number.'],
  ['a negative kernel', one('MaxPool', [ints('kernel_shape', [-2, 2])]), 'kernel -2x2 for 2 dimensions; expected one positive number for each.'],
  ['a kernel of 2^31', one('AveragePool', [ints('kernel_shape', [2 ** 31 - 1, 1]), ints('pads', [2 ** 30, 0, 2 ** 30, 0])]), 'avgpool_1: filter height is 2147483647, more than 65536'],
  ['a kernel of 2^40 taps with gaps', one('AveragePool', [ints('kernel_shape', [2 ** 20, 2 ** 20]), ints('dilations', [2, 2]), ints('pads', count(4).map(() => 2 ** 21)), int('count_include_pad', 1)], [], { opset: 19 }), 'values to compute in all, in a file of'],
  ['a maximum of 2^27 taps with gaps', one('MaxPool', [ints('kernel_shape', [2 ** 27, 1]), ints('dilations', [2, 1]), ints('pads', [2 ** 28, 0, 0, 0])]), 'values to compute in all, in a file of'],
  ['padding of 2^30', one('Conv', [ints('pads', count(4).map(() => 2 ** 30))], [w]), 'an activation of shape 1x2147483654x2147483654x6; expected at most 2^26 values.'],
  ['a group that does not divide', one('Conv', [int('group', 3)], [raw('w', [6, 2, 1, 1])]), 'weights 6x2x1x1 in 3 groups for 4 channels; expected weights that read all channels.'],
  ['no groups', one('Conv', [int('group', 0)], [w]), 'weights 6x4x1x1 in 0 groups for 4 channels'],
  ['a Reshape beyond all numbers', one('Reshape', [], [integers('s', [3], [2 ** 40, 2 ** 40, -1])]), '1x4x6x6 as [1099511627776, 1099511627776, -1]; expected a shape of 144 values.'],
  ['a Resize by 10^9', one('Resize', half, [floats('roi', [0], []), floats('s', [4], [1, 1, 1e9, 1e9])]), 'a result of 1x4x6000000000x6000000000; expected at least one value and at most 2^20 along each dimension.'],
  ['a Resize to 10^9 values', one('Upsample', [], [floats('s', [4], [1, 1, 4096, 4096])], { opset: 9 }), 'an activation of shape 1x4x24576x24576; expected at most 2^26 values.'],
  ['a Pad by 2^62', wide(one('Pad', [], [integers('p', [8])]), [0n, 0n, 2n ** 62n, 0n, 0n, 0n, 0n, 0n]), 'an activation of shape 1x4611686018427388000x6x4; expected at most 2^26 values.'],
  ['a Pad by -2^63', wide(one('Pad', [], [integers('p', [8])]), [0n, 0n, -(2n ** 63n), 0n, 0n, 0n, 0n, 0n]), 'an empty result (1x4x-9223372036854776000x6); expected at least one value.'],
  ['a Range of 10^15', { nodes: [node('Range', ['a', 'b', 'a'], 'r'), ...relu], initializers: [integers('a', [], [1]), integers('b', [], [1e15])] }, 'expected at most 2^24 values.'],
  ['constants out of nothing', { nodes: [...count(50).map((i) => node('ConstantOfShape', ['s'], `c${i}`)), ...relu], initializers: [integers('s', [1], [2 ** 22])] }, 'values to compute in all, in a file of'],
  ['large weights of many operators', { nodes: count(1000).map((i) => node('Conv', ['x', 'w'], `y${i}`)), initializers: [raw('w', [20_000, 4, 1, 1])], outputs: ['y0'] }, 'values to compute in all, in a file of'],
  ['a million axes', one('Unsqueeze', [], [integers('a', [100_000], count(100_000))]), '100000 numbers in input 1; expected at most 4096.'],
  ['nine new axes', one('Unsqueeze', [], [integers('a', [9], count(9))]), '13 dimensions; expected at most 8.'],
  ['a Sum of nothing', { nodes: [node('Sum', [], 'y')] }, 'no input; expected at least one.'],
  ['a Sum of 100,000', { nodes: [node('Sum', count(100_000).map(() => 'x'), 'y')] }, 'more than 65536 operators; expected at most 16384 in a network.'],
  ['a Concat of 3,000,000', { nodes: [node('Concat', count(3_000_000).map(() => 'x'), 'y', [int('axis', 1)])] }, 'ONNX file: more than 1048576 names'],
  ['100,000 nodes', { nodes: count(100_000).map((i) => node('Relu', [i === 0 ? 'x' : `t${i}`], `t${i + 1}`)), outputs: ['t100000'] }, 'ONNX file: more than 16384 nodes, up to byte'],
  ['a clamp from 6 to 0', one('Clip', [float('min', 6), float('max', 0)], [], { opset: 6 }), 'the range 6..0; expected a minimum that is not above the maximum.'],
];

describe('an ONNX file is refused that has', () => {
  it.each(REFUSED)('%s', (_what, file, message) => {
    const bytes = file instanceof Uint8Array ? file : modelOf(file);
    expect(refusalOf(() => readOnnx(bytes, 'm'))).toContain(message);
  });
});

describe('an ONNX file is taken that has', () => {
  const network = (parts: ModelParts) => readOnnx(modelOf(parts), 'm').network;

  it('as many nodes in a chain as there may be', () => {
    const chain = count(16_384).map((i) => node('Relu', [i === 0 ? 'x' : `t${i}`], `t${i + 1}`));
    expect(network({ nodes: chain.toReversed(), outputs: ['t16384'] }).ops).toHaveLength(16_384);
  });

  it('nodes of one name, and an input that is the output', () => {
    expect(network({ nodes: [{ ...node('Relu', ['x'], 'a'), name: 'n' }, { ...node('Neg', ['a'], 'y'), name: 'n' }] }).ops).toHaveLength(2);
    expect(network({ nodes: [], outputs: ['x'] }).ops).toEqual([]);
  });

  it('a Concat of 10,000', () => {
    expect(network({ nodes: [node('Concat', count(10_000).map(() => 'x'), 'y', [int('axis', 1)])] }).tensors.at(-1)?.shape).toContain(40_000);
  });
});

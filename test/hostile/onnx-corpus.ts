// SPDX-License-Identifier: Apache-2.0
/** Owns small ONNX models that are sound, every operator among them: what mutations begin with. */
import type { Random } from '../../generator/core/random.js';
import type { AttributeProto, NodeProto, TensorProto } from '../../generator/import/onnx/proto.js';
import { float, floats, IMAGE, int, integers, ints, modelOf, node, raw, text, TYPE, value, type ModelParts } from './onnx-writing.js';

const one = (type: string, attributes: readonly AttributeProto[] = [], constants: readonly TensorProto[] = [], more: Partial<ModelParts> = {}): ModelParts =>
  ({ nodes: [node(type, ['x', ...constants.map(({ name = '' }) => name)], 'y', attributes)], initializers: constants, ...more });

const list = (name: string, values: readonly number[]): TensorProto => integers(name, [values.length], values);
const scalar = (name: string, x: number): TensorProto => floats(name, [], [x]);
const zero = (name: string, x: number, type: number): TensorProto => integers(name, [], [x], type);
const ROW = [value('x', [1, 12])];

/** One operator each. */
const SINGLE: readonly ModelParts[] = [
  one('Add', [], [floats('b', [4, 1, 1])]),
  one('Add', [int('broadcast', 1), int('axis', 1)], [floats('b', [4])], { opset: 6 }),
  { nodes: [node('Sub', ['x', 'x2'], 'y')], inputs: [value('x', IMAGE), value('x2', [1, 4, 1, 1])] },
  one('AveragePool', [ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]), ints('strides', [2, 2]), int('count_include_pad', 1)]),
  one('AveragePool', [ints('kernel_shape', [2, 2]), ints('dilations', [2, 2]), int('ceil_mode', 1)], [], { opset: 19 }),
  one('MaxPool', [ints('kernel_shape', [3, 3]), text('auto_pad', 'SAME_UPPER'), ints('strides', [2, 2])]),
  one('MaxPool', [ints('kernel_shape', [2]), ints('strides', [2])], [], { inputs: [value('x', [1, 4, 9])] }),
  one('GlobalAveragePool'), one('GlobalMaxPool'), one('ReduceMean', [ints('axes', [2, 3]), int('keepdims', 0)]),
  one('BatchNormalization', [float('epsilon', 0.01)], [floats('s', [4]), floats('o', [4]), floats('m', [4]), floats('v', [4], [1, 2, 3, 4])]),
  one('Cast', [int('to', 1)]), one('Clip', [], [scalar('low', -1), scalar('high', 6)]), one('Clip', [float('min', 0), float('max', 6)], [], { opset: 6 }),
  { nodes: [node('Relu', ['x'], 'a'), node('Neg', ['x'], 'b'), node('Concat', ['a', 'b', 'x'], 'y', [int('axis', 1)])] },
  one('Conv', [ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1]), ints('dilations', [1, 1]), ints('strides', [2, 2]), int('group', 1)], [raw('w', [5, 4, 3, 3]), floats('c', [5])]),
  one('Conv', [int('group', 4), text('auto_pad', 'SAME_LOWER')], [raw('w', [8, 1, 3, 3])]), one('Conv', [int('group', 2)], [raw('w', [6, 2, 1, 1])]),
  one('Conv', [ints('kernel_shape', [3])], [raw('w', [2, 4, 3])], { inputs: [value('x', [1, 4, 9])] }),
  one('ConvTranspose', [ints('strides', [2, 2]), ints('pads', [1, 1, 1, 1]), ints('output_padding', [1, 1])], [raw('w', [4, 3, 3, 3]), floats('c', [3])]),
  one('MaxPool', [ints('kernel_shape', [2, 2]), ints('dilations', [2, 2])]), one('Pad', [text('mode', 'reflect')], [list('p', [0, 0, 1, 2, 0, 0, 1, 0])]), one('Gather', [int('axis', 1)], [list('i', [2, 0, 1])]),
  one('Slice', [], [list('starts', [-1]), list('ends', [-9]), list('axes', [2]), list('steps', [-1])]),
  one('DepthToSpace', [int('blocksize', 2), text('mode', 'CRD')]), one('SpaceToDepth', [int('blocksize', 2)]), one('Div', [], [scalar('d', 4)]), one('Dropout', [float('ratio', 0.5)], [], { opset: 7 }),
  one('Flatten', [int('axis', 1)]), one('Gather', [int('axis', 1)], [zero('i', 2, TYPE.int64)]), one('Identity'), one('Neg'), one('Relu'), one('Sigmoid'), one('LeakyRelu', [float('alpha', 0.1)]),
  one('Gemm', [float('alpha', 0.5), int('transB', 1)], [raw('w', [5, 12]), floats('c', [5])], { inputs: ROW }), one('MatMul', [], [raw('w', [12, 3])], { inputs: ROW }),
  { nodes: [node('HardSigmoid', ['x'], 'g', [float('alpha', 1 / 6)]), node('Mul', ['x', 'g'], 'y')] }, one('HardSwish', [], [], { opset: 14 }),
  one('Pad', [], [list('p', [0, 0, 1, 2, 0, 0, 1, -1]), scalar('v', 0.5)]), one('Pad', [ints('pads', [0, 0, 1, 1, 0, 0, 1, 1]), text('mode', 'constant')], [], { opset: 10 }), one('PRelu', [], [floats('slope', [4, 1, 1])]),
  one('Reshape', [], [list('shape', [0, -1, 3])]), one('Reshape', [ints('shape', [1, 144])], [], { opset: 4 }),
  { nodes: [node('Resize', ['x', '', 'scales'], 'y', [text('mode', 'nearest'), text('coordinate_transformation_mode', 'asymmetric'), text('nearest_mode', 'floor')])], initializers: [floats('scales', [4], [1, 1, 2, 2])] },
  { nodes: [node('Resize', ['x', '', '', 'sizes'], 'y', [text('coordinate_transformation_mode', 'asymmetric'), text('nearest_mode', 'floor')])], initializers: [list('sizes', [1, 4, 12, 18])] },
  one('Upsample', [text('mode', 'nearest')], [floats('scales', [4], [1, 1, 2, 2])], { opset: 9 }),
  one('Slice', [], [list('starts', [1, 0]), list('ends', [3, -1]), list('axes', [1, 3]), list('steps', [1, 2])]), one('Slice', [ints('starts', [1]), ints('ends', [3]), ints('axes', [2])], [], { opset: 9 }),
  one('Softmax', [int('axis', 1)]), one('Softmax', [int('axis', 1)], [], { opset: 11 }),
  { nodes: [node('Split', ['x', 'parts'], ['y', 'z'], [int('axis', 1)])], initializers: [list('parts', [1, 3])], outputs: ['y', 'z'] },
  one('Squeeze', [], [list('axes', [0])], { inputs: [value('x', [1, 1, 12])] }), one('Unsqueeze', [], [list('axes', [0, 3])], { inputs: ROW }), one('Transpose', [ints('perm', [0, 2, 3, 1])]),
  { nodes: [node('Sum', ['x', 'b', 'x'], 'y')], initializers: [floats('b', [1, 4, 1, 1])] },
];

/** What is computed at import: shapes of shapes, constants of constants. */
const folded: ModelParts = {
  nodes: [
    node('Shape', ['x'], 's'), node('Gather', ['s', 'i0'], 'n', [int('axis', 0)]), node('Unsqueeze', ['n', 'l0'], 'n1'), node('Concat', ['n1', 'minus'], 'to', [int('axis', 0)]), node('Reshape', ['x', 'to'], 'flat'),
    node('Constant', [], 'k', [{ name: 'value', type: 4, t: floats('', [2, 2], [1, 2, 3, 4]) }]), node('Transpose', ['k'], 'kt', [ints('perm', [1, 0])]), node('Slice', ['kt', 'l0', 'l1', 'l0'], 'k1'), node('Squeeze', ['k1', 'l0'], 'k2'),
    node('ConstantOfShape', ['l1'], 'cs', [{ name: 'value', type: 4, t: floats('', [1], [2]) }]), node('Expand', ['cs', 'l2'], 'e'), node('Mul', ['e', 'k2'], 'm'), node('Div', ['m', 'cs'], 'd'), node('Range', ['i0', 'i2', 'i1'], 'r'),
    node('Cast', ['r', ], 'rf', [int('to', 1)]), node('Pow', ['rf', 'cs'], 'p'), node('Sqrt', ['p'], 'q'), node('Exp', ['q'], 'ex'), node('Reciprocal', ['ex'], 'rc'), node('Abs', ['rc'], 'ab'), node('Neg', ['ab'], 'ng'), node('Ceil', ['ng'], 'ce'),
    node('Floor', ['ce'], 'fl'), node('Max', ['fl', 'd'], 'mx'), node('Min', ['mx', 'd'], 'mn'), node('Greater', ['mn', 'd'], 'gt'), node('Less', ['mn', 'd'], 'lt'), node('Equal', ['gt', 'lt'], 'eq'), node('Where', ['eq', 'mn', 'd'], 'wh'),
    node('Sub', ['wh', 'd'], 'su'), node('Add', ['su', 'd'], 'ad'), node('Flatten', ['ad'], 'fa', [int('axis', 0)]), node('Reshape', ['fa', 'minus'], 're'), node('ReduceProd', ['l2'], 'rp', [int('keepdims', 0)]), node('Size', ['x'], 'sz'),
    node('Identity', ['sz'], 'id'), node('Dropout', ['id'], 'dr'), node('Cast', ['dr'], 'df', [int('to', 1)]), node('Mul', ['flat', 'df'], 'scaled'), node('Relu', ['scaled'], 'y'),
  ],
  initializers: [zero('i0', 0, TYPE.int64), zero('i1', 1, TYPE.int64), zero('i2', 2, TYPE.int64), list('l0', [0]), list('l1', [1]), list('l2', [2]), list('minus', [-1])],
};

/** Convolution, batch norm, residual sum, pooling, classifier, with a dynamic batch. */
const classifier: ModelParts = {
  nodes: [
    node('Conv', ['x', 'w1'], 'a', [ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1])]), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], 'b'), node('Relu', ['b'], 'c'),
    node('Conv', ['c', 'w2', 'c2'], 'd', [ints('kernel_shape', [1, 1])]), node('Add', ['d', 'c'], 'e'), node('MaxPool', ['e'], 'f', [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]),
    node('GlobalAveragePool', ['f'], 'g'), node('Flatten', ['g'], 'h'), node('Gemm', ['h', 'w3', 'c3'], 'i', [int('transB', 1)]), node('Softmax', ['i'], 'y', [int('axis', -1)]),
  ],
  inputs: [value('x', ['N', 4, 6, 6])],
  initializers: [raw('w1', [8, 4, 3, 3]), floats('s', [8]), floats('o', [8]), floats('m', [8]), floats('v', [8], [1, 2, 3, 4, 5, 6, 7, 8]), raw('w2', [8, 8, 1, 1]), floats('c2', [8]), raw('w3', [5, 8]), floats('c3', [5])],
};

const SCALES: readonly TensorProto[] = [scalar('xs', 0.05), zero('xz', 3, TYPE.int8), scalar('ys', 0.1), zero('yz', -4, TYPE.int8), scalar('ws', 0.02), zero('wz', 0, TYPE.int8)];
const quantize = (from: string, to: string, prefix = 'x'): NodeProto => node('QuantizeLinear', [from, `${prefix}s`, `${prefix}z`], to);
const dequantize = (from: string, to: string, prefix = 'x'): NodeProto => node('DequantizeLinear', [from, `${prefix}s`, `${prefix}z`], to);

/** QuantizeLinear and DequantizeLinear around a convolution and a pool. */
const qdq: ModelParts = {
  nodes: [
    quantize('x', 'xq'), dequantize('xq', 'xr'), node('DequantizeLinear', ['wq', 'wss', 'wzs'], 'w', [int('axis', 0)]), node('DequantizeLinear', ['bq', 'bs'], 'b', [int('axis', 0)]),
    node('Conv', ['xr', 'w', 'b'], 'a', [ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1])]), node('Relu', ['a'], 'r'), quantize('r', 'rq', 'y'), dequantize('rq', 'rr', 'y'),
    node('MaxPool', ['rr'], 'm', [ints('kernel_shape', [2, 2])]), quantize('m', 'mq', 'y'), dequantize('mq', 'y', 'y'),
  ],
  initializers: [...SCALES, integers('wq', [5, 4, 3, 3], undefined, TYPE.int8), floats('wss', [5], [0.01, 0.02, 0.03, 0.02, 0.01]), integers('wzs', [5], [0, 0, 0, 0, 0], TYPE.int8), integers('bq', [5], [1, -2, 3, 4, -5], TYPE.int32), floats('bs', [5], [0.0005, 0.001, 0.0015, 0.001, 0.0005])],
};

const microsoft = (type: string, input: readonly string[], attributes: readonly AttributeProto[] = [], domain = 'com.microsoft', more: readonly TensorProto[] = [], inputs = [value('x', IMAGE)]): ModelParts =>
  ({ nodes: [quantize('x', 'xq'), node(type, input, 'q', attributes, domain), dequantize('q', 'y', 'y')], initializers: [...SCALES, ...more], inputs });
const [X, Y] = [['xq', 'xs', 'xz'], ['ys', 'yz']];

const INTEGER: readonly ModelParts[] = [
  microsoft('QLinearConv', [...X, 'wq', 'ws', 'wz', ...Y, 'bq'], [ints('kernel_shape', [3, 3])], '', [integers('wq', [2, 4, 3, 3], undefined, TYPE.int8), integers('bq', [2], [1, 2], TYPE.int32)]),
  microsoft('QLinearMatMul', [...X, 'wq', 'ws', 'wz', ...Y], [], '', [integers('wq', [12, 2], undefined, TYPE.int8)], ROW),
  microsoft('QGemm', [...X, 'wq', 'ws', 'wz', 'bq', ...Y], [int('transB', 1)], 'com.microsoft', [integers('wq', [2, 12], undefined, TYPE.int8), integers('bq', [2], [1, 2], TYPE.int32)], ROW),
  microsoft('QLinearAdd', [...X, ...X, ...Y]), microsoft('QLinearMul', [...X, ...X, ...Y]), microsoft('QLinearSigmoid', [...X, ...Y]), microsoft('QLinearLeakyRelu', [...X, ...Y], [float('alpha', 0.1)]),
  microsoft('QLinearGlobalAveragePool', [...X, ...Y], [int('channels_last', 0)]), microsoft('QLinearAveragePool', [...X, ...Y], [ints('kernel_shape', [2, 2])]),
  microsoft('QLinearSoftmax', [...X, ...Y], [int('axis', 1), int('opset', 13)]), microsoft('QLinearConcat', [...Y, ...X, ...X], [int('axis', 1)]),
];

/** Scales that only a run knows, or that lie in products. */
const DYNAMIC: readonly ModelParts[] = [
  {
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']), node('ConvInteger', ['xq', 'wq', 'xz', 'wz'], 'sum', [ints('kernel_shape', [3, 3])]), node('Cast', ['sum'], 'real', [int('to', 1)]), node('Mul', ['xs', 'ws'], 'scale'),
      node('Mul', ['real', 'scale'], 'y'),
    ],
    initializers: [integers('wq', [2, 4, 3, 3], undefined, TYPE.int8), scalar('ws', 0.02), zero('wz', 0, TYPE.int8)],
  },
  {
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']), node('MatMulInteger', ['xq', 'wq', 'xz', 'wz'], 'sum'), node('Cast', ['sum'], 'real', [int('to', 1)]), node('Mul', ['xs', 'ws'], 'scale'),
      node('Mul', ['real', 'scale'], 'y'),
    ],
    initializers: [integers('wq', [12, 3], undefined, TYPE.int8), scalar('ws', 0.02), zero('wz', 0, TYPE.int8)], inputs: ROW,
  },
  { nodes: [node('DynamicQuantizeMatMul', ['x', 'wq', 'ws', 'wz'], 'y', [], 'com.microsoft')], initializers: [integers('wq', [12, 3], undefined, TYPE.int8), scalar('ws', 0.02), zero('wz', 0, TYPE.int8)], inputs: ROW },
  {
    nodes: [node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']), node('MatMulIntegerToFloat', ['xq', 'wq', 'xs', 'ws', 'xz', 'wz'], 'y', [], 'com.microsoft')],
    initializers: [integers('wq', [12, 3], undefined, TYPE.int8), scalar('ws', 0.02), zero('wz', 0, TYPE.int8)], inputs: ROW,
  },
];

export const ONNX_MODELS: readonly ModelParts[] = [...SINGLE, folded, classifier, classifier, qdq, qdq, ...INTEGER, ...DYNAMIC];

/** Single operators one behind the other, whether their shapes fit or not: layouts in memory that nobody drew up. */
export function chainedModel(random: Random): Uint8Array {
  const links = Array.from({ length: random.integer(2, 6) }, () => random.pick(SINGLE));
  const renamed = (link: ModelParts, i: number): { readonly nodes: readonly NodeProto[]; readonly initializers: readonly TensorProto[] } => {
    const rename = (name: string): string => (name === '' ? '' : name === 'x' ? (i === 0 ? 'x' : `y${i - 1}`) : name === 'y' && i === links.length - 1 ? 'y' : `${name}${i}`);
    return {
      nodes: link.nodes.map((each) => ({ ...each, input: (each.input ?? []).map(rename), output: (each.output ?? []).map(rename) })),
      initializers: (link.initializers ?? []).map((each) => ({ ...each, name: rename(each.name ?? '') })),
    };
  };
  const parts = links.map(renamed);
  const inputs = [links[0]?.inputs?.[0] ?? value('x', random.pick([IMAGE, IMAGE, [1, 4, 9], [1, 12], [1, 4, 1, 1]]))];
  return modelOf({ nodes: parts.flatMap(({ nodes }) => nodes), initializers: parts.flatMap(({ initializers }) => initializers), inputs, opset: random.pick([13, 13, 13, 9, 19]) });
}

export const onnxCorpus = (): Uint8Array[] => ONNX_MODELS.map(modelOf);

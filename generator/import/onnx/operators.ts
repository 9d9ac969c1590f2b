// SPDX-License-Identifier: Apache-2.0
/** Owns the table of ONNX operators: how each is converted, which attributes it knows, and what it takes in words. */

import type { Convert } from './context.js';
import type { OnnxNode } from './model.js';
import * as activations from './operators/activations.js';
import * as arithmetic from './operators/arithmetic.js';
import * as transposed from './operators/conv-transpose.js';
import * as integers from './operators/integers.js';
import * as moving from './operators/moving.js';
import * as reshaping from './operators/reshaping.js';
import * as resizing from './operators/resizing.js';
import * as padding from './operators/padding.js';
import * as pool from './operators/pool.js';
import * as quantized from './operators/quantized.js';
import * as slicing from './operators/slicing.js';
import * as weighted from './operators/weighted.js';

export interface OperatorEntry {
  readonly convert: Convert;
  /** Attributes that are known; another one is refused. */
  readonly attributes: readonly string[];
  /** What is taken and what not, for the docs. */
  readonly note: string;
  /** Works on constants as well as on activations, by itself. */
  readonly takesConstants?: true;
}

const WINDOW = ['kernel_shape', 'strides', 'dilations', 'pads', 'auto_pad'];

const entry = (convert: Convert, attributes: readonly string[], note: string): OperatorEntry => ({ convert, attributes, note });

/** Operators on activations, of the domain ai.onnx. */
export const OPERATORS: Readonly<Record<string, OperatorEntry>> = {
  Add: entry(arithmetic.add, ['axis', 'broadcast', 'consumed_inputs'], 'activations and constants; shapes broadcast'),
  AveragePool: entry(pool.averagePool, [...WINDOW, 'ceil_mode', 'count_include_pad'], 'batch 1; asymmetric pads, auto_pad, ceil_mode, count_include_pad; dilations without padding'),
  BatchNormalization: entry(weighted.batchNormalization, ['epsilon', 'momentum', 'spatial', 'is_test', 'consumed_inputs', 'training_mode'], 'inference; folded into the operator before it'),
  Cast: entry(moving.cast, ['to', 'saturate', 'round_mode'], 'activations to float32, integers without a scale too'),
  Clip: entry(activations.clip, ['min', 'max', 'consumed_inputs'], 'constant bounds'),
  Concat: entry(moving.concat, ['axis'], 'activations'),
  ConvInteger: entry(integers.convInteger, [...WINDOW, 'group'], 'int8 and uint8 activations, constant weights and zero points (of the weights also one per output channel), or those of DynamicQuantizeLinear'),
  Conv: entry(weighted.conv, [...WINDOW, 'group'], 'batch 1, one or two spatial dimensions, constant weights; groups, dilations, asymmetric pads, auto_pad'),
  ConvTranspose: entry(transposed.convTranspose, [...WINDOW, 'group', 'output_padding', 'output_shape'], 'batch 1, one or two spatial dimensions, constant weights, one group; any strides, dilations, pads, output_padding'),
  DepthToSpace: entry(reshaping.depthToSpace, ['blocksize', 'mode'], 'DCR and CRD'),
  DequantizeLinear: { ...entry(quantized.dequantizeLinear, ['axis', 'block_size', 'output_dtype'], 'int8 and uint8 activations with one scale; int8, uint8 and int32 constants, per channel too'), takesConstants: true },
  Div: entry(arithmetic.div, ['axis', 'broadcast', 'consumed_inputs'], 'by a constant'),
  DynamicQuantizeLinear: entry(integers.dynamicQuantizeLinear, [], 'before ConvInteger, MatMulInteger and DequantizeLinear alone'),
  Dropout: entry(moving.dropout, ['ratio', 'is_test', 'seed', 'consumed_inputs'], 'left out'),
  Flatten: entry(reshaping.flatten, ['axis'], ''),
  Gather: entry(slicing.gather, ['axis'], 'one constant index or a list of them'),
  Gemm: entry(weighted.gemm, ['alpha', 'beta', 'transA', 'transB', 'broadcast'], 'constant B'),
  GlobalAveragePool: entry(pool.globalAveragePool, [], 'batch 1'),
  GlobalMaxPool: entry(pool.globalMaxPool, [], 'batch 1'),
  HardSigmoid: entry(activations.hardSigmoid, ['alpha', 'beta', 'consumed_inputs'], 'x * HardSigmoid(x) with slope 1/6 becomes hard swish'),
  HardSwish: entry(activations.hardSwish, [], ''),
  Identity: entry(moving.identity, [], 'left out'),
  LeakyRelu: entry(activations.leakyRelu, ['alpha', 'consumed_inputs'], ''),
  MatMul: entry(weighted.matMul, [], 'by a constant matrix or vector'),
  MatMulInteger: entry(integers.matMulInteger, [], 'by a constant matrix; zero points as for ConvInteger'),
  MaxPool: entry(pool.maxPool, [...WINDOW, 'ceil_mode', 'storage_order'], 'batch 1; asymmetric pads, auto_pad, ceil_mode, dilations; no Indices'),
  Mul: entry(integers.mul, ['axis', 'broadcast', 'consumed_inputs'], 'activations and constants; shapes broadcast'),
  Neg: entry(arithmetic.neg, ['consumed_inputs'], ''),
  Pad: entry(padding.pad, ['mode', 'pads', 'paddings', 'value'], 'modes constant, edge, reflect and wrap; negative amounts cut'),
  PRelu: entry(activations.prelu, ['consumed_inputs'], 'constant slope'),
  QuantizeLinear: { ...entry(quantized.quantizeLinear, ['axis', 'saturate', 'block_size', 'output_dtype', 'precision'], 'one scale and zero point, int8 or uint8'), takesConstants: true },
  ReduceMean: entry(pool.reduceMean, ['axes', 'keepdims', 'noop_with_empty_axes'], 'any dimensions'),
  Relu: entry(activations.relu, ['consumed_inputs'], ''),
  Reshape: entry(reshaping.reshape, ['shape', 'allowzero', 'consumed_inputs'], 'constant shape'),
  Resize: entry(resizing.resize, ['mode', 'coordinate_transformation_mode', 'nearest_mode', 'cubic_coeff_a', 'exclude_outside', 'extrapolation_value', 'antialias', 'axes', 'keep_aspect_ratio_policy'],
    'mode nearest on rows and columns, where one of TFLite\'s rules picks the same values: every integer factor with asymmetric and floor'),
  Sigmoid: entry(activations.sigmoid, ['consumed_inputs'], ''),
  Slice: entry(slicing.slice, ['starts', 'ends', 'axes'], 'constant bounds; negative steps over up to 128 places'),
  Softmax: entry(activations.softmax, ['axis'], ''),
  SpaceToDepth: entry(reshaping.spaceToDepth, ['blocksize'], ''),
  Split: entry(slicing.split, ['axis', 'split', 'num_outputs'], 'constant parts'),
  Squeeze: entry(reshaping.squeeze, ['axes'], ''),
  Sub: entry(arithmetic.sub, ['axis', 'broadcast', 'consumed_inputs'], 'activations and constants; shapes broadcast'),
  Sum: entry(arithmetic.sum, ['consumed_inputs'], ''),
  Transpose: entry(reshaping.transpose, ['perm'], 'moves nothing until an operator asks for another order'),
  Unsqueeze: entry(reshaping.unsqueeze, ['axes'], ''),
  Upsample: entry(resizing.resize, ['mode', 'scales', 'width_scale', 'height_scale'], 'mode nearest on rows and columns'),
};

export const entryOf = ({ domain, type }: OnnxNode): OperatorEntry | undefined => (domain === '' && Object.hasOwn(OPERATORS, type) ? OPERATORS[type] : undefined);

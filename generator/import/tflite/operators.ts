// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of TFLite operators to the network IR, one function per builtin. */

import type { ActivationTensor, Clamp, Op, Padding, Stride, TensorId } from '../../graph/network.js';
import { dilatedExtent, samePadding } from '../../graph/shapes.js';
import { activationRange, type FusedActivation } from '../../quantize/activation-range.js';
import { imageSize, type ImageSize } from '../../tensor/tensor.js';
import { MalformedTfliteError, UnsupportedOperatorError } from './errors.js';
import type { FlatTable } from './flat-table.js';
import { OPTIONS_TYPE, type TfliteOperator, type TfliteTensor } from './schema.js';
import { toBias, toWeights } from './tensors.js';

/** What a conversion may ask of the model around the operator. */
export interface OperatorContext {
  /** The operator's input tensor number `position`, which must exist in the file. */
  constant(position: number): TfliteTensor;
  /** The same, or undefined when the operator leaves it out (index -1 or a shorter list). */
  optional(position: number): TfliteTensor | undefined;
  /** Input number `position` as an activation of the network. */
  activation(position: number): ActivationTensor;
  readonly output: ActivationTensor;
  /** The unique name of the operator. */
  name(kind: Op['kind']): string;
}

type Convert = (operator: TfliteOperator, context: OperatorContext) => Op;

const ACTIVATIONS: readonly FusedActivation[] = ['none', 'relu', 'relu-n1-to-1', 'relu6'];

function options(operator: TfliteOperator, type: number): FlatTable {
  if (operator.options === undefined || operator.optionsType !== type) {
    throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `options of type ${operator.optionsType}`, `options of type ${type}`);
  }
  return operator.options;
}

function clampOf(operator: TfliteOperator, code: number, output: ActivationTensor): Clamp {
  const activation = ACTIVATIONS[code];
  if (activation === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `fused activation ${code}`, `0..3 (${ACTIVATIONS.join(', ')})`);
  }
  return activationRange(activation, output.quantization);
}

/** SAME (0) or VALID (1), as numbers. */
function paddingOf(operator: TfliteOperator, code: number, input: ImageSize, extents: readonly [number, number], stride: Stride): Padding {
  if (code === 1) return { top: 0, left: 0, bottom: 0, right: 0 };
  if (code !== 0) throw new MalformedTfliteError(`operator ${operator.index} (${operator.name})`, `padding ${code}`, '0 (SAME) or 1 (VALID)');
  const [top, bottom] = samePadding(input.height, extents[0], stride.strideHeight);
  const [left, right] = samePadding(input.width, extents[1], stride.strideWidth);
  return { top, left, bottom, right };
}

/** The image that a spatial operator reads; anything but 1 x H x W x C is unsupported. */
function spatialInput(operator: TfliteOperator, tensor: ActivationTensor): ImageSize {
  if (tensor.shape.length !== 4 || tensor.shape[0] !== 1) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `input shape ${tensor.shape.join('x')}`, '1xHxWxC');
  }
  return imageSize(tensor.shape);
}

const outputs = (context: OperatorContext): readonly [TensorId] => [context.output.id];

const strideOf = (table: FlatTable): Stride => ({
  strideHeight: table.int32(2, 'stride_h'),
  strideWidth: table.int32(1, 'stride_w'),
});

const conv2d: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.conv2d);
  const input = context.activation(0);
  const image = spatialInput(operator, input);
  const weights = toWeights(context.constant(1), 'OHWI');
  const stride = strideOf(table);
  const dilation = { dilationHeight: table.int32(5, 'dilation_h_factor', 1), dilationWidth: table.int32(4, 'dilation_w_factor', 1) };
  const extents = [dilatedExtent(weights.shape[1], dilation.dilationHeight), dilatedExtent(weights.shape[2], dilation.dilationWidth)] as const;
  return {
    kind: 'conv2d',
    name: context.name('conv2d'),
    inputs: [input.id],
    outputs: outputs(context),
    weights,
    bias: toBias(context.optional(2), weights.shape[0]),
    ...stride,
    ...dilation,
    // TFLite has no option for it: fewer input channels in the weights mean groups.
    groups: image.channels / weights.shape[3],
    padding: paddingOf(operator, table.int8(0, 'padding'), image, extents, stride),
    ...clampOf(operator, table.int8(3, 'fused_activation_function'), context.output),
  };
};

const depthwiseConv2d: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.depthwise);
  const input = context.activation(0);
  const image = spatialInput(operator, input);
  const weights = toWeights(context.constant(1), '1HWO');
  const stride = strideOf(table);
  const dilation = { dilationHeight: table.int32(6, 'dilation_h_factor', 1), dilationWidth: table.int32(5, 'dilation_w_factor', 1) };
  const extents = [dilatedExtent(weights.shape[1], dilation.dilationHeight), dilatedExtent(weights.shape[2], dilation.dilationWidth)] as const;
  return {
    kind: 'depthwise-conv2d',
    name: context.name('depthwise-conv2d'),
    inputs: [input.id],
    outputs: outputs(context),
    weights,
    bias: toBias(context.optional(2), weights.shape[0]),
    // TFLite's kernels take the multiplier from the shapes; the option may be 0 or stale.
    depthMultiplier: weights.shape[0] / image.channels,
    ...stride,
    ...dilation,
    padding: paddingOf(operator, table.int8(0, 'padding'), image, extents, stride),
    ...clampOf(operator, table.int8(4, 'fused_activation_function'), context.output),
  };
};

const fullyConnected: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.fullyConnected);
  const format = table.int8(1, 'weights_format');
  if (format !== 0) throw new UnsupportedOperatorError(operator.index, operator.name, `weights format ${format}`, '0 (default)');
  const weights = toWeights(context.constant(1), 'OI');
  return {
    kind: 'fully-connected',
    name: context.name('fully-connected'),
    inputs: [context.activation(0).id],
    outputs: outputs(context),
    weights,
    bias: toBias(context.optional(2), weights.shape[0]),
    ...clampOf(operator, table.int8(0, 'fused_activation_function'), context.output),
  };
};

const add: Convert = (operator, context) => ({
  kind: 'add',
  name: context.name('add'),
  inputs: [context.activation(0).id, context.activation(1).id],
  outputs: outputs(context),
  ...clampOf(operator, options(operator, OPTIONS_TYPE.add).int8(0, 'fused_activation_function'), context.output),
});

const pool = (kind: 'average-pool' | 'max-pool'): Convert => (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.pool);
  const input = context.activation(0);
  const stride = strideOf(table);
  const filterHeight = table.int32(4, 'filter_height');
  const filterWidth = table.int32(3, 'filter_width');
  return {
    kind,
    name: context.name(kind),
    inputs: [input.id],
    outputs: outputs(context),
    filterHeight,
    filterWidth,
    ...stride,
    padding: paddingOf(operator, table.int8(0, 'padding'), spatialInput(operator, input), [filterHeight, filterWidth], stride),
    ...clampOf(operator, table.int8(5, 'fused_activation_function'), context.output),
  };
};

const reshape: Convert = (_operator, context) => ({
  kind: 'reshape',
  name: context.name('reshape'),
  inputs: [context.activation(0).id],
  outputs: outputs(context),
});

const softmax: Convert = (operator, context) => {
  const { scale, zeroPoint } = context.output.quantization;
  if (scale !== 1 / 256 || zeroPoint !== -128) {
    throw new UnsupportedOperatorError(operator.index, operator.name, `output scale ${scale}, zero point ${zeroPoint}`, 'scale 1/256, zero point -128');
  }
  return {
    kind: 'softmax',
    name: context.name('softmax'),
    inputs: [context.activation(0).id],
    outputs: outputs(context),
    beta: options(operator, OPTIONS_TYPE.softmax).float32(0, 'beta'),
  };
};

/** Builtin operator code -> conversion. */
const CONVERSIONS: ReadonlyMap<number, Convert> = new Map<number, Convert>([
  [0, add],
  [1, pool('average-pool')],
  [3, conv2d],
  [4, depthwiseConv2d],
  [9, fullyConnected],
  [17, pool('max-pool')],
  [22, reshape],
  [25, softmax],
]);

export const SUPPORTED_OPERATORS = 'ADD, AVERAGE_POOL_2D, CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, MAX_POOL_2D, RESHAPE, SOFTMAX';

/** Throws UnsupportedOperatorError for a builtin without a conversion. */
export function conversionOf(operator: TfliteOperator): Convert {
  const convert = CONVERSIONS.get(operator.code);
  if (convert === undefined) {
    throw new UnsupportedOperatorError(operator.index, operator.name, 'it is not supported', `one of ${SUPPORTED_OPERATORS}`);
  }
  return convert;
}

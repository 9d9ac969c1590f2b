// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of TFLite operators with weights. */

import { dilatedExtent } from '../../graph/shapes.js';
import { base, options, paddingOf, spatialInput, strideOf, unsupported, type Convert } from './conversion.js';
import { OPTIONS_TYPE } from './schema.js';

export const conv2d: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.conv2d);
  const input = context.activation(0);
  const image = spatialInput(operator, input);
  const weights = context.weights(1, 'OHWI');
  const stride = strideOf(table);
  const dilation = { dilationHeight: table.int32(5, 'dilation_h_factor', 1), dilationWidth: table.int32(4, 'dilation_w_factor', 1) };
  const extents = [dilatedExtent(weights.shape[1], dilation.dilationHeight), dilatedExtent(weights.shape[2], dilation.dilationWidth)] as const;
  return {
    ...base('conv2d', context),
    inputs: [input.id],
    weights,
    bias: context.bias(2, weights.shape[0]),
    ...stride,
    ...dilation,
    // TFLite has no option for it: fewer input channels in the weights mean groups.
    groups: image.channels / weights.shape[3],
    padding: paddingOf(operator, table.int8(0, 'padding'), image, extents, stride),
    ...context.clamp(table.int8(3, 'fused_activation_function')),
  };
};

export const depthwiseConv2d: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.depthwise);
  const input = context.activation(0);
  const image = spatialInput(operator, input);
  const weights = context.weights(1, '1HWO');
  const stride = strideOf(table);
  const dilation = { dilationHeight: table.int32(6, 'dilation_h_factor', 1), dilationWidth: table.int32(5, 'dilation_w_factor', 1) };
  const extents = [dilatedExtent(weights.shape[1], dilation.dilationHeight), dilatedExtent(weights.shape[2], dilation.dilationWidth)] as const;
  return {
    ...base('depthwise-conv2d', context),
    inputs: [input.id],
    weights,
    bias: context.bias(2, weights.shape[0]),
    // TFLite's kernels take the multiplier from the shapes; the option may be 0 or stale.
    depthMultiplier: weights.shape[0] / image.channels,
    ...stride,
    ...dilation,
    padding: paddingOf(operator, table.int8(0, 'padding'), image, extents, stride),
    ...context.clamp(table.int8(4, 'fused_activation_function')),
  };
};

export const fullyConnected: Convert = (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.fullyConnected);
  const format = table.int8(1, 'weights_format');
  if (format !== 0) throw unsupported(operator, `weights format ${format}`, '0 (default)');
  const weights = context.weights(1, 'OI');
  return {
    ...base('fully-connected', context),
    inputs: [context.activation(0).id],
    weights,
    bias: context.bias(2, weights.shape[0]),
    ...context.clamp(table.int8(0, 'fused_activation_function')),
  };
};
